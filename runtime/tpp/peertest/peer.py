"""What the programs of this folder share: settings, a loop, an end.

Each is started by a Go test with its settings as JSON in the only argument, prints one line
when it is ready, and ends when its standard input does, so none outlives the test.
"""

import asyncio
import importlib.util  # toxiccore uses it without importing it
import json
import os
import sys
import threading

import bcrypt

settings = json.loads(sys.argv[1])

# toxiccore asks for the current loop, which newer Pythons don't make by themselves.
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)


def hashed_token():
    """The token of the settings as a service would keep it, but cheap to check."""
    return bcrypt.hashpw(settings["token"].encode(), bcrypt.gensalt(4)).decode()


def serve(server_class):
    """Run a server on a free port, which is the line it prints."""
    tls = {}
    if settings.get("certfile"):
        tls = {"use_ssl": True, "certfile": settings["certfile"], "keyfile": settings["keyfile"]}
    server = server_class("127.0.0.1", 0, loop, **tls)
    print(server.server.sockets[0].getsockname()[1], flush=True)
    threading.Thread(target=_end_with_input, daemon=True).start()
    loop.run_forever()


def _end_with_input():
    sys.stdin.read()
    os._exit(0)


def answer(perform):
    """Read a command a line, await perform(command), and print what came of it a line:
    {"returned": ...}, or {"raised": class, "message": text}."""
    print("ready", flush=True)
    for line in sys.stdin:
        try:
            outcome = {"returned": loop.run_until_complete(perform(json.loads(line)))}
        except Exception as e:
            outcome = {"raised": type(e).__name__, "message": str(e)}
        print(json.dumps(outcome), flush=True)
