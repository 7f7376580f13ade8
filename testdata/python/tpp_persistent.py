"""A client of TPP in persistent mode, made from runtime/tpp/PROTOCOL.md and the standard library.

    async with Client("localhost", 7777, token="s3cret") as client:
        print(await client.call("double", {"n": 21}))
        async for item in client.stream("numbers", {"n": 3}):
            print(item)

Calls may be made from any number of tasks. They share a connection, once the first answer has
shown that the server knows the mode; each stream has one to itself. Cancelling a task cancels
its call, and leaving the loop of a stream (aclosing it) ends that.
"""

import asyncio
import itertools
import json


class CallError(Exception):
    """What the server answered instead of a result."""

    def __init__(self, code, body):
        text = body.get("error") if isinstance(body, dict) else body
        super().__init__(text)
        self.code, self.text = code, text


class Connection:
    """One connection. A task reads, and gives each response to the call that it belongs to."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.ids = itertools.count(1)
        self.waiting = {}  # queues of the calls under way, by id
        self.persistent = None  # whether responses have ids; None until the first one
        self.leaving = False  # the server wants no new calls
        self.task = asyncio.create_task(self.read())

    async def read(self):
        try:
            while True:
                size = int(await self.reader.readline() or b"-1")
                if size < 0:
                    raise EOFError
                response = json.loads(await self.reader.readexactly(size))
                if "id" in response:
                    self.persistent = True
                    queue = self.waiting.get(response["id"])
                elif self.persistent is None and not response.get("goaway"):
                    self.persistent = False
                if not self.persistent:
                    queue = next(iter(self.waiting.values()), None)
                if response.get("goaway") and "code" not in response:
                    self.leaving = True
                elif self.persistent and "id" not in response:
                    raise ConnectionError(response)
                elif queue:  # else its caller has left
                    await queue.put(response)
        except (EOFError, OSError, ValueError) as reason:
            self.leaving = True
            for queue in list(self.waiting.values()):
                await queue.put(reason)

    async def send(self, message):
        data = json.dumps(message).encode()
        self.writer.write(b"%d\n%b" % (len(data), data))
        await self.writer.drain()

    async def responses(self, message, stream):
        """Send a request and yield its responses. Whoever leaves before the end cancels the call."""
        id = next(self.ids)
        queue = self.waiting[id] = asyncio.Queue(1)  # so that a slow reader holds the server back
        ended = False
        try:
            await self.send({"id": id, **message})
            while not ended:
                response = await queue.get()
                ended = isinstance(response, Exception) or not response.get("more")
                if isinstance(response, EOFError) and stream and self.persistent is False:
                    return
                if isinstance(response, Exception):
                    raise ConnectionError("the connection ended before the answer") from response
                if response.get("code"):
                    raise CallError(response["code"], response.get("body"))
                if stream and response.get("body") is None:
                    return
                ended = ended and not (stream and self.persistent is False)
                yield response.get("body")
        finally:
            del self.waiting[id]
            if not ended and not self.leaving:
                await self.send({"id": id, "cancel": True})
            if self.leaving and not self.waiting:
                self.close()

    def close(self):
        self.task.cancel()
        self.writer.close()


class Client:
    """Calls a server at host and port; a TLS context may be given as ssl."""

    def __init__(self, host, port, token=None, ssl=None):
        self.host, self.port, self.token, self.ssl = host, port, token, ssl
        self.shared = None  # the connection for calls; None until the server is known
        self.opening = asyncio.Lock()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        if self.shared:
            self.shared.close()

    async def open(self):
        return Connection(*await asyncio.open_connection(self.host, self.port, ssl=self.ssl))

    def request(self, action, body, timeout):
        message = {"action": action, "token": self.token, "body": body}
        return {**message, "timeout": int(timeout * 1000)} if timeout else message

    async def call(self, action, body, timeout=None):
        """Return the body of the answer. Timeout is in seconds."""
        async with self.opening:
            if self.shared and self.shared.leaving:
                self.shared = await self.open()
            connection = self.shared
        first = connection is None
        connection = connection or await self.open()
        try:
            responses = connection.responses(self.request(action, body, timeout), stream=False)
            return await asyncio.wait_for(responses.__anext__(), timeout)
        finally:
            await responses.aclose()
            if first and connection.persistent and not (self.shared or connection.leaving):
                self.shared = connection
            elif connection is not self.shared and not connection.waiting:
                connection.close()

    async def stream(self, action, body):
        """Yield the bodies of a stream's items."""
        connection = await self.open()
        try:
            responses = connection.responses(self.request(action, body, None), stream=True)
            async for item in responses:
                yield item
        finally:
            connection.close()
