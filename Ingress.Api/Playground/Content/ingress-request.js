// The requests and errors of ingress-client.js.

const ENDS = new Set(['completed', 'failed', 'cancelled', 'rejected']);

/** Why a request or a connection ended. `code` is one of the service's error codes, or one of this module's own. */
export class IngressError extends Error {
  constructor(code, message, { id, retryable = false, retryAfterMs, reason, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'IngressError';
    this.code = code;
    this.retryable = retryable;
    if (id !== undefined) this.id = id;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
    if (reason !== undefined) this.reason = reason;
  }
}

/** Who listens to what. */
export class Listeners {
  #byType = new Map();

  add(type, listener) {
    if (!this.#byType.has(type)) this.#byType.set(type, new Set());
    this.#byType.get(type).add(listener);
    return () => this.#byType.get(type).delete(listener);
  }

  emit(type, value) {
    for (const listener of [...(this.#byType.get(type) ?? [])]) {
      try {
        listener(value);
      } catch (error) {
        queueMicrotask(() => { throw error; }); // the application's fault must not stop the protocol, nor be lost
      }
    }
  }
}

// What the client does to its requests; symbols, so that applications see only what is meant for them.
export const apply = Symbol('apply');
export const fail = Symbol('fail');

/** One request: an async iterable of its outputs, with a promise of its end. */
export class IngressRequest {
  #listeners = new Listeners();
  #waiting = [];
  #details = {};
  #withdraw;
  #resolve;
  #reject;

  constructor(id, withdraw) {
    this.id = id;
    this.state = 'pending';
    this.outputs = [];
    this.#withdraw = withdraw;
    this.result = new Promise((resolve, reject) => { this.#resolve = resolve; this.#reject = reject; });
    this.result.catch(() => {}); // whoever only iterates sees the error there
  }

  /** Whether the end has come. */
  get ended() { return ENDS.has(this.state); }

  /** Listens to `queued`, `position`, `dispatched`, `started`, `output`, `end`, or `event` for all. Returns what stops it. */
  on(type, listener) { return this.#listeners.add(type, listener); }

  /** Withdraws the request; the promise is kept when it has ended, one way or another. */
  async cancel() {
    if (!this.ended) this.#withdraw();
    await this.result.catch(() => {});
  }

  /** Yields every output from the first one on, whenever it is begun; leaving the loop early cancels the request. */
  async *[Symbol.asyncIterator]() {
    let next = 0;
    try {
      while (true) {
        while (next < this.outputs.length) yield this.outputs[next++];
        if (this.ended) {
          await this.result;
          return;
        }
        await new Promise(resolve => this.#waiting.push(resolve));
      }
    } finally {
      if (!this.ended) this.#withdraw();
    }
  }

  [apply](event) {
    switch (event.type) {
      case 'request.queued':
        this.state = 'queued';
        this.#details.traceId = event.traceId;
        break;
      case 'request.dispatched':
        this.state = 'dispatched';
        this.#details.jobId = event.jobId;
        break;
      case 'request.started':
        this.state = 'started';
        this.#details.workerId = event.workerId;
        break;
      case 'request.output':
        this.outputs.push(event.output);
        break;
      case 'request.completed':
        this.#complete(event);
        break;
      case 'request.cancelled':
        this.#end('cancelled', cancelled(this.id, event.reason));
        break;
      case 'request.failed':
        this.#end('failed', serverError(event));
        break;
      case 'request.rejected':
        this.#end('rejected', serverError(event));
        break;
      default: // request.position, and what later versions may add
    }
    this.#tell(event.type.slice('request.'.length), event);
  }

  [fail](state, error) {
    this.#end(state, error);
    this.#tell(state, { type: `request.${state}`, id: this.id, error, local: true });
  }

  #complete({ type, seq, id, output, ...times }) {
    this.state = 'completed';
    this.#resolve({ id, output, outputs: this.outputs, ...this.#details, times });
  }

  #end(state, error) {
    this.state = state;
    this.#reject(error);
  }

  #tell(name, event) {
    this.#listeners.emit(name, event);
    this.#listeners.emit('event', event);
    if (this.ended) this.#listeners.emit('end', event);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** Whether nothing follows an event of a request. */
export const ends = event => ENDS.has(event.type.slice('request.'.length));

/** Makes an error of what the server said. */
export function serverError({ id, error, retryAfterMs }) {
  return new IngressError(error.code, error.message, { id, retryable: error.retryable ?? false, retryAfterMs });
}

/** Makes the error of a request that was withdrawn. */
export function cancelled(id, reason, cause) {
  return new IngressError('cancelled', `The request was cancelled (${reason}).`, { id, reason, cause, retryable: reason === 'shutdown' });
}
