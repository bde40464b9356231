// What the client module promises, as scenarios that run alike in Node and in a browser. Each gets
//   connect, IngressError, fetchTicket   the module's exports
//   open(options, url)                   a client of the service, closed after the scenario
//   url                                  the service's WebSocket
//   control(action, …)                   the world outside: lines, the service's process, its status

class Failure extends Error {}

function check(condition, message) {
  if (!condition) throw new Failure(message);
}

function same(actual, expected, what) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  check(a === b, `${what}: expected ${b}, got ${a}`);
}

const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

async function until(condition, what, ms = 8000) {
  for (const end = performance.now() + ms; performance.now() < end; await pause(10)) if (await condition()) return;
  throw new Failure(`It never came to this: ${what}`);
}

async function within(ms, promise, what) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Failure(`Too late: ${what}`)), ms); });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function failing(promise, what = 'an error') {
  try {
    await within(8000, promise, what);
  } catch (error) {
    if (error instanceof Failure) throw error;
    return error;
  }
  throw new Failure(`${what} was expected`);
}

const WORDS = ['one ', 'two ', 'three ', 'four ', 'five'];
const words = { prompt: WORDS.join('') };
const slow = { prompt: 'w '.repeat(400), simulate: { chunkDelayMs: 20 } };

/** Everything about one request that the application is told, in order. */
function record(request) {
  const seen = [];
  request.on('event', event => seen.push(event));
  return seen;
}

const next = (target, type) => new Promise(resolve => { const stop = target.on(type, value => { stop(); resolve(value); }); });

/** All events of a session, once each and in order, however often the connection broke. */
function checkSequence(frames, closed = 1) {
  const seqs = frames.filter(({ direction, event }) => direction === 'in' && !event.type.startsWith('session.')).map(({ event }) => event.seq);
  const seen = [...new Set(seqs)].sort((a, b) => a - b);
  same(seen, seen.map((_, index) => index + closed + 1), 'the numbers of the events');
}

function checkWhole(seen, request) {
  same(request.outputs, WORDS, 'the outputs');
  same(seen.filter(event => event.type === 'request.output').map(event => event.index), [0, 1, 2, 3, 4], 'the indexes');
  const types = seen.map(event => event.type).filter(type => type !== 'request.position');
  same(types, ['request.queued', 'request.dispatched', 'request.started', ...WORDS.map(() => 'request.output'), 'request.completed'], 'the events');
}

export const scenarios = [
  ['streams, in order, to the end', 'open', async ({ open }) => {
    const client = open();
    const request = client.request(words, { id: 'mine', metadata: { a: 1 }, policy: { ttl: 60_000 } });
    const seen = record(request);
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    same(chunks, WORDS, 'the chunks');
    const result = await request.result;
    same([result.id, result.output, result.outputs], ['mine', null, WORDS], 'the result');
    check(result.times.totalMs >= result.times.firstOutputMs && result.jobId && /^[0-9a-f]{32}$/.test(result.traceId), JSON.stringify(result));
    checkWhole(seen, request);
    check(request.state === 'completed' && client.pending === 0, `${request.state}, ${client.pending} pending`);
    const again = [];
    for await (const chunk of request) again.push(chunk);
    same(again, WORDS, 'a second reading');
  }],

  ['a result in one piece, and one that fails', 'open', async ({ open, IngressError }) => {
    const client = open();
    const whole = await client.request({ simulate: { handler: 'plain', durationMs: 20, output: { answer: 42 } } }).result;
    same([whole.output, whole.outputs], [{ answer: 42 }, []], 'the result');
    const request = client.request({ prompt: 'a b', simulate: { error: 'boom' } });
    const error = await failing((async () => { for await (const _ of request); })(), 'a failure');
    check(error instanceof IngressError && error.code === 'job_failed' && error.retryable === false && error.id === request.id, `${error}`);
    same(request.outputs, ['a ', 'b'], 'the outputs before the failure');
  }],

  ['cancels what waits and what runs', 'open', async ({ open, control }) => {
    const client = open();
    const requests = Array.from({ length: 6 }, () => client.request(slow));
    await until(() => requests.some(request => request.outputs.length > 0), 'a first output');
    const last = requests.at(-1);
    check(last.state === 'queued', `the last one is ${last.state}`);
    await within(3000, last.cancel(), 'the end of one that waits');
    const waiting = await failing(last.result);
    same([waiting.code, waiting.reason, last.outputs.length], ['cancelled', 'client', 0], 'one that waited');
    const running = requests.find(request => request.outputs.length > 0);
    await within(3000, running.cancel(), 'the end of one that runs');
    same((await failing(running.result)).code, 'cancelled', 'one that ran');
    await within(5000, Promise.all(requests.map(request => request.cancel())), 'the end of all');
    await until(async () => (await control('status')).jobs.inFlight === 0, 'no job is left');
  }],

  ['an AbortSignal ends a request at once', 'open', async ({ open, connect }) => {
    const client = open();
    const stop = new AbortController();
    const request = client.request(slow, { signal: stop.signal });
    await next(request, 'output');
    stop.abort(new Error('enough'));
    const error = await failing(request.result);
    same([error.name, error.code, error.cause.message], ['AbortError', 'cancelled', 'enough'], 'the error');
    await until(() => client.pending === 0, 'the server knows');
    const never = client.request(words, { signal: AbortSignal.abort() });
    same((await failing(never.result)).name, 'AbortError', 'one aborted before');
    check(client.pending === 0, 'nothing may be left of it');
  }],

  ['leaving the loop early cancels', 'open', async ({ open }) => {
    const client = open();
    const request = client.request(slow);
    for await (const _ of request) break;
    same((await failing(request.result)).code, 'cancelled', 'the end');
  }],

  ['several at once, each its own words', 'open', async ({ open }) => {
    const client = open();
    const requests = Array.from({ length: 12 }, (_, n) => client.request({ prompt: `this is ${n}` }));
    const results = await within(15_000, Promise.all(requests.map(request => request.result)), 'the end of all');
    same(results.map(result => result.outputs.join('')), requests.map((_, n) => `this is ${n}`), 'the outputs');
  }],

  ['a line dropped at each event loses nothing and doubles nothing', 'open', async ({ open }) => {
    await Promise.all(Array.from({ length: 9 }, async (_, at) => {
      const client = open();
      const frames = [];
      client.on('frame', frame => frames.push(frame));
      const request = client.request(words);
      const seen = record(request);
      request.on('event', () => { if (seen.length === at + 1 && client.state === 'open') client.drop(at % 3 * 60); });
      await within(10_000, request.result, `the end, dropped at ${at}`);
      if (at < 8) await until(() => frames.some(({ event }) => event.type === 'session.resumed'), `resumed after a drop at ${at}`);
      checkWhole(seen, request);
      checkSequence(frames);
    }));
  }],

  ['a line cut at each event loses nothing and doubles nothing', 'open', async ({ open, control }) => {
    await Promise.all(Array.from({ length: 9 }, async (_, at) => {
      const line = await control('line');
      const client = open({}, line.url);
      const request = client.request(words);
      const frames = [];
      let cuts = 0;
      client.on('frame', frame => {
        frames.push(frame);
        if (frame.direction === 'in' && frame.event.id === request.id && frame.event.seq === at + 2 && cuts++ === 0) control('cut', line.id);
      });
      const seen = record(request);
      await within(10_000, request.result, `the end, cut at ${at}`);
      checkWhole(seen, request);
      checkSequence(frames);
    }));
  }],

  ['a request that may or may not have arrived runs once', 'open', async ({ open, control }) => {
    await Promise.all([0, 1, 2, 4, 8, 16].map(async ms => {
      const line = await control('line');
      const client = open({}, line.url);
      await client.ready;
      const frames = [];
      client.on('frame', frame => frames.push(frame));
      const request = client.request(words);
      const seen = record(request);
      if (ms === 0) client.drop();
      else setTimeout(() => control('cut', line.id), ms);
      await within(10_000, request.result, `the end, cut after ${ms} ms`);
      checkWhole(seen, request);
      const resumed = frames.findIndex(({ event }) => event.type === 'session.resumed');
      check(resumed < 0 || frames.slice(resumed).every(({ event }) => event.type !== 'request.rejected'), 'it must not be sent again when it is there');
    }));
  }],

  ['what is asked for while the line is down is sent when it is up', 'open', async ({ open }) => {
    const client = open();
    await client.ready;
    client.drop(300);
    const request = client.request(words);
    const withdrawn = client.request(words);
    await withdrawn.cancel();
    same((await failing(withdrawn.result)).code, 'cancelled', 'one withdrawn before it was sent');
    await request.result;
    checkWhole([...record(request)].length ? [] : [{ type: 'request.queued' }, { type: 'request.dispatched' }, { type: 'request.started' },
      ...WORDS.map((_, index) => ({ type: 'request.output', index })), { type: 'request.completed' }], request);
  }],

  ['a cancel while the line is down is told when it is up', 'open', async ({ open, control }) => {
    const client = open();
    const request = client.request(slow);
    await next(request, 'output');
    client.drop(200);
    await within(5000, request.cancel(), 'the cancel');
    same((await failing(request.result)).reason, 'client', 'the reason');
  }],

  ['a server that goes silent is noticed and left', 'open', async ({ open, control }) => {
    const line = await control('line');
    const client = open({ pingMs: 200, pongMs: 200 }, line.url);
    await client.ready;
    await pause(700);
    check(client.state === 'open', 'pongs keep an idle line');
    const resumed = next(client, 'resumed');
    await control('freeze', line.id);
    await within(3000, resumed, 'the resume');
    await client.request(words).result;
  }],

  ['a session that is gone is told, and what may run again is sent again', 'short', async ({ open, control }) => {
    const line = await control('line');
    const client = open({}, line.url);
    await client.ready;
    const before = client.session.id;
    const running = client.request(slow);
    const patient = client.request({ ...words, simulate: { delayMs: 3000 } }, { resend: true });
    await next(running, 'output');
    const quiet = client.request({ ...words, simulate: { delayMs: 3000 } });
    await until(() => patient.state !== 'pending' && quiet.state !== 'pending', 'they are taken');
    const lost = next(client, 'lost');
    client.drop(2200);
    await control('cut', line.id); // a browser's socket cannot be cut from inside
    same(await within(8000, lost, 'the loss'), { sessionId: before, requests: [running.id, quiet.id] }, 'what is lost');
    const error = await failing(running.result);
    same([error.code, error.retryable], ['session_lost', true], 'the error');
    same((await failing(quiet.result)).code, 'session_lost', 'what may not run twice');
    check(client.session.id !== before, 'a new session');
    same((await within(10_000, patient.result, 'the second run')).outputs, WORDS, 'what had not begun to speak');
  }],

  ['refusals say why', 'open', async ({ open, IngressError }) => {
    const client = open();
    await client.ready;
    const unknown = await failing(client.request(words, { endpoint: 'nowhere' }).result);
    same([unknown.code, unknown.retryable], ['unknown_endpoint', false], 'an unknown endpoint');
    const first = client.request(slow, { id: 'twice' });
    same((await failing(client.request(words, { id: 'twice' }).result)).code, 'duplicate_id', 'an id that is taken');
    const { maxMessageBytes } = client.session.limits;
    same((await failing(client.request({ prompt: 'ä'.repeat(maxMessageBytes / 2) }).result)).code, 'message_too_large', 'too much');
    check(client.state === 'open', 'the connection goes on');
    await first.cancel();
    let thrown = null;
    try { client.request([]); } catch (error) { thrown = error; }
    check(thrown instanceof TypeError, 'an input that is no object');
  }],

  ['close() ends everything', 'open', async ({ open, control }) => {
    const client = open();
    const request = client.request(slow);
    await next(request, 'output');
    await within(2000, client.close(), 'the close');
    same([client.state, (await failing(request.result)).code, await client.closed], ['closed', 'closed', undefined], 'the end');
    same((await failing(client.request(words).result)).code, 'closed', 'a request afterwards');
    await until(async () => (await control('status')).jobs.inFlight === 0, 'its job is cancelled', 3000);
  }],

  ['a door that stays shut is knocked at less and less', 'open', async ({ open, control }) => {
    const line = await control('line');
    await control('hangUp', line.id);
    const waits = [];
    const client = open({ backoff: { initialMs: 20, attempts: 5 } }, line.url);
    client.on('state', ({ state, retryInMs }) => { if (state === 'waiting') waits.push(retryInMs); });
    const error = await within(8000, client.closed, 'the end of patience');
    check(error.code === 'disconnected' && (await failing(client.ready)) === error, `${error}`);
    check(waits.length === 5 && waits.every((wait, n) => wait >= 10 * 2 ** n - 1 && wait <= 20 * 2 ** n + 1), `waits of ${waits} ms`);
  }],

  ['a key opens the door by tickets, a wrong one is not tried for ever', 'guarded', async ({ open, fetchTicket, url, control }) => {
    const client = open({ key: 'good' });
    const states = [];
    client.on('state', ({ state }) => states.push(state));
    await within(5000, client.ready, 'a session by key');
    client.drop();
    await within(5000, next(client, 'resumed'), 'a resume with a ticket of its own');
    let asked = 0;
    const byTicket = open({ ticket: () => { asked++; return fetchTicket(url, 'good'); } });
    await within(5000, byTicket.ready, 'a session by ticket');
    same(asked, 1, 'tickets fetched');
    const wrong = open({ key: 'bad' });
    const error = await within(5000, wrong.closed, 'the end of the wrong key');
    same([error.code, wrong.state], ['unauthorized', 'closed'], 'the wrong key');
    same((await failing(wrong.ready)).code, 'unauthorized', 'ready');
    let tries = 0;
    const spent = open({ ticket: () => { tries++; return 'spent'; }, backoff: { initialMs: 100 } });
    await pause(1000);
    check(tries <= 5, `${tries} tries in a second`);
    await spent.close();
  }],

  ['a full queue refuses with a time to come back', 'guarded', async ({ open }) => {
    const client = open({ key: 'good' });
    const requests = Array.from({ length: 8 }, () => client.request(words));
    const refused = await within(5000, Promise.any(requests.map(request => failing(request.result))), 'a refusal');
    check(refused.code === 'queue_full' && refused.retryable && refused.retryAfterMs > 0, JSON.stringify(refused));
    check(requests.some(request => request.state === 'queued'), 'some are taken');
  }],

  ['a server that is killed and started again is found again', 'mortal', async ({ open, control }) => {
    const client = open();
    const lost = client.request(slow);
    const again = client.request({ prompt: words.prompt, simulate: { delayMs: 1500 } }, { resend: true });
    await next(lost, 'output');
    const waiting = next(client, 'state');
    await control('kill');
    same((await within(3000, waiting, 'the break')).state, 'waiting', 'the state');
    await control('start');
    same((await failing(lost.result)).code, 'session_lost', 'what had begun');
    same((await within(10_000, again.result, 'the second run')).outputs, WORDS, 'what had not');
  }],

  ['a server that drains finishes what runs, and is left alone for as long as it asks', 'mortal', async ({ open, control }) => {
    const client = open();
    const request = client.request({ prompt: words.prompt, simulate: { chunkDelayMs: 150 } });
    await next(request, 'output');
    const closing = next(client, 'closing');
    control('drain');
    const { reason, retryAfterMs } = await within(3000, closing, 'the warning');
    check(reason === 'shutdown' && retryAfterMs >= 1000, `${reason}, ${retryAfterMs}`);
    const later = client.request(words);
    const waiting = new Promise(resolve => client.on('state', change => { if (change.state === 'waiting') resolve(change); }));
    same((await within(5000, request.result, 'what ran')).outputs, WORDS, 'the outputs');
    check((await within(5000, waiting, 'the close')).retryInMs >= retryAfterMs, 'it comes back too soon');
    await control('start');
    same((await within(10_000, later.result, 'what was asked for meanwhile')).outputs, WORDS, 'the outputs of the later one');
  }],
];

/** Runs the scenarios of one service; prints a line for each and returns how many failed. */
export async function runScenarios(service, module, environment, { url, control, say, only }) {
  let failed = 0;
  for (const [name, of, run] of scenarios) {
    if (of !== service || (only && !name.includes(only))) continue;
    const clients = [];
    const open = (options = {}, address = url) => {
      const client = module.connect(address, { ...environment, ...options });
      clients.push(client);
      return client;
    };
    const began = performance.now();
    try {
      await within(30_000, run({ ...module, open, url, control }), 'the whole scenario');
      await say(`ok    ${name} (${Math.round(performance.now() - began)} ms)`);
    } catch (error) {
      failed++;
      await say(`FAIL  ${name}: ${error?.stack ?? error}`);
    }
    await Promise.all(clients.map(client => client.close()));
  }
  return failed;
}
