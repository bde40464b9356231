// One request on the page: its life as a timeline, its output as text, its times as a bar.

import { announce, beforePicture, el, time } from './dom.js';

const STEPS = [['queued', 'Queued'], ['dispatched', 'Handed over'], ['started', 'Started'], ['output', 'Streaming'], ['end', 'End']];

const REASONS = {
  behind_others: 'behind others',
  workers_starting: 'a worker is starting',
  workers_busy: 'all workers are busy',
  workers_throttled: 'RunPod has no GPU free',
  workers_unhealthy: 'the workers are unhealthy',
  backend_unavailable: 'RunPod does not answer',
};

const CANCELLERS = {
  client: 'Cancelled by you.',
  expired: 'It waited longer than it may.',
  shutdown: 'The service stops.',
  backend: 'Somebody cancelled it at RunPod.',
  operator: 'Cancelled by an operator.',
};

const PARTS = [['waited', 'in our queue'], ['delay', 'at RunPod'], ['execution', 'running'], ['rest', 'on the way']];

export class RequestCard {
  #request;
  #label;
  #sentAt = performance.now();
  #steps = new Map();
  #status = el('p', { class: 'status', text: 'sent' });
  #output = el('div', { class: 'output', tabindex: '0', role: 'region', hidden: true });
  #bar = el('div', { class: 'times', hidden: true });
  #cancel;
  #follow = () => { this.#output.scrollTop = this.#output.scrollHeight; };

  constructor(label, request, input) {
    this.#request = request;
    this.#label = label;
    this.#cancel = el('button', { type: 'button', class: 'quiet', text: 'Cancel', on: { click: () => this.#withdraw() } });
    this.#cancel.setAttribute('aria-label', `Cancel request ${label}`);
    this.#output.setAttribute('aria-label', `Output of request ${label}`);
    this.element = el('li', { class: 'request', 'data-state': 'pending', 'data-id': request.id, 'aria-label': `Request ${label}` },
      el('header', {}, el('span', { class: 'label', text: label }), el('code', { class: 'what', text: input }), this.#cancel),
      el('ol', { class: 'timeline', 'aria-label': 'Timeline' }, ...STEPS.map(([key, name]) => this.#step(key, name))),
      this.#status, this.#output, this.#bar);
    request.on('event', event => this.#show(event));
  }

  get ended() { return this.#request.ended; }

  #step(key, name) {
    const at = el('span', { class: 'at' });
    const item = el('li', { 'data-step': key }, el('span', { class: 'dot' }), el('span', { class: 'name', text: name }), at);
    this.#steps.set(key, { item, at });
    return item;
  }

  #reach(key, name) {
    const { item, at } = this.#steps.get(key);
    if (!item.classList.contains('done')) at.textContent = time(performance.now() - this.#sentAt);
    item.classList.add('done');
    if (name) item.querySelector('.name').textContent = name;
    for (const { item: other } of this.#steps.values()) other.toggleAttribute('aria-current', other === item);
  }

  #show(event) {
    switch (event.type) {
      case 'request.queued':
        this.#reach('queued');
        this.#wait(event);
        announce(`Request ${this.#label} queued, place ${event.position}`);
        break;
      case 'request.position':
        this.#wait(event);
        break;
      case 'request.dispatched':
        this.#reach('dispatched');
        this.#say(`RunPod has it as ${event.jobId}, after ${time(event.waitedMs)} in our queue.`);
        break;
      case 'request.started':
        this.#reach('started');
        this.#say(event.attempt > 1 ? `Started again, attempt ${event.attempt}: its worker was lost.` : `Runs on ${event.workerId ?? 'a worker'}.`);
        announce(`Request ${this.#label} started`);
        break;
      case 'request.output':
        this.#reach('output');
        this.#write(event.output);
        break;
      default:
        this.#end(event);
    }
    this.element.dataset.state = this.#request.state;
  }

  #wait({ position, queueLength, estimatedWaitMs, estimatedWaitHighMs, waitReason }) {
    const place = `Place ${position} of ${Math.max(queueLength, position)}: ${REASONS[waitReason] ?? waitReason}.`;
    const likely = estimatedWaitMs === 0 ? 'any moment now' : `in about ${time(estimatedWaitMs)}`;
    this.#say(`${place} ${estimatedWaitMs === null ? 'How long is not known yet.' : `Goes on ${likely}, at worst in ${time(estimatedWaitHighMs)}.`}`);
  }

  #say(text) {
    this.#status.textContent = text;
  }

  #write(output) {
    this.#output.hidden = false;
    this.#output.append(typeof output === 'string' ? output : `${JSON.stringify(output, null, 2)}\n`);
    beforePicture(this.#follow);
  }

  #end(event) {
    this.#cancel.remove();
    if (event.type === 'request.completed') {
      if (event.output !== null) this.#write(event.output);
      this.#reach('end', 'Completed');
      this.#say(`Done in ${time(event.totalMs)}${event.firstOutputMs === undefined ? '' : `, first words after ${time(event.firstOutputMs)}`}.`);
      this.#drawTimes(event);
    } else if (event.type === 'request.cancelled') {
      this.#reach('end', 'Cancelled');
      const reason = event.reason ?? event.error?.reason;
      this.#say(CANCELLERS[reason] ?? `Cancelled: ${reason}.`);
    } else {
      const { code, message, retryable } = event.error;
      this.#reach('end', event.type === 'request.rejected' ? 'Refused' : 'Failed');
      const again = event.retryAfterMs ? `; try again in ${time(event.retryAfterMs)}` : retryable ? '; it may work another time' : '';
      this.#say(`${message} (${code}${again})`);
    }
    announce(`Request ${this.#label}: ${this.#status.textContent}`);
  }

  #drawTimes({ waitedMs, delayMs = 0, executionMs = 0, totalMs }) {
    const values = { waited: waitedMs, delay: delayMs, execution: executionMs, rest: Math.max(0, totalMs - waitedMs - delayMs - executionMs) };
    const parts = PARTS.filter(([key]) => values[key] > 0);
    this.#bar.hidden = false;
    this.#bar.append(
      el('div', { class: 'stack', 'aria-hidden': 'true' },
        ...parts.map(([key]) => el('span', { class: key, style: { 'flex-grow': Math.max(values[key], totalMs / 200) } }))),
      el('ul', {}, ...parts.map(([key, name]) => el('li', {}, el('i', { class: `swatch ${key}` }), `${name} ${time(values[key])}`))));
  }

  #withdraw() {
    this.#cancel.disabled = true;
    this.#say('Cancelling …');
    this.#request.cancel();
  }
}
