// Types of ingress-client.js.

/** Error codes of the service, and of the client itself (from `cancelled` on). */
export type ErrorCode =
  | 'invalid_json' | 'invalid_message' | 'unknown_type' | 'duplicate_id' | 'unknown_request' | 'message_too_large'
  | 'queue_full' | 'connection_queue_full' | 'rate_limited' | 'draining' | 'expired' | 'unknown_endpoint' | 'payload_rejected'
  | 'backend_unauthorized' | 'backend_unavailable' | 'dispatch_unknown' | 'job_failed' | 'job_timed_out' | 'job_lost'
  | 'cancelled' | 'session_lost' | 'closed' | 'disconnected' | 'dropped' | 'unauthorized' | 'unavailable' | 'unsupported';

/** Why a request or a connection ended. After an `AbortSignal` fired, `name` is `AbortError` and `cause` the signal's reason. */
export class IngressError extends Error {
  readonly code: ErrorCode | (string & {});
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** When to try again, where the server said so. */
  readonly retryAfterMs?: number;
  /** The request concerned. */
  readonly id?: string;
  /** Of a cancelled request: `client`, `expired`, `shutdown`, `backend` or `operator`. Of a lost connection: its close code. */
  readonly reason?: string | number;
}

export type WaitReason =
  | 'behind_others' | 'workers_starting' | 'workers_busy' | 'workers_throttled' | 'workers_unhealthy' | 'backend_unavailable';

interface OfRequest { seq: number; id: string; }

interface Place {
  /** 1 is the next. */
  position: number;
  queueLength: number;
  /** The likely wait from now on; null while unknown. */
  estimatedWaitMs: number | null;
  /** The cautious wait from now on; null while unknown. */
  estimatedWaitHighMs: number | null;
  waitReason: WaitReason | (string & {});
}

export interface QueuedEvent extends OfRequest, Place { type: 'request.queued'; traceId: string; }
export interface PositionEvent extends OfRequest, Place { type: 'request.position'; }
export interface DispatchedEvent extends OfRequest { type: 'request.dispatched'; jobId: string; waitedMs: number; }
export interface StartedEvent extends OfRequest { type: 'request.started'; workerId?: string; delayMs?: number; attempt?: number; }
export interface OutputEvent extends OfRequest { type: 'request.output'; index: number; output: unknown; }
export interface CompletedEvent extends OfRequest, Times { type: 'request.completed'; output: unknown; }
export interface CancelledEvent extends OfRequest {
  type: 'request.cancelled';
  reason: string;
  error?: { code: string; message: string; retryable: boolean };
}
export interface FailedEvent extends OfRequest { type: 'request.failed'; error: { code: string; message: string; retryable: boolean }; }
export interface RejectedEvent extends OfRequest {
  type: 'request.rejected';
  error: { code: string; message: string; retryable: boolean };
  retryAfterMs?: number;
}
/** An end that the client itself saw: the session is lost, the client closed, or the request withdrawn before it was sent. */
export interface LocalEndEvent {
  type: 'request.failed' | 'request.cancelled' | 'request.rejected';
  id: string;
  error: IngressError;
  local: true;
}
export type EndEvent = CompletedEvent | CancelledEvent | FailedEvent | RejectedEvent | LocalEndEvent;
export type RequestEvent = QueuedEvent | PositionEvent | DispatchedEvent | StartedEvent | OutputEvent | EndEvent;

/** How long a request took, in milliseconds. */
export interface Times {
  /** In the service's queue. */
  waitedMs: number;
  /** At RunPod before it ran. */
  delayMs?: number;
  /** From its arrival to the first output. */
  firstOutputMs?: number;
  /** Running. */
  executionMs?: number;
  /** From its arrival to its end. */
  totalMs: number;
}

export interface Result<T = unknown> {
  id: string;
  /** The final output; null when everything was streamed. */
  output: T | null;
  /** Everything that was streamed. */
  outputs: T[];
  traceId?: string;
  jobId?: string;
  workerId?: string;
  times: Times;
}

export interface RequestOptions {
  /** 1 to 128 characters, unique among the live requests; made if absent. */
  id?: string;
  policy?: { executionTimeout?: number; ttl?: number; lowPriority?: boolean };
  /** The longest wait in the service's queue. */
  maxWaitMs?: number;
  /** One of the endpoints that the service has configured. */
  endpoint?: string;
  metadata?: Record<string, unknown>;
  /** W3C trace context to continue. */
  traceparent?: string;
  /** Cancels the request; the promise breaks at once. */
  signal?: AbortSignal;
  /** Overrides the client's `resend`. */
  resend?: boolean;
}

export interface Session { id: string; limits: { maxMessageBytes: number; maxPendingPerConnection: number; queueCapacity: number }; }

export type State = 'connecting' | 'resuming' | 'open' | 'waiting' | 'closed';

export interface ClientOptions {
  /** An API key or token. The client gets a ticket for it before each connection (`POST tickets` beside the WebSocket's address). */
  key?: string;
  /** Gives a ticket for each connection, for instance from your own server; wins over `key`. */
  ticket?: (signal?: AbortSignal) => string | Promise<string>;
  /** Closes the client. */
  signal?: AbortSignal;
  /** The WebSocket to use where there is no global one, such as that of the package `ws` in Node before 22. */
  WebSocket?: unknown;
  /** Subprotocols to offer beside `ingress.v1`. */
  protocols?: string[];
  /** Waits between attempts: `initialMs` (250), times `factor` (2) each, up to `maxMs` (30,000), with jitter; `attempts` (no end). */
  backoff?: { initialMs?: number; maxMs?: number; factor?: number; attempts?: number };
  /** How long a connection may take to open. 10,000. */
  handshakeMs?: number;
  /** After so long a silence the server is asked for a sign of life. 15,000. */
  pingMs?: number;
  /** How long it may take to answer. 10,000. */
  pongMs?: number;
  /** Send again, in a new session, requests whose session was lost before any output came. They may then run twice. False. */
  resend?: boolean;
}

export interface ClientEvents {
  /** `retryInMs` and `error` come with `waiting`, `error` with `closed` if it was no `close()`. */
  state: { state: State; previous: State; retryInMs?: number; error?: IngressError; resumed?: boolean };
  /** The session goes on; so many events came again. */
  resumed: { replayed: number };
  /** The session could not be resumed; these requests failed with `session_lost`. */
  lost: { sessionId: string; requests: string[] };
  /** The server is about to close the connection. */
  closing: { reason: string; retryAfterMs?: number };
  /** The server refused a message that was no request. */
  problem: IngressError;
  /** Everything sent and received. */
  frame: { direction: 'in' | 'out'; text: string; event: Record<string, unknown> };
}

export interface RequestEvents {
  queued: QueuedEvent;
  position: PositionEvent;
  dispatched: DispatchedEvent;
  started: StartedEvent;
  output: OutputEvent;
  end: EndEvent;
  event: RequestEvent;
}

export class IngressRequest<T = unknown> implements AsyncIterable<T> {
  readonly id: string;
  readonly state: 'pending' | 'queued' | 'dispatched' | 'started' | 'completed' | 'failed' | 'cancelled' | 'rejected';
  readonly ended: boolean;
  /** The outputs so far. */
  readonly outputs: T[];
  /** The end; broken with an {@link IngressError} unless the request completed. */
  readonly result: Promise<Result<T>>;
  on<K extends keyof RequestEvents>(type: K, listener: (event: RequestEvents[K]) => void): () => void;
  /** Withdraws the request; kept when it has ended, one way or another. */
  cancel(): Promise<void>;
  /** Every output from the first one on. Leaving the loop early cancels the request. */
  [Symbol.asyncIterator](): AsyncIterator<T>;
}

export class IngressClient {
  private constructor();
  readonly state: State;
  readonly session: Session | null;
  readonly pending: number;
  readonly ready: Promise<void>;
  /** Kept when the client is closed, with what closed it, or undefined after `close()`. */
  readonly closed: Promise<IngressError | undefined>;
  on<K extends keyof ClientEvents>(type: K, listener: (event: ClientEvents[K]) => void): () => void;
  /** Sends a request, at once or as soon as there is a session. */
  request<T = unknown>(input: object, options?: RequestOptions): IngressRequest<T>;
  /** Loses the connection on purpose, as a broken network does, and connects again after `offlineMs`. For trying things out. */
  drop(offlineMs?: number): void;
  /** Ends the session and everything in it. */
  close(): Promise<void>;
}

/** Opens a connection that stays open: it is made again, and its session resumed, whenever it breaks. */
export function connect(url: string | URL, options?: ClientOptions): IngressClient;

/** Gets a ticket, good for one connection within 30 s, for a key or token. */
export function fetchTicket(url: string | URL, key: string, signal?: AbortSignal): Promise<string>;
