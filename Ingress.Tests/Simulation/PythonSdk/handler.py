"""A handler file as one would deploy it, run by RunPod's own worker loop."""

import asyncio

import runpod


async def handler(job):
    for word in job["input"]["prompt"].split():
        await asyncio.sleep(0.05)
        yield word


runpod.serverless.start({"handler": handler, "return_aggregate_stream": True})
