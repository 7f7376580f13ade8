"""toxiccore's base client, driven by a test.

A command is {"request": envelope, "timeout": seconds or null, "as": how}. How is "result":
the value that request2server returns; or "responses": the list of all that arrive until the
connection ends; or "raw": like responses, with characters outside ASCII sent as they are.
"""

import json

import peer
from toxiccore.client import BaseToxicClient
from toxiccore.socks import write_stream

# The further arguments of the client's TLS context go in by name: cafile.
options = {k: peer.settings[k] for k in ("use_ssl", "validate_cert", "cafile") if k in peer.settings}


async def perform(command):
    request, timeout = command["request"], command.get("timeout")
    async with BaseToxicClient(peer.settings["host"], peer.settings["port"], **options) as client:
        if command["as"] == "result":
            return await client.request2server(
                request["action"], request["body"], request["token"], timeout=timeout)
        if command["as"] == "raw":
            await write_stream(client.writer, json.dumps(request, ensure_ascii=False))
        else:
            await client.write(request)
        responses = []
        while response := await client.get_response(timeout=timeout):
            responses.append(response)
        return responses


peer.answer(perform)
