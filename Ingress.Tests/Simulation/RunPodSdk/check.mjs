// Drives a simulator with RunPod's own client and prints what it gave, as one line of JSON.
// Usage: node check.mjs <base url, …/v2>
import runpodSdk from 'runpod-sdk';

const [, , baseUrl] = process.argv;
const log = console.log;
console.log = console.error; // the client prints its progress; standard output is for the result
const endpoint = runpodSdk('any-key', { baseUrl }).endpoint('ep');

async function read(id) {
  const chunks = [];
  for await (const chunk of endpoint.stream(id)) {
    chunks.push(chunk.output);
  }
  return chunks;
}

const result = {};
const first = await endpoint.run({ input: { prompt: 'to be or not to be' } });
result.run = first.status;
result.stream = await read(first.id);
result.status = await endpoint.status(first.id);
result.statusSync = (await endpoint.statusSync(first.id, 1000)).status;

result.runSync = await endpoint.runSync({ input: { simulate: { handler: 'plain', output: { answer: 42 } } } });

// A job that takes an hour: cancelled while it runs, its stream has to end.
const long = await endpoint.run({ input: { prompt: 'for ever', simulate: { chunkDelayMs: 3600000 } } });
while ((await endpoint.status(long.id)).status === 'IN_QUEUE') {
  // the worker is starting
}
result.cancel = await endpoint.cancel(long.id);
result.cancelledStream = await read(long.id);
result.cancelledStatus = (await endpoint.status(long.id)).status;

const failing = await endpoint.run({ input: { prompt: 'a b', simulate: { error: 'boom' } } });
result.failedStream = await read(failing.id);
result.failed = await endpoint.status(failing.id);

result.health = await endpoint.health();
result.purge = await endpoint.purgeQueue();
result.unknown = await endpoint.status('nobody-u1').catch((error) => ({ code: error.response?.status }));
log(JSON.stringify(result));
