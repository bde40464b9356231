// What operators may do: look into the queue, cancel, pause, resume, drain.

import { announce, byId, bytes, el, time } from './dom.js';

const REFRESH_MS = 2000;
let key = '';
let timer = null;

export function setUpOperators() {
  byId('operators').hidden = false;
  byId('operator-form').addEventListener('submit', event => {
    event.preventDefault();
    key = byId('admin-key').value;
    look();
  });
  byId('pause').addEventListener('click', () => act('pause', 'Forwarding is paused.'));
  byId('resume').addEventListener('click', () => act('resume', 'Forwarding goes on.'));
  byId('drain').addEventListener('click', () => byId('drain-dialog').showModal());
  byId('drain-dialog').addEventListener('close', () => {
    if (byId('drain-dialog').returnValue === 'drain') act('drain', 'The service drains and stops.');
  });
}

async function call(path, method = 'GET') {
  const response = await fetch(`admin/${path}`, { method, headers: { authorization: `Bearer ${key}` } });
  if (response.ok) return response;
  const problem = await response.json().catch(() => null);
  throw new Error(problem?.detail ?? `The service answered ${response.status}.`);
}

async function look() {
  clearTimeout(timer);
  try {
    show(await (await call('requests?limit=200')).json());
    timer = setTimeout(look, REFRESH_MS);
  } catch (error) {
    byId('operator-tools').hidden = byId('queue-scroll').hidden = true;
    byId('operator-state').textContent = error.message;
  }
}

async function act(path, done) {
  try {
    await call(path, 'POST');
    announce(done);
    await look();
  } catch (error) {
    byId('operator-state').textContent = error.message;
  }
}

function show({ requests, paused }) {
  byId('operator-tools').hidden = byId('queue-scroll').hidden = false;
  byId('pause').disabled = paused.length > 0;
  byId('resume').disabled = paused.length === 0;
  const count = requests.length === 0 ? 'Nothing waits or runs.' : `${requests.length} live ${requests.length === 1 ? 'request' : 'requests'}.`;
  byId('operator-state').textContent = paused.length > 0 ? `${count} Forwarding is paused: ${paused.join(', ')}.` : count;
  const focused = document.activeElement?.closest('#queue tr')?.dataset.key;
  byId('queue').replaceChildren(...requests.map(row));
  if (focused) byId('queue').querySelector(`[data-key="${CSS.escape(focused)}"] button`)?.focus();
}

function row(request) {
  const path = `requests/${request.sessionId}/${encodeURIComponent(request.id)}/cancel`;
  return el('tr', { 'data-key': `${request.sessionId}/${request.id}` },
    el('td', { text: request.position ?? '–' }),
    el('td', {}, el('span', { class: `tag ${request.state}`, text: request.state })),
    el('td', { text: time(request.ageMs) }),
    el('td', {}, el('code', { text: request.principal })),
    el('td', { text: bytes(request.bytes) }),
    el('td', { text: request.waitReason?.replaceAll('_', ' ') ?? (request.jobId ? `runs as ${request.jobId}` : '–') }),
    el('td', {}, el('code', { text: request.id, title: request.id })),
    el('td', {}, el('button', { type: 'button', class: 'quiet', text: 'Cancel', 'aria-label': `Cancel ${request.id}`,
      on: { click: () => act(path, 'Cancelled.') } })));
}
