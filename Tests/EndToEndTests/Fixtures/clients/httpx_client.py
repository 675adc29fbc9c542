"""httpx through the proxy, ten requests at once: python httpx_client.py BASE_URL; prints ok."""

import asyncio
import sys

import httpx


async def main(base):
    async with httpx.AsyncClient(base_url=base, timeout=20) as client:
        answers = await asyncio.gather(*(client.get("echo", params={"n": n}) for n in range(10)))
        targets = [answer.json()["target"] for answer in answers]
        assert targets == [f"/echo?n={n}" for n in range(10)], targets

        async def parts():
            for _ in range(3):
                yield b"y" * 50000

        counted = (await client.post("count", content=parts())).json()
        assert counted == {"bytes": 150000}, counted

        multipart = {"file": ("name.txt", b"content", "text/plain")}
        posted = (await client.post("echo", files=multipart)).json()
        assert "name.txt" in posted["body"], posted

        async with client.stream("GET", "big", params={"bytes": 2000000}) as answer:
            total = 0
            async for part in answer.aiter_bytes():
                total += len(part)
            assert total == 2000000, total


asyncio.run(main(sys.argv[1] + "/"))
print("ok")
