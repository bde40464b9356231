// Drives the playground as a person would: node playground.mjs <Ingress.Api.dll> [folder for pictures]

import assert from 'node:assert/strict';
import { launch } from './browser.mjs';
import { faintIn } from './contrast.mjs';
import { Service, digest } from './service.mjs';

const [assembly, pictures] = process.argv.slice(2);
const PROMPT = 'Every request waits its turn, wakes a worker if it must, and comes back word by word.';
const LONG = { prompt: Array.from({ length: 40 }, (_, n) => `w${n} `).join('').trim(), simulate: { chunkDelayMs: 120 } }; // 4.8 s, in which a slow page has to be clicked

const BRIEF = { prompt: LONG.prompt };

const watched = [];

async function visit(browser, service, options = {}) {
  const page = await browser.newPage(options);
  const seen = { console: [], foreign: [], closing: false };
  page.on('console', message => { if (!seen.closing && ['error', 'warning'].includes(message.type())) seen.console.push(message.text()); });
  page.on('pageerror', error => seen.console.push(`${error.stack ?? error}`));
  const note = url => { if (![service.origin, service.origin.replace('http', 'ws')].some(own => url.startsWith(`${own}/`))) seen.foreign.push(url); };
  page.on('request', request => note(request.url()));
  page.on('websocket', socket => note(socket.url()));
  watched.push(seen);
  page.setDefaultTimeout(10_000);
  const response = await page.goto(`${service.origin}/`);
  return { page, seen, response };
}

const state = (page, text) => page.locator('#state', { hasText: text }).waitFor();
const card = (page, label) => page.locator(`.request[aria-label="Request ${label}"]`);
const ended = (page, label, how) => page.locator(`.request[aria-label="Request ${label}"][data-state="${how}"]`).waitFor();
const write = (page, input) => page.fill('#input', JSON.stringify(input));

// In both schemes, whatever the page was opened with.
async function legible(page, scheme) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await page.evaluate(faintIn), [], `too faint in ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: scheme });
}

async function step(name, run) {
  const began = performance.now();
  await run();
  console.log(`ok    ${name} (${Math.round(performance.now() - began)} ms)`);
}

async function tour(browser, service) {
  const { page, seen, response } = await visit(browser, service, { viewport: { width: 1360, height: 1000 } });

  await step('a strict policy for what the page may load', async () => {
    const policy = response.headers()['content-security-policy'];
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    const inline = await page.evaluate(() => [
      document.querySelectorAll('script:not([src]), style, [style]').length,
      [...document.querySelectorAll('*')].flatMap(each => [...each.attributes]).filter(({ name }) => name.startsWith('on')).length]);
    assert.deepEqual(inline, [0, 0]);
  });

  await step('it connects by itself where no key is needed', () => state(page, 'connected'));

  await step('a request lives through its timeline', async () => {
    await page.click('#send');
    await ended(page, '#1', 'completed');
    const one = card(page, '#1');
    assert.equal((await one.locator('.output').textContent()), PROMPT);
    assert.deepEqual(await one.locator('.timeline li.done .name').allTextContents(), ['Queued', 'Handed over', 'Started', 'Streaming', 'Completed']);
    assert.match(await one.locator('.status').textContent(), /^Done in .*first words after/);
    assert.match(await one.locator('.times').textContent(), /in our queue .*running/);
    assert.equal(await one.locator('button').count(), 0);
    assert.match(await page.locator('#announcer[aria-live=polite]').textContent(), /^Request #1: Done/); // spoken, too
    await page.locator('.frame .type', { hasText: 'request.completed' }).waitFor();
    const types = await page.locator('.frame .type').allTextContents();
    for (const type of ['session.opened', 'request', 'request.queued', 'request.dispatched', 'request.started', 'request.output', 'request.completed']) {
      assert.ok(types.includes(type), `${type} is missing on the wire`);
    }
    await page.locator('.frame', { hasText: 'session.opened' }).locator('summary').click();
    assert.match(await page.locator('.frame[open] pre').textContent(), /"resumeToken": "…"/);
  });

  await step('keyboard alone sends, and input that is no JSON is said', async () => {
    await page.focus('#input');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('{');
    await page.keyboard.press('Control+Enter');
    assert.match(await page.locator('#input-problem').textContent(), /not JSON/);
    assert.equal(await page.getAttribute('#input', 'aria-invalid'), 'true');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('{"simulate":{"error":"boom"},"prompt":"a b"}');
    await page.keyboard.press('Control+Enter');
    await ended(page, '#2', 'failed');
    assert.match(await card(page, '#2').locator('.status').textContent(), /boom \(job_failed/);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'send');
  });

  await step('several at once; one that waits and one that runs are cancelled', async () => {
    await write(page, LONG);
    await page.click('#send-many');
    const queued = page.locator('.request[data-state="queued"]').first();
    await queued.locator('.status', { hasText: 'Place' }).waitFor();
    const label = await queued.getAttribute('aria-label');
    await queued.locator('button').click();
    await page.locator(`.request[aria-label="${label}"][data-state="cancelled"]`).waitFor();
    await page.locator('.request[data-state="started"] .output').first().waitFor();
    await page.locator('.request[data-state="started"]').first().locator('button').click();
    await page.waitForFunction(() => document.querySelectorAll('.request[data-state="cancelled"]').length === 2);
    assert.match(await page.locator('.request[data-state="cancelled"] .status').first().textContent(), /Cancelled by you/);
  });

  await step('the line breaks and mends, and nothing is lost or doubled', async () => {
    await write(page, LONG);
    await page.click('#send');
    await card(page, '#8').locator('.output').waitFor();
    await page.click('#break');
    await state(page, 'again in');
    await state(page, 'connected, resumed');
    // Three are left for two workers, since so short a queue is not worth a third: twice 4.8 s on a quick machine.
    await page.waitForFunction(
      () => !document.querySelector('.request:is([data-state="queued"], [data-state="dispatched"], [data-state="started"])'), undefined, { timeout: 30_000 });
    const outputs = await page.locator('.request[data-state="completed"] .output').allTextContents();
    assert.deepEqual(outputs.slice(0, -1), outputs.slice(0, -1).map(() => LONG.prompt));
    assert.equal(outputs.length, 5);
    assert.match(await page.locator('.mark').allTextContents().then(texts => texts.join()), /the line is cut.*resumed: \d+ events? comes? again/s);
  });

  await step('the service is shown as it is', async () => {
    const { totals } = await service.status();
    await page.locator('#figures', { hasText: `Completed${totals.completed}` }).waitFor();
    assert.match(await page.locator('#workers-text').textContent(), /\d+ (running|asleep|starting)/);
    assert.ok(await page.locator('#workers .worker').count() > 0);
    assert.match(await page.locator('#history .waiting').getAttribute('d'), /^M.*L/);
  });

  await step('every control has a name', async () => {
    const nameless = await page.evaluate(() => [...document.querySelectorAll('button, input, select, textarea')]
      .filter(each => !(each.textContent.trim() || each.labels?.length || each.ariaLabel || each.getAttribute('aria-labelledby'))).map(each => each.outerHTML));
    assert.deepEqual(nameless, []);
  });

  await step('text, borders of controls and the focus stand out, in light and dark', () => legible(page, 'light'));

  await step('a flood of messages costs a layout a picture, not one each', async () => {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Performance.enable');
    const layouts = async () => (await cdp.send('Performance.getMetrics')).metrics.find(metric => metric.name === 'LayoutCount').value;
    const before = await layouts();
    await page.evaluate(async messages => {
      const [{ addFrame, clearFrames }, { RequestCard }] = await Promise.all([import('/playground/frames.js'), import('/playground/request-card.js')]);
      let tell;
      const request = { id: 'flood', state: 'started', on: (_, listener) => { tell = listener; } };
      const { element } = new RequestCard('flood', request, '');
      document.getElementById('requests').prepend(element);
      for (let seq = 0; seq < messages; seq++) {
        const event = { type: 'request.output', output: 'word ', seq };
        tell(event);
        addFrame({ direction: 'in', text: JSON.stringify(event), event });
      }
      await new Promise(requestAnimationFrame);
      element.remove();
      clearFrames();
    }, 300);
    const cost = await layouts() - before;
    assert.ok(cost < 100, `${cost} layouts for 300 messages`);
  });

  await step('what has ended can be cleared, and people can leave and come back', async () => {
    await page.click('#clear');
    assert.equal(await page.locator('.request').count(), 0);
    await page.click('#connect');
    await state(page, 'not connected');
    await page.click('#connect');
    await state(page, 'connected');
  });
  if (pictures) await picture(page, 'light');
  assert.ok(await page.locator('#operators').isHidden(), 'operators are offered what is not there');
  seen.closing = true;
  await page.close();
}

async function guarded(browser, service) {
  const { page, seen } = await visit(browser, service, { viewport: { width: 390, height: 844 }, colorScheme: 'dark' });

  await step('where a key is needed the page asks for it, and says when it is wrong', async () => {
    await state(page, 'a key is needed');
    seen.closing = true; // the browser itself notes the refused ticket
    await page.fill('#key', 'wrong');
    await page.click('#connect');
    await state(page, 'the key is not known');
    seen.closing = false;
    await page.fill('#key', 'boss');
    await page.click('#connect');
    await state(page, 'connected');
  });

  await step('nothing is wider than a phone', async () => {
    await page.fill('#admin-key', 'boss');
    await page.click('#operator-form [type=submit]');
    await page.click('#pause'); // first, so that what is sent waits, however slowly the page is driven
    await page.locator('#operator-state', { hasText: 'Forwarding is paused' }).waitFor();
    await write(page, BRIEF);
    await page.click('#send-many');
    await page.locator('#queue tr').nth(4).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    if (pictures) await picture(page, 'phone');
  });

  await step('an operator sees the queue, cancels, pauses and resumes', async () => {
    assert.match(await page.locator('#queue').textContent(), /key:[0-9a-f]{16}/);
    await page.locator('#queue tr').last().locator('button').click();
    await page.locator('.request[data-state="cancelled"] .status', { hasText: 'by an operator' }).waitFor();
    await page.click('#send');
    await page.locator('#queue tr', { hasText: 'demo-6' }).locator('.queued').waitFor();
    const { queue, jobs } = await service.status();
    assert.deepEqual([queue.length, jobs.inFlight], [5, 0]);
    await page.click('#resume');
    await ended(page, '#6', 'completed');
  });

  await step('a drain is asked about first, then seen', async () => {
    await page.click('#drain');
    await page.getByRole('button', { name: 'Keep it running' }).click();
    await state(page, 'connected');
    await page.click('#drain');
    await legible(page, 'dark');
    seen.closing = true; // the browser itself notes what it can no longer reach
    await page.getByRole('button', { name: 'Drain', exact: true }).click();
    await page.locator('.mark', { hasText: 'about to close: shutdown' }).waitFor();
    await state(page, 'again in');
    assert.equal(await service.exited, 0);
    await service.run();
    await state(page, 'connected');
  });
  await page.close();
}

async function picture(page, name) {
  await page.screenshot({ path: `${pictures}/${name}.png` });
}

const services = [];
const browser = await launch();
try {
  services.push(...await Promise.all([
    Service.start(assembly, { 'Session:ResumeGrace': '00:00:10' }),
    Service.start(assembly, { 'Auth:AdminKeys:0': digest('boss') }),
  ]));
  await Promise.all([tour(browser, services[0]), guarded(browser, services[1])]);
  for (const { console: errors, foreign } of watched) {
    assert.deepEqual(errors, [], 'errors in the console');
    assert.deepEqual(foreign, [], 'requests to another host');
  }
  const hidden = await Service.start(assembly, { 'Playground:Enabled': 'false' });
  services.push(hidden);
  const codes = await Promise.all(['', 'playground/app.js', 'ingress-client.js'].map(async path => (await fetch(`${hidden.origin}/${path}`)).status));
  assert.deepEqual(codes, [404, 404, 200]);
  console.log('all passed');
} catch (error) {
  console.log(`FAIL  ${error.stack}`);
  process.exitCode = 1;
} finally {
  await browser.close();
  await Promise.all(services.map(service => service.dispose()));
  process.exit();
}
