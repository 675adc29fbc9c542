"""An API for the proxy to stand before: echoes, counts, streams, and is slow on demand.

    python3 upstream.py PORT

Everything under /_/ is for the test itself, which asks for it past the proxy:

    GET  /_/requests      the heads of all requests so far (but those under /_/), as JSON strings
    GET  /_/connections   how many connections brought a request that is not under /_/
    POST /_/event         sends the body as one event to every open /events; answers their number
    POST /_/end-events    ends every open /events
    GET  /_/sent          bytes of the last /big that the kernel has taken
    GET  /_/received      bytes of the last /slow that were read
    POST /_/read          lets /slow read as many bytes more as the body says
    POST /_/allow         makes /gate answer 200 to this Authorization alone

Python's standard library only.
"""

import asyncio
import json
import sys
from urllib.parse import parse_qs, urlsplit

PIECE = bytes(256 * 1024)


class State:
    """What the endpoints share."""

    def __init__(self):
        self.heads = []
        self.connections = set()
        self.streams = set()
        self.sent = 0
        self.received = 0
        self.allowance = asyncio.Semaphore(0)
        self.allowed = None


class Request:
    def __init__(self, head, reader, connection):
        self.head = head.decode("latin-1")
        first, *lines = self.head.rstrip("\r\n").split("\r\n")
        self.method, self.target, _ = first.split(" ")
        self.fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]
        self.path = urlsplit(self.target).path
        self.query = parse_qs(urlsplit(self.target).query)
        self.reader = reader
        self.connection = connection

    def field(self, name):
        found = [value for key, value in self.fields if key.lower() == name]
        return found[0] if found else None

    def number(self, name):
        return int(self.query.get(name, ["0"])[0])

    async def parts(self):
        """The body in pieces, whatever its framing."""
        if (self.field("transfer-encoding") or "").lower() == "chunked":
            while size := int((await self.reader.readline()).split(b";")[0], 16):
                while size:
                    part = await self.reader.read(min(size, len(PIECE)))
                    if not part:
                        raise EOFError
                    size -= len(part)
                    yield part
                await self.reader.readline()
            while (await self.reader.readline()).strip():
                pass
            return
        left = int(self.field("content-length") or 0)
        while left:
            part = await self.reader.read(min(left, len(PIECE)))
            if not part:
                raise EOFError
            left -= len(part)
            yield part

    async def body(self):
        return b"".join([part async for part in self.parts()])


class Answer:
    def __init__(self, writer, method):
        self.writer = writer
        self.has_body = method != "HEAD"

    async def whole(self, body, status="200 OK", kind="application/json", fields=()):
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in fields]
        self.writer.write("\r\n".join(lines + ["", ""]).encode() + (body if self.has_body else b""))
        await self.writer.drain()

    async def chunked(self, kind):
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.writer.write(head.encode())
        await self.writer.drain()

    async def chunk(self, data):
        self.writer.write(b"%x\r\n%s\r\n" % (len(data), data))
        await self.writer.drain()

    async def end(self):
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()


async def control(state, request, answer):
    """The endpoints for the test itself."""
    body = await request.body()
    match request.path:
        case "/_/requests":
            await answer.whole(state.heads)
        case "/_/connections":
            await answer.whole(len(state.connections))
        case "/_/event":
            for stream in state.streams:
                stream.put_nowait(body)
            await answer.whole(len(state.streams))
        case "/_/end-events":
            for stream in state.streams:
                stream.put_nowait(None)
            await answer.whole(len(state.streams))
        case "/_/sent":
            await answer.whole(state.sent)
        case "/_/received":
            await answer.whole(state.received)
        case "/_/read":
            for _ in range(int(body) // len(PIECE)):
                state.allowance.release()
            await answer.whole("ok")
        case "/_/allow":
            state.allowed = body.decode()
            await answer.whole("ok")
        case _:
            await answer.whole("unknown", "404 Not Found")


async def echo(state, request, answer):
    body = await request.body()
    await answer.whole(
        {
            "method": request.method,
            "target": request.target,
            "fields": request.fields,
            "authorization": request.field("authorization"),
            "body": body.decode("latin-1"),
        }
    )


async def count(state, request, answer):
    total = 0
    async for part in request.parts():
        total += len(part)
    await answer.whole({"bytes": total})


async def slow(state, request, answer):
    """Reads a piece of the body for each piece that /_/read has allowed."""
    state.received = 0
    parts = request.parts()
    while True:
        await state.allowance.acquire()
        try:
            state.received += len(await anext(parts))
        except StopAsyncIteration:
            break
    await answer.whole({"bytes": state.received})


async def big(state, request, answer):
    """Sends ?bytes= zeros, with Content-Length, or with ?chunked=1 in chunks."""
    left = request.number("bytes")
    writer = answer.writer
    # Nothing waits in this process: what was written has gone to the kernel.
    writer.transport.set_write_buffer_limits(high=0)
    state.sent = 0
    chunked = "chunked" in request.query
    if chunked:
        await answer.chunked("application/octet-stream")
    else:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % left)
    while left:
        piece = PIECE if left >= len(PIECE) else PIECE[:left]
        if chunked:
            await answer.chunk(piece)
        else:
            writer.write(piece)
            await writer.drain()
        left -= len(piece)
        state.sent += len(piece)
    if chunked:
        await answer.end()


async def events(state, request, answer):
    """Server-sent events, one for each that /_/event brings."""
    stream = asyncio.Queue()
    state.streams.add(stream)
    try:
        await answer.chunked("text/event-stream")
        while (data := await stream.get()) is not None:
            await answer.chunk(b"data: " + data + b"\n\n")
        await answer.end()
    finally:
        state.streams.discard(stream)


async def gate(state, request, answer):
    """401 to every Authorization but the one that /_/allow brought."""
    await request.body()
    if request.field("authorization") == state.allowed:
        await answer.whole({"ok": True})
    else:
        challenge = [("WWW-Authenticate", 'Bearer error="invalid_token"')]
        await answer.whole({"ok": False}, "401 Unauthorized", fields=challenge)


async def completions(state, request, answer):
    """What OpenAI's client expects of a chat completion, streamed if it asks for that."""
    asked = json.loads(await request.body())
    words = ["Bytes", " in", ",", " bytes", " out"]
    common = {"id": "c1", "created": 1, "model": asked.get("model", "m")}
    if not asked.get("stream"):
        message = {"role": "assistant", "content": "".join(words)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        whole = {"object": "chat.completion", "choices": [choice], **common}
        return await answer.whole(whole)
    await answer.chunked("text/event-stream")
    for word in words + [None]:
        delta = {"content": word} if word else {}
        choice = {"index": 0, "delta": delta, "finish_reason": None if word else "stop"}
        part = {"object": "chat.completion.chunk", "choices": [choice], **common}
        await answer.chunk(b"data: " + json.dumps(part).encode() + b"\n\n")
    await answer.chunk(b"data: [DONE]\n\n")
    await answer.end()


ENDPOINTS = {
    "/echo": echo,
    "/count": count,
    "/slow": slow,
    "/big": big,
    "/events": events,
    "/gate": gate,
    "/v1/chat/completions": completions,
}


async def serve_connection(state, reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            request = Request(head, reader, id(writer))
            answer = Answer(writer, request.method)
            if request.path.startswith("/_/"):
                await control(state, request, answer)
            else:
                state.heads.append(request.head)
                state.connections.add(id(writer))
                if (request.field("expect") or "").lower() == "100-continue":
                    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                await ENDPOINTS.get(request.path, echo)(state, request, answer)
            if (request.field("connection") or "").lower() == "close":
                break
    except (asyncio.IncompleteReadError, ConnectionError, EOFError):
        pass
    finally:
        writer.close()


async def main(port):
    state = State()

    async def connected(reader, writer):
        await serve_connection(state, reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", port, limit=1 << 20)
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))
