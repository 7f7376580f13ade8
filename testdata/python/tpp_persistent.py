"""A client of TPP in persistent mode, made from runtime/tpp/PROTOCOL.md and the standard library.

    async with Client("localhost", 7777, token="s3cret") as client:
        print(await client.call("double", {"n": 21}))
        async for item in client.stream("numbers", {"n": 3}):
            print(item)
        print(await client.call("sum", {}, items=[{"n": 1}, {"n": 2}]))

Calls may be made from any number of tasks. They share a connection, once the first answer has
shown that the server knows the mode; each stream and each upload has one to itself. Cancelling a
task cancels its call, and leaving the loop of a stream (aclosing it) ends that. The items of an
upload are an iterable or an asynchronous one.
"""

import asyncio
import itertools
import json


class CallError(Exception):
    """What the server answered instead of a result."""

    def __init__(self, code, body):
        super().__init__(body.get("error") if isinstance(body, dict) else body)
        self.code = code


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
            while line := await self.reader.readline():
                response = json.loads(await self.reader.readexactly(int(line)))
                if self.persistent is None:
                    self.persistent = "id" in response or "goaway" in response
                if response.get("goaway") and "code" not in response:
                    self.leaving = True
                elif self.persistent and "id" not in response:
                    raise ConnectionError(response)
                elif queue := self.waiting.get(response.get("id", 1)):  # else its caller has left
                    await queue.put(response)
            raise EOFError
        except (EOFError, OSError, ValueError) as reason:
            self.leaving = True
            for queue in list(self.waiting.values()):
                await queue.put(reason)

    async def send(self, message):
        """Send a message, and return how long it is."""
        data = json.dumps(message).encode()
        self.writer.write(b"%d\n%b" % (len(data), data))
        await self.writer.drain()
        return len(data)

    async def upload(self, id, items, grants):
        """Send the items of a call, as far as the server grants it."""
        granted = await grants.get()

        async def send(item):
            nonlocal granted
            while granted <= 0 or not grants.empty():
                granted += await grants.get()
            granted -= await self.send({"id": id, "item": item})

        if hasattr(items, "__aiter__"):
            async for item in items:
                await send(item)
        else:
            for item in items:
                await send(item)
        await self.send({"id": id, "end": True})

    async def bodies(self, items=None, **message):
        """Send a request and yield the bodies of its responses; that of a stream's end is None.
        Leaving before the end cancels the call."""
        id = next(self.ids)
        queue = self.waiting[id] = asyncio.Queue(1)  # so that a slow reader holds the server back
        more, upload = True, None
        try:
            if items is not None:
                message["upload"] = True
                grants = asyncio.Queue()
                upload = asyncio.create_task(self.upload(id, items, grants))
                upload.add_done_callback(lambda task: task.cancelled() or task.exception() and queue.put_nowait(task.exception()))
            await self.send({"id": id, **message})
            while more:
                response = await queue.get()
                if isinstance(response, dict) and "grant" in response:
                    grants.put_nowait(response["grant"])
                    continue
                more = False
                if isinstance(response, EOFError) and self.persistent is False:
                    return
                if isinstance(response, Exception):
                    raise ConnectionError("the connection ended before the answer") from response
                if response.get("code"):
                    raise CallError(response["code"], response.get("body"))
                more = response.get("more", not self.persistent)
                yield response.get("body")
        finally:
            del self.waiting[id]
            if upload:
                upload.cancel()
            if more and self.persistent and not self.leaving:
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

    async def call(self, action, body, timeout=None, items=None):
        """Return the body of the answer. Timeout is in seconds."""
        connection = None
        async with self.opening:
            if self.shared and self.shared.leaving:
                self.shared = await self.open()
            if items is None:
                connection = self.shared
        first = connection is None
        connection = connection or await self.open()
        limit = {"timeout": int(timeout * 1000)} if timeout else {}
        bodies = connection.bodies(items, action=action, token=self.token, body=body, **limit)
        try:
            return await asyncio.wait_for(anext(bodies), timeout)
        finally:
            await bodies.aclose()
            if first and connection.persistent and not (self.shared or connection.leaving):
                self.shared = connection
            elif connection is not self.shared and not connection.waiting:
                connection.close()

    async def stream(self, action, body, items=None):
        """Yield the bodies of a stream's items."""
        connection = await self.open()
        bodies = connection.bodies(items, action=action, token=self.token, body=body)
        try:
            async for item in bodies:
                if item is None:
                    break
                yield item
        finally:
            await bodies.aclose()
            connection.close()
