"""What RunPod's own client gets from the endpoint, as one JSON object."""

import json

import runpod

runpod.api_key = "key"
endpoint = runpod.Endpoint("ep")
job = endpoint.run({"input": {"prompt": "to be or not"}})
streamed = list(job.stream())
long_job = endpoint.run({"input": {"prompt": "word " * 1000}})
cancelled = long_job.cancel()
print(json.dumps({
    "stream": streamed,
    "output": job.output(),
    "status": job.status(),
    "cancel": cancelled["status"],
    "cancelled": long_job.status(),
    "running": endpoint.health()["workers"]["running"],
}))
