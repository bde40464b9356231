"""A client of the original protocol, built on the Python websockets library.

usage: plain_client.py URL MODE
  ask     sends one request, prints the hexadecimal bytes of the acknowledgement, then each event until the request has ended
  stream  sends one endless request and prints each event, until it is killed
"""

import asyncio
import json
import sys

import websockets


async def main(url, mode):
    async with websockets.connect(url) as socket:
        prompt = {"prompt": "one two three"} if mode == "ask" else {"prompt": "word " * 100_000}
        await socket.send(json.dumps(prompt))
        acknowledgement = await socket.recv()
        print(acknowledgement.encode().hex(), flush=True)
        async for text in socket:
            print(text, flush=True)
            if json.loads(text)["type"] in ("request.completed", "request.failed", "request.cancelled"):
                return


asyncio.run(main(sys.argv[1], sys.argv[2]))
