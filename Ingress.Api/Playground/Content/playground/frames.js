// The log of everything that goes over the wire.

import { byId, el } from './dom.js';

const MOST = 400;
const SECRETS = /("resumeToken":")[^"]*/g;
let count = 0;

/** Adds a message; `label` names the request it belongs to. */
export function addFrame({ direction, text, event }, label) {
  const row = el('details', { class: `frame ${direction}` },
    el('summary', {},
      el('span', { class: 'way', text: direction === 'in' ? '←' : '→', title: direction === 'in' ? 'received' : 'sent' }),
      el('span', { class: 'seq', text: event.seq ?? '' }),
      el('span', { class: `type is-${String(event.type).replace('.', '-')}`, text: event.type }),
      label ? el('span', { class: 'label', text: label }) : null,
      el('span', { class: 'brief', text: brief(event) })),
    el('pre', { text: pretty(text) }));
  append(row);
  byId('frames-count').textContent = ++count === 1 ? '1 message' : `${count} messages`;
}

/** Adds a line about the connection itself. */
export function addMark(text) {
  append(el('p', { class: 'mark', text }));
}

export function clearFrames() {
  byId('frames').replaceChildren();
  count = 0;
  byId('frames-count').textContent = '';
}

function append(row) {
  const log = byId('frames');
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.append(row);
  while (log.childElementCount > MOST) log.firstElementChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
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
