// The panel at the top: what /status says, as figures, as a picture of the workers and as a chart.

import { byId, bytes, el, svg, time } from './dom.js';

const SAMPLE_MS = 1000;
const SAMPLES = 300;
const MOST_DRAWN = 48;
const HEIGHT = 72;

// Each state has a shape of its own: colour alone does not reach everybody.
const WORKERS = [
  ['running', 'running', 'M9 6.500v9l7-4.500z'],
  ['initializing', 'starting', 'M12 6v5l3.500 2'],
  ['idle', 'asleep', 'M9 7.500h6l-6 7h6'],
  ['throttled', 'without a GPU', 'M9.500 7v8M14.500 7v8'],
  ['unhealthy', 'unhealthy', 'M8.500 7.500l7 7M15.500 7.500l-7 7'],
];

const BACKENDS = {
  unknown: 'not asked yet',
  ready: 'ready for more',
  busy: 'every slot is taken',
  cold: 'no worker is up; the first request wakes one',
  starting: 'workers are starting',
  throttled: 'RunPod has no GPU free for us',
  unhealthy: 'workers crash',
  unavailable: 'RunPod does not answer',
  unauthorized: 'RunPod refuses our key',
  not_found: 'RunPod does not know the endpoint',
};

const history = [];
const listeners = [];
let lastWorkers = '';

/** Starts to ask, once a second while somebody looks. */
export function watchService(onStatus) {
  listeners.push(onStatus);
  const tick = async () => {
    if (!document.hidden) await sample();
    setTimeout(tick, SAMPLE_MS);
  };
  tick();
}

async function sample() {
  let status = null;
  try {
    const response = await fetch('status');
    status = response.ok ? await response.json() : null;
  } catch {
    // The service is away: the panel says so.
  }
  byId('service').classList.toggle('away', !status);
  history.push({ at: Date.now(), waiting: status?.queue.length ?? null, running: status?.jobs.inFlight ?? null });
  while (history.length > SAMPLES) history.shift();
  drawHistory();
  if (!status) {
    byId('backend').textContent = 'The service does not answer.';
    return;
  }
  byId('backend').textContent = `RunPod: ${status.runpod.error ?? BACKENDS[status.runpod.state] ?? status.runpod.state}`;
  drawFigures(status);
  drawWorkers(status.runpod.workers);
  for (const listener of listeners) listener(status);
}

function drawFigures({ queue, connections, jobs, runpod, totals }) {
  const figures = [
    ['Waiting', queue.length, `of ${queue.capacity.toLocaleString('en')} places${queue.bytes ? `, ${bytes(queue.bytes)}` : ''}`],
    ['Oldest', queue.length ? time(queue.oldestAgeMs) : '–', queue.length ? 'has waited so long' : 'nobody waits'],
    ['Running', jobs.inFlight, `${runpod.freeSlots} ${runpod.freeSlots === 1 ? 'slot' : 'slots'} free`],
    ['Connections', connections.active, `of ${connections.limit.toLocaleString('en')}`],
    ['Completed', totals.completed.toLocaleString('en'), ends(totals)],
  ];
  byId('figures').replaceChildren(...figures.map(([name, value, note]) =>
    el('div', {}, el('dt', { text: name }), el('dd', { text: value }), el('dd', { text: note, class: 'note' }))));
}

function ends({ failed, cancelled, expired, rejected, skipped }) {
  const parts = [[failed, 'failed'], [cancelled + expired + skipped, 'cancelled'], [rejected, 'refused']];
  return parts.filter(([count]) => count > 0).map(([count, name]) => `${count.toLocaleString('en')} ${name}`).join(', ') || 'since the start';
}

function drawWorkers(counts) {
  const key = JSON.stringify(counts);
  if (key === lastWorkers) return;
  lastWorkers = key;
  const known = WORKERS.filter(([state]) => counts[state] > 0);
  byId('workers-text').textContent = known.map(([state, name]) => `${counts[state]} ${name}`).join(', ') || 'none';
  const all = known.flatMap(([state, name, sign]) => Array.from({ length: counts[state] }, () => ({ state, name, sign }))).slice(0, MOST_DRAWN);
  const perRow = Math.max(6, Math.ceil(all.length / 3));
  const rows = Math.max(1, Math.ceil(all.length / perRow));
  byId('workers').setAttribute('viewBox', `0 0 ${perRow * 34} ${rows * 40}`);
  byId('workers').replaceChildren(...(all.length ? all : [{ state: 'none', name: 'none', sign: '' }]).map(({ state, name, sign }, index) =>
    svg('g', { class: `worker ${state}`, transform: `translate(${index % perRow * 34 + 2} ${Math.floor(index / perRow) * 40 + 2})` },
      svg('title', { text: name }),
      svg('rect', { class: 'board', x: 1, y: 1, width: 28, height: 34, rx: 5 }),
      svg('g', { transform: 'translate(3 4)' }, svg('path', { class: 'sign', d: sign })),
      svg('path', { class: 'pins', d: 'M6 30.500h4M13 30.500h4M20 30.500h4' }))));
}

function drawHistory() {
  const most = Math.max(4, ...history.map(each => Math.max(each.waiting ?? 0, each.running ?? 0)));
  const x = index => (300 - history.length + index + 1).toFixed(1);
  const y = value => (HEIGHT - 2 - value / most * (HEIGHT - 8)).toFixed(1);
  const line = field => history.map((each, index) => each[field] === null ? '' : `${x(index)} ${y(each[field])}`).filter(Boolean);
  const waiting = line('waiting');
  const running = line('running');
  const area = waiting.length > 1 ? `M${waiting[0].split(' ')[0]} ${HEIGHT}L${waiting.join('L')}L300 ${HEIGHT}Z` : '';
  const path = (points, name) => svg('path', { class: name, d: points.length > 1 ? `M${points.join('L')}` : '' });
  byId('history').replaceChildren(
    svg('path', { class: 'grid', d: `M0 ${y(most)}H300M0 ${y(most / 2)}H300` }),
    svg('path', { class: 'area', d: area }),
    path(waiting, 'waiting'),
    path(running, 'running'));
  const last = history.at(-1);
  byId('history').setAttribute('aria-label', `${last.waiting ?? 0} waiting and ${last.running ?? 0} running now; at most ${most} shown`);
  byId('history-top').textContent = `top line: ${most}`;
}
