// Client of Infra Ingress (WebSocket subprotocol ingress.v1) for browsers and Node. No dependencies; types in ingress-client.d.ts.
//
//   import { connect } from './ingress-client.js';
//   const client = connect('ws://localhost:8080/ws');
//   const request = client.request({ prompt: 'Hello there' });
//   for await (const chunk of request) console.log(chunk);
//   console.log((await request.result).times);
//
// A connection that breaks is made again and its session resumed: every event reaches the application once, in order.
// Node before 22 has no WebSocket of its own: pass one, for instance that of the package "ws": connect(url, { WebSocket }).

import { IngressError, IngressRequest, Listeners, apply, cancelled, ends, fail, serverError } from './ingress-request.js';

export { IngressError, IngressRequest };

const PROTOCOL = 'ingress.v1';
const UNAUTHORIZED = 3000;
const STABLE_MS = 5000;
const CLOSE_MS = 3000;
const OPEN = 1;

const DEFAULTS = {
  backoff: { initialMs: 250, maxMs: 30_000, factor: 2, attempts: Infinity },
  handshakeMs: 10_000,
  pingMs: 15_000,
  pongMs: 10_000,
};

/** Opens a connection that stays open: the returned client connects at once, and again whenever the connection breaks. */
export function connect(url, options = {}) {
  return new IngressClient(url, options);
}

/** Gets a ticket, good for one upgrade, for a key or token: the key itself then never stands in an address or a log. */
export async function fetchTicket(url, key, signal) {
  const response = await fetch(httpAddress(url, 'tickets'), { method: 'POST', headers: { authorization: `Bearer ${key}` }, signal });
  if (!response.ok) {
    const refused = response.status === 401 || response.status === 403;
    throw new IngressError(refused ? 'unauthorized' : 'unavailable', `No ticket: the service answered ${response.status}.`, { retryable: !refused });
  }
  return (await response.json()).ticket;
}

/** A connection that mends itself. Made by {@link connect}. */
export class IngressClient {
  #url;
  #options;
  #backoff;
  #listeners = new Listeners();
  #requests = new Map(); // id → { request, text, resend, given, sent, acknowledged, withdrawn, dispose }
  #socket = null;
  #abandoned = new Set();
  #session = null; // { id, token, lastSeq, limits }
  #state = 'connecting';
  #generation = 0;
  #failures = 0;
  #refusals = 0;
  #openedAt = 0;
  #heardAt = 0;
  #pingedAt = 0;
  #pings = 0; // the most pongs that may still come
  #barrier = 0; // the pongs to wait for before it is certain what the server has not seen
  #draining = false;
  #retryAfterMs = 0;
  #renewedAt = -Infinity;
  #lastFault = null;
  #timer = null;
  #beating = null;
  #ready = deferred();
  #closed = deferred();

  constructor(url, options) {
    this.#url = absolute(url);
    this.#options = { ...DEFAULTS, ...options };
    this.#backoff = { ...DEFAULTS.backoff, ...options.backoff };
    this.#options.WebSocket ??= globalThis.WebSocket;
    if (!this.#options.WebSocket) {
      throw new TypeError('There is no WebSocket here (Node before 22 has none): pass one as options.WebSocket.');
    }
    this.#ready.promise.catch(() => {});
    options.signal?.addEventListener('abort', () => this.close(), { once: true });
    globalThis.addEventListener?.('online', this.#online);
    if (options.signal?.aborted) this.close();
    else this.#connect();
  }

  /** `connecting`, `resuming`, `open`, `waiting` (to connect again) or `closed`. */
  get state() { return this.#state; }

  /** The session's id and limits; null before the first one. */
  get session() { return this.#session && { id: this.#session.id, limits: this.#session.limits }; }

  /** The number of requests that have not ended. */
  get pending() { return this.#requests.size; }

  /** Kept when the first session is open; broken when the client gives up before. */
  get ready() { return this.#ready.promise; }

  /** Kept when the client is closed, with the error that closed it, or undefined after `close()`. */
  get closed() { return this.#closed.promise; }

  /** Listens to `state`, `resumed`, `lost`, `closing`, `problem`, or `frame` (all that is sent and received). Returns what stops it. */
  on(type, listener) { return this.#listeners.add(type, listener); }

  /** Sends a request, at once or as soon as there is a session. */
  request(input, { id = newId(), policy, maxWaitMs, endpoint, metadata, traceparent, signal, resend } = {}) {
    if (input === null || typeof input !== 'object' || Array.isArray(input)) throw new TypeError('input must be an object.');
    const text = JSON.stringify({ type: 'request', id, input, policy, maxWaitMs, endpoint, metadata, traceparent });
    const request = new IngressRequest(id, () => this.#withdraw(id));
    if (this.#state === 'closed') {
      request[fail]('failed', new IngressError('closed', 'The client is closed.', { id }));
    } else if (this.#requests.has(id)) {
      request[fail]('rejected', new IngressError('duplicate_id', 'A live request has this id; choose another one.', { id }));
    } else {
      this.#add(request, text, resend ?? this.#options.resend ?? false, signal);
    }
    return request;
  }

  /** Loses the connection on purpose, as a broken network does: nothing is said to the server, and nothing heard from it. */
  drop(offlineMs = 0) {
    if (this.#state === 'closed') return;
    this.#abandon();
    this.#schedule(offlineMs, new IngressError('dropped', 'The connection was dropped on purpose.', { retryable: true }));
  }

  /** Ends the session and everything in it. */
  async close() {
    const socket = this.#socket;
    this.#finish(undefined);
    if (socket && socket.readyState <= OPEN) await closeSocket(socket);
  }

  // ---- connecting -------------------------------------------------------------------------------------------------------------

  async #connect() {
    const generation = ++this.#generation;
    this.#enter('connecting');
    let socket;
    try {
      const address = await this.#address();
      if (generation !== this.#generation) return;
      socket = new this.#options.WebSocket(address, [PROTOCOL, ...(this.#options.protocols ?? [])]);
    } catch (error) {
      if (generation === this.#generation) this.#failed(error);
      return;
    }
    this.#socket = socket;
    this.#lastFault = null;
    socket.onopen = () => this.#opened(socket);
    socket.onmessage = message => this.#received(message.data);
    socket.onerror = fault => { this.#lastFault = fault; };
    socket.onclose = end => this.#ended(end);
    this.#timer = setTimeout(() => this.#broken('The server did not answer in time.'), this.#options.handshakeMs);
  }

  async #address() {
    const { key, ticket } = this.#options;
    if (!key && !ticket) return this.#url.href;
    const url = new URL(this.#url);
    url.searchParams.set('ticket', await (ticket ? ticket(this.#options.signal) : fetchTicket(url, key, this.#options.signal)));
    return url.href;
  }

  #opened(socket) {
    if (socket.protocol !== PROTOCOL) {
      this.#finish(new IngressError('unsupported', `The server does not speak ${PROTOCOL}.`));
      return;
    }
    this.#pingedAt = 0;
    this.#heardAt = now();
    this.#beating = setInterval(() => this.#beat(), Math.min(this.#options.pingMs, this.#options.pongMs) / 2);
    if (this.#session) {
      const { id, token, lastSeq } = this.#session;
      this.#enter('resuming');
      this.#send(JSON.stringify({ type: 'resume', sessionId: id, resumeToken: token, lastSeq }));
    }
  }

  #ended({ code, reason }) {
    this.#forget();
    if (code === UNAUTHORIZED || /\b40[13]\b/.test(this.#lastFault?.message ?? '')) {
      this.#failed(new IngressError('unauthorized', reason || 'The server refuses the connection: is the key right?'));
    } else {
      this.#failed(new IngressError('disconnected', reason || `The connection ended (code ${code}).`, { retryable: true, reason: code }));
    }
  }

  #broken(message) {
    this.#abandon();
    this.#failed(new IngressError('disconnected', message, { retryable: true }));
  }

  // A refusal may be a ticket that was a moment too old, so one more is fetched; after that, asking again is of no use.
  #failed(error) {
    const renewable = this.#options.key || this.#options.ticket;
    if (this.#openedAt && now() - this.#openedAt >= STABLE_MS) this.#failures = 0;
    this.#openedAt = 0;
    const refused = error.code === 'unauthorized' && (!renewable || ++this.#refusals > 1);
    if (refused || this.#failures >= this.#backoff.attempts) this.#finish(error);
    else this.#schedule(this.#delay(), error);
  }

  #delay() {
    const { initialMs, maxMs, factor } = this.#backoff;
    const most = Math.min(maxMs, initialMs * factor ** this.#failures++);
    return Math.max(most * (0.5 + Math.random() / 2), this.#retryAfterMs);
  }

  #schedule(delayMs, error) {
    this.#retryAfterMs = 0;
    this.#draining = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), delayMs);
    this.#enter('waiting', { retryInMs: Math.round(delayMs), error });
  }

  #online = () => {
    if (this.#state !== 'waiting') return;
    clearTimeout(this.#timer);
    this.#connect();
  };

  // Lets go of the socket without a close frame, which would end the session: a socket that cannot be cut is kept until it is replaced.
  #abandon() {
    const socket = this.#socket;
    this.#forget();
    if (!socket) return;
    if (socket.terminate) socket.terminate();
    else if (socket.readyState === OPEN) this.#abandoned.add(socket);
    else socket.close();
  }

  #forget() {
    this.#generation++;
    clearTimeout(this.#timer);
    clearInterval(this.#beating);
    if (this.#socket) {
      this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
      this.#socket.onerror = () => {};
    }
    this.#socket = null;
    this.#barrier = 0;
    for (const entry of this.#requests.values()) entry.sent &&= entry.acknowledged;
  }

  #beat() {
    const silent = now() - this.#heardAt;
    if (this.#pingedAt && this.#heardAt >= this.#pingedAt) this.#pingedAt = 0;
    if (this.#pingedAt && now() - this.#pingedAt >= this.#options.pongMs) this.#broken('The server has gone silent.');
    else if (!this.#pingedAt && silent >= this.#options.pingMs) this.#ping();
  }

  #ping() {
    this.#pingedAt = now();
    this.#pings++;
    this.#send('{"type":"ping"}');
  }

  // ---- what the server says ---------------------------------------------------------------------------------------------------

  #received(text) {
    this.#heardAt = now();
    const event = JSON.parse(text);
    this.#listeners.emit('frame', { direction: 'in', text, event });
    if (event.type === 'session.opened') this.#sessionOpened(event);
    else if (event.type === 'session.resumed') this.#sessionResumed(event);
    else if (event.type === 'session.closing') this.#closing(event);
    else if (this.#state === 'open' && this.#isNext(event.seq)) this.#handle(event);
  }

  #isNext(seq) {
    const expected = this.#session.lastSeq + 1;
    if (seq > expected) this.#broken(`Event ${expected} is missing.`);
    if (seq === expected) this.#session.lastSeq = seq;
    return seq === expected;
  }

  // While a resume is in the air, this is the session that every new socket gets; it counts only if the old one cannot be had.
  #sessionOpened({ seq, sessionId, resumeToken, limits, resumed }) {
    if (this.#state === 'resuming' && resumed !== false) return;
    const lost = this.#session;
    this.#session = { id: sessionId, token: resumeToken, lastSeq: seq, limits };
    this.#pings = 0;
    if (lost) this.#giveUp(lost);
    this.#established();
    this.#ready.resolve();
    this.#flush();
  }

  #sessionResumed({ replayed }) {
    this.#established({ resumed: true });
    this.#listeners.emit('resumed', { replayed });
    const unsure = [...this.#requests.values()].some(entry => entry.given && !entry.acknowledged);
    if (unsure) {
      // Each ping is answered once, in order: when as many pongs have come as could be on their way and one more, all is here.
      this.#barrier = this.#pings + 1;
      for (let n = this.#barrier; n > 0; n--) this.#ping();
    }
    for (const entry of this.#requests.values()) {
      if (entry.withdrawn && entry.acknowledged) this.#sendCancel(entry.request.id);
    }
    this.#flush();
  }

  #established(details) {
    clearTimeout(this.#timer);
    this.#openedAt = now();
    this.#refusals = 0;
    for (const socket of this.#abandoned) socket.close();
    this.#abandoned.clear();
    this.#enter('open', details);
  }

  #closing({ seq, reason, retryAfterMs }) {
    if (this.#state === 'open' && !this.#isNext(seq)) return;
    this.#listeners.emit('closing', { reason, retryAfterMs });
    if (reason !== 'token_expiring') {
      this.#draining = true;
      this.#retryAfterMs = retryAfterMs ?? 0;
    } else if ((this.#options.key || this.#options.ticket) && now() - this.#renewedAt > 60_000) {
      this.#renewedAt = now(); // a new ticket lets the session go on over a new connection
      this.drop();
    }
  }

  #handle(event) {
    if (event.type === 'pong') {
      this.#pings = Math.max(0, this.#pings - 1);
      if (this.#barrier > 0 && --this.#barrier === 0) this.#flush();
      return;
    }
    const entry = this.#requests.get(event.id);
    if (event.type === 'error') {
      // A cancel that crossed the request's end is no problem of anybody's.
      if (event.error.code !== 'unknown_request') this.#listeners.emit('problem', serverError(event));
    } else if (entry && !(event.type === 'request.rejected' && entry.acknowledged)) {
      this.#apply(entry, event);
    }
  }

  #apply(entry, event) {
    const { request } = entry;
    entry.acknowledged = entry.sent = true;
    const shutDown = event.type === 'request.cancelled' ? event.reason === 'shutdown' : event.error?.code === 'draining';
    if (shutDown && this.#mayResend(entry)) {
      entry.given = entry.sent = entry.acknowledged = false;
      return;
    }
    if (ends(event)) this.#remove(entry);
    request[apply](event);
  }

  // ---- requests ---------------------------------------------------------------------------------------------------------------

  #add(request, text, resend, signal) {
    const abort = () => this.#aborted(entry, signal.reason);
    const entry = { request, text, resend, given: false, sent: false, acknowledged: false, withdrawn: false };
    entry.dispose = () => signal?.removeEventListener('abort', abort);
    this.#requests.set(request.id, entry);
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    else this.#flush();
  }

  #remove(entry) {
    entry.dispose();
    if (this.#requests.get(entry.request.id) === entry) this.#requests.delete(entry.request.id);
  }

  #fail(entry, state, error) {
    this.#remove(entry);
    entry.request[fail](state, error);
  }

  #flush() {
    if (this.#state !== 'open' || this.#barrier > 0 || this.#draining) return;
    for (const entry of this.#requests.values()) {
      if (entry.sent) continue;
      if (entry.withdrawn) this.#fail(entry, 'cancelled', cancelled(entry.request.id, 'client'));
      else if (size(entry.text) > this.#session.limits.maxMessageBytes) this.#fail(entry, 'rejected', tooLarge(entry, this.#session.limits));
      else {
        entry.given = entry.sent = true;
        this.#send(entry.text);
      }
    }
  }

  #withdraw(id) {
    const entry = this.#requests.get(id);
    if (!entry) return;
    entry.withdrawn = true;
    if (!entry.given) this.#fail(entry, 'cancelled', cancelled(id, 'client'));
    else if (this.#state === 'open' && entry.sent) this.#sendCancel(id);
  }

  // An abort is final at once, also while there is no connection; the server is told as soon as there is one.
  #aborted(entry, reason) {
    const error = cancelled(entry.request.id, 'client', reason);
    error.name = 'AbortError';
    if (!entry.given) {
      this.#fail(entry, 'cancelled', error);
      return;
    }
    const { request } = entry;
    entry.request = new IngressRequest(request.id, () => {}); // hears what the server still says about it
    this.#withdraw(request.id);
    request[fail]('cancelled', error);
  }

  #mayResend({ request, resend, withdrawn }) { return resend && !withdrawn && request.outputs.length === 0; }

  #giveUp(session) {
    const lost = [];
    for (const entry of this.#requests.values()) {
      if (!entry.given || this.#mayResend(entry)) {
        entry.given = entry.sent = entry.acknowledged = false;
      } else {
        if (!entry.withdrawn) lost.push(entry.request.id);
        const message = 'The session could not be resumed, and its requests are gone with it.';
        this.#fail(entry, 'failed', new IngressError('session_lost', message, { id: entry.request.id, retryable: true }));
      }
    }
    this.#listeners.emit('lost', { sessionId: session.id, requests: lost });
  }

  #sendCancel(id) { this.#send(JSON.stringify({ type: 'cancel', id })); }

  #send(text) {
    if (this.#socket?.readyState !== OPEN) return;
    this.#socket.send(text);
    this.#listeners.emit('frame', { direction: 'out', text, event: JSON.parse(text) });
  }

  #enter(state, details = {}) {
    const previous = this.#state;
    this.#state = state;
    this.#listeners.emit('state', { state, previous, ...details });
  }

  #finish(error) {
    if (this.#state === 'closed') return;
    const socket = this.#socket;
    this.#forget();
    for (const each of [socket, ...this.#abandoned]) each?.close(1000);
    globalThis.removeEventListener?.('online', this.#online);
    this.#enter('closed', { error });
    const cause = error ?? new IngressError('closed', 'The client is closed.');
    for (const entry of [...this.#requests.values()]) {
      this.#fail(entry, 'failed', new IngressError(cause.code, cause.message, { id: entry.request.id, retryable: cause.retryable, cause }));
    }
    this.#ready.reject(cause);
    this.#closed.resolve(error);
  }
}

function tooLarge({ request }, { maxMessageBytes }) {
  return new IngressError('message_too_large', `A message may have at most ${maxMessageBytes} bytes.`, { id: request.id });
}

function absolute(url) {
  const address = new URL(url, globalThis.location?.href);
  if (address.protocol === 'http:' || address.protocol === 'https:') address.protocol = address.protocol.replace('http', 'ws');
  return address;
}

function httpAddress(url, path) {
  const address = new URL(path, absolute(url));
  address.protocol = address.protocol.replace('ws', 'http');
  return address.href;
}

function closeSocket(socket) {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, CLOSE_MS);
    socket.onclose = () => { clearTimeout(timer); resolve(); };
  });
}

function deferred() {
  let resolve, reject;
  const promise = new Promise((keep, break_) => { resolve = keep; reject = break_; });
  return { promise, resolve, reject };
}

function newId() {
  // crypto.randomUUID is missing on pages that came over plain http from another machine.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');
}

const now = () => performance.now();
const size = text => new TextEncoder().encode(text).length;
