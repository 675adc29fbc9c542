"""Many requests at once, each on a connection of its own, all connected before the first is sent.

    python3 burst.py PORT PATH COUNT        prints how often each status came: "200 9999 503 1"

Python's standard library only.
"""

import asyncio
import collections
import resource
import sys

port, path, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536), most))
request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode()


async def connect(gate):
    # As many at once as the queue of a listening socket takes.
    async with gate:
        return await asyncio.open_connection("127.0.0.1", port)


async def ask(reader, writer):
    writer.write(request)
    line = await reader.readline()
    await reader.read()
    writer.close()
    return line.split(b" ")[1].decode() if line else "nothing"


async def main():
    gate = asyncio.Semaphore(100)
    connections = await asyncio.gather(*(connect(gate) for _ in range(count)))
    statuses = await asyncio.gather(*(ask(*connection) for connection in connections))
    for status, number in sorted(collections.Counter(statuses).items()):
        print(status, number, end=" ")


asyncio.run(main())
