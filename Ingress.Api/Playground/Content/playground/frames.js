// The log of everything that goes over the wire.

import { beforePicture, byId, el } from './dom.js';

const MOST = 400;
const SECRETS = /("resumeToken":")[^"]*/g;
const log = byId('frames');
let waiting = []; // rows to be, as functions
let count = 0;
let isAtEnd = true;

// Whoever has scrolled up, or opened a message, reads: the log follows only who is at its end.
const look = () => { isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40; };
log.addEventListener('scroll', look, { passive: true });
log.addEventListener('toggle', look, { capture: true }); // it does not bubble

/** Adds a message; `label` names the request it belongs to. */
export function addFrame(message, label) {
  count++;
  add(() => frame(message, label));
}

/** Adds a line about the connection itself. */
export function addMark(text) {
  add(() => el('p', { class: 'mark', text }));
}

export function clearFrames() {
  log.replaceChildren();
  waiting = [];
  count = 0;
  isAtEnd = true;
  byId('frames-count').textContent = '';
}

function add(makeRow) {
  waiting.push(makeRow);
  if (waiting.length > MOST) waiting.shift(); // a page that nobody looks at draws no pictures
  beforePicture(show);
}

function show() {
  log.append(...waiting.map(makeRow => makeRow()));
  waiting = [];
  while (log.childElementCount > MOST) log.firstElementChild.remove();
  if (count > 0) byId('frames-count').textContent = count === 1 ? '1 message' : `${count} messages`;
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

function frame({ direction, text, event }, label) {
  return el('details', { class: `frame ${direction}` },
    el('summary', {},
      el('span', { class: 'way', text: direction === 'in' ? '←' : '→', title: direction === 'in' ? 'received' : 'sent' }),
      el('span', { class: 'seq', text: event.seq ?? '' }),
      el('span', { class: `type is-${String(event.type).replace('.', '-')}`, text: event.type }),
      label ? el('span', { class: 'label', text: label }) : null,
      el('span', { class: 'brief', text: brief(event) })),
    el('pre', { text: pretty(text) }));
}

function brief(event) {
  switch (event.type) {
    case 'request.queued':
    case 'request.position': return `place ${event.position} of ${event.queueLength}, ${event.waitReason}`;
    case 'request.output': return JSON.stringify(event.output);
    case 'request.completed': return `${event.totalMs} ms`;
    case 'request.cancelled':
    case 'session.closing': return event.reason;
    case 'session.resumed': return `${event.replayed} again`;
    case 'request': return JSON.stringify(event.input);
    case 'resume': return `after ${event.lastSeq}`;
    default: return event.error?.code ?? event.workerId ?? event.jobId ?? '';
  }
}

// What was sent, with the one secret in it hidden: people show their screens.
function pretty(text) {
  return JSON.stringify(JSON.parse(text.replace(SECRETS, '$1…')), null, 2);
}
