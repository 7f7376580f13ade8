"""A server on toxiccore's base classes, with one action for each shape of answer."""

import asyncio
import json

import peer
from toxiccore.protocol import BaseToxicProtocol
from toxiccore.server import ToxicServer
from toxiccore.socks import write_stream


class Protocol(BaseToxicProtocol):

    encrypted_token = peer.hashed_token()

    async def client_connected(self):
        try:
            await getattr(self, self.action)(self.data.get("body"))
        finally:
            self.close_connection()

    async def keyed(self, body):
        """Echoes the body under the action's name."""
        await self.send_response(0, {"keyed": body})

    async def named(self, body):
        """Echoes the body under the name "items"."""
        await self.send_response(0, {"items": body})

    async def bare(self, body):
        """Echoes the body as it is."""
        await self.send_response(0, body)

    async def raw(self, body):
        """Like keyed, with characters outside ASCII as they are."""
        response = json.dumps({"code": 0, "body": {"raw": body}}, ensure_ascii=False)
        await write_stream(self._stream_writer, response)

    async def envelope(self, body):
        """Tells the keys that came beside token, action, body and the id of persistent mode."""
        keys = {k: v for k, v in self.data.items() if k not in ("token", "action", "body", "id")}
        await self.send_response(0, {"envelope": keys})

    async def stream(self, body):
        """Sends each of body["items"], then fails as body["fail"] says, if it does."""
        for item in body["items"]:
            await self.send_response(0, item)
        if "fail" in body:
            await self.fail(body["fail"])

    async def fail(self, body):
        """Answers with body["code"] and an error body of body["form"]."""
        text = body["error"]
        forms = {"object": {"error": text}, "text": text, "both": {"fail": "error", "error": text}}
        await self.send_response(body["code"], forms[body["form"]])

    async def silent(self, body):
        """Says nothing for longer than any test waits."""
        await asyncio.sleep(600)


class Server(ToxicServer):

    PROTOCOL_CLS = Protocol


peer.serve(Server)
