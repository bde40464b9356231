// The playground: everything it says to the service's WebSocket goes through the client module.

import { connect } from '../ingress-client.js';
import { announce, byId, el, time } from './dom.js';
import { EXAMPLES } from './examples.js';
import { addFrame, addMark, clearFrames } from './frames.js';
import { setUpOperators } from './operators.js';
import { RequestCard } from './request-card.js';
import { watchService } from './service.js';

const OFFLINE_MS = 2000;
const MANY = 5;

const cards = new Map();
const labels = new Map();
let client = null;
let everOpen = false;
let count = 0;

setUpComposer();
setUpConnection();
watchService(showEndpoints);
begin();

async function begin() {
  const settings = await fetch('playground/settings.json').then(response => response.json());
  if (settings.operators) setUpOperators();
  if (settings.keyNeeded) {
    byId('key').placeholder = 'needed';
    byId('key').focus();
    showState('closed', 'a key is needed');
  } else {
    open();
  }
}

// ---- the connection -----------------------------------------------------------------------------------------------------------

function setUpConnection() {
  byId('connection').addEventListener('submit', event => {
    event.preventDefault();
    if (client) client.close();
    else open();
  });
  byId('break').addEventListener('click', () => {
    addMark('the line is cut');
    client.drop(OFFLINE_MS);
  });
  byId('frames-clear').addEventListener('click', clearFrames);
}

function open() {
  everOpen = false;
  const mine = client = connect('ws', { key: byId('key').value || undefined });
  mine.on('state', change => stateChanged(mine, change));
  mine.on('resumed', ({ replayed }) => mark(`resumed: ${replayed} ${replayed === 1 ? 'event comes' : 'events come'} again`));
  mine.on('lost', () => mark('the session could not be resumed'));
  mine.on('closing', ({ reason }) => mark(`the server is about to close: ${reason}`));
  mine.on('frame', frame => addFrame(frame, labels.get(frame.event.id)));
  showState('connecting', 'connecting');
}

function stateChanged(from, { state, retryInMs, error, resumed }) {
  if (from !== client) return;
  everOpen ||= state === 'open';
  if (state === 'closed') {
    client = null;
    showState('closed', error ? error.message : 'not connected');
    if (error) mark(error.message);
  } else if (state === 'waiting' && !everOpen) {
    // A refused handshake looks like any other failure in a browser, so people are told instead of kept waiting.
    from.close();
    showState('closed', `${error?.code === 'unauthorized' ? 'the key is not known' : 'the door stays shut'}`);
  } else if (state === 'waiting') {
    showState('waiting', `again in ${time(retryInMs)}`);
    mark(`${error?.message ?? 'the connection is lost'} Trying again in ${time(retryInMs)}.`);
  } else {
    showState(state, { open: resumed ? 'connected, resumed' : 'connected', resuming: 'resuming', connecting: 'connecting' }[state]);
  }
}

function showState(state, text) {
  byId('state').dataset.state = state;
  byId('state').textContent = text;
  byId('connect').textContent = client && state !== 'closed' ? 'Disconnect' : 'Connect';
  byId('connect').classList.toggle('primary', state === 'closed');
  byId('break').disabled = state !== 'open';
  byId('key').disabled = state !== 'closed';
}

function mark(text) {
  addMark(text);
  announce(text);
}

// ---- requests -----------------------------------------------------------------------------------------------------------------

function setUpComposer() {
  byId('example').append(...EXAMPLES.map(([name], index) => el('option', { value: index, text: name })));
  const choose = () => { byId('input').value = JSON.stringify(EXAMPLES[byId('example').value || 0][1], null, 2); };
  byId('example').addEventListener('change', choose);
  choose();
  byId('composer').addEventListener('submit', event => {
    event.preventDefault();
    send(1);
  });
  byId('send-many').addEventListener('click', () => send(MANY));
  byId('input').addEventListener('keydown', event => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send(1);
  });
  byId('clear').addEventListener('click', () => {
    for (const [id, card] of cards) {
      if (card.ended) {
        card.element.remove();
        cards.delete(id);
      }
    }
    requestsChanged();
  });
}

function send(times) {
  const input = readInput();
  if (!input) return;
  if (!client) open();
  for (let n = 0; n < times; n++) {
    const label = `#${++count}`;
    const id = `demo-${count}`;
    labels.set(id, label);
    const request = client.request(input, { id, endpoint: byId('endpoint').value || undefined });
    const card = new RequestCard(label, request, input.prompt ?? JSON.stringify(input));
    cards.set(request.id, card);
    byId('requests').prepend(card.element);
    request.on('end', requestsChanged);
  }
  requestsChanged();
}

function readInput() {
  const problem = byId('input-problem');
  problem.textContent = '';
  try {
    const input = JSON.parse(byId('input').value);
    if (input !== null && typeof input === 'object' && !Array.isArray(input)) {
      byId('input').removeAttribute('aria-invalid');
      return input;
    }
    problem.textContent = 'The input must be a JSON object.';
  } catch (error) {
    problem.textContent = `This is not JSON: ${error.message}`;
  }
  byId('input').setAttribute('aria-invalid', 'true');
  byId('input').focus();
  return null;
}

function requestsChanged() {
  byId('empty').hidden = cards.size > 0;
  byId('clear').disabled = ![...cards.values()].some(card => card.ended);
}

function showEndpoints({ endpoints }) {
  const names = Object.keys(endpoints ?? {});
  byId('endpoint-field').hidden = names.length < 2;
  if (byId('endpoint').childElementCount !== names.length) {
    byId('endpoint').replaceChildren(...names.map((name, index) => el('option', { value: index === 0 ? '' : name, text: name })));
  }
}
