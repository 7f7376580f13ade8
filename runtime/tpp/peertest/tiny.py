"""What the programs on the library tinyproto share: settings, an end, messages of any size."""

import json
import os
import sys
import threading

settings = json.loads(sys.argv[1])


def pattern(size):
    """A message of that size, which a test can make as well."""
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def end_with_input():
    """End the program when the test has closed its standard input."""
    def wait():
        sys.stdin.read()
        os._exit(0)
    threading.Thread(target=wait, daemon=True).start()
