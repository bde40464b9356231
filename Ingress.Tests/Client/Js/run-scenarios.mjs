// Runs the client module's scenarios: node run-scenarios.mjs <node | chromium> <Ingress.Api.dll> [part of a name]

import { readFile, rename, writeFile } from 'node:fs/promises';
import WebSocket from 'ws';
import { launch } from './browser.mjs';
import { runScenarios } from './scenarios.mjs';
import { Service, digest } from './service.mjs';

const [place, assembly, only] = process.argv.slice(2);

// A line that can be cut has a port of its own, and so another origin than the page.
const lines = { 'WebSocket:AllowedOrigins:0': '*' };

const services = {
  open: { 'Session:ResumeGrace': '00:00:10', ...lines },
  short: { 'Session:ResumeGrace': '00:00:01', ...lines },
  mortal: { 'Session:ResumeGrace': '00:00:10' },
  guarded: { 'Auth:ApiKeys:0': digest('good'), 'Queue:Capacity': 3, 'Simulator:Throttled': 3 },
};

function controlOf(service) {
  const actions = {
    line: async () => {
      const line = await service.line();
      return { id: service.lines.indexOf(line), url: `ws://127.0.0.1:${line.port}/ws` };
    },
    cut: id => service.lines[id].cut(),
    hangUp: id => service.lines[id].close(),
    freeze: id => service.lines[id].freeze(),
    status: () => service.status(),
    kill: () => service.stop('SIGKILL'),
    drain: () => service.stop('SIGTERM'),
    start: async () => { await service.exited; await service.run(); },
  };
  return async (action, ...rest) => (await actions[action](...rest)) ?? null;
}

async function inNode(name, service) {
  // The module as the service serves it, saved as people would save it.
  // Renamed when whole, since the other scenarios, which run side by side, may be loading it.
  for (const file of ['ingress-client.js', 'ingress-request.js']) {
    const whole = `${file}.${crypto.randomUUID()}`;
    await writeFile(whole, await (await fetch(`${service.origin}/${file}`)).text());
    await rename(whole, file);
  }
  const module = await import('./ingress-client.js');
  const url = `${service.origin.replace('http', 'ws')}/ws`;
  return runScenarios(name, module, { WebSocket }, { url, control: controlOf(service), say: console.log, only });
}

async function inChromium(name, service, browser) {
  const page = await browser.newPage();
  const faults = [];
  page.on('pageerror', error => faults.push(`${error.stack ?? error}`));
  const body = await readFile(new URL('scenarios.mjs', import.meta.url), 'utf8');
  await page.route(`${service.origin}/scenarios.mjs`, route => route.fulfill({ contentType: 'text/javascript', body }));
  await page.exposeFunction('control', controlOf(service));
  await page.exposeFunction('say', console.log);

  // Any page that really comes from the service: one made up here would count as foreign, and might not reach this machine's own address.
  await page.goto(`${service.origin}/health`);
  const failed = await page.evaluate(async ({ name, only }) => {
    const [module, { runScenarios }] = await Promise.all([import('/ingress-client.js'), import('/scenarios.mjs')]);
    return runScenarios(name, module, {}, { url: `${location.origin.replace('http', 'ws')}/ws`, control, say, only });
  }, { name, only });
  for (const fault of faults) console.log(`FAIL  uncaught: ${fault}`);
  return failed + faults.length;
}

const running = await Promise.all(Object.entries(services).map(async ([name, settings]) => [name, await Service.start(assembly, settings)]));
const browser = place === 'chromium' ? await launch() : null;
let failed = 0;
try {
  const counts = await Promise.all(running.map(([name, service]) => browser ? inChromium(name, service, browser) : inNode(name, service)));
  failed = counts.reduce((sum, count) => sum + count);
} finally {
  await browser?.close();
  await Promise.all(running.map(([, service]) => service.dispose()));
}
console.log(failed === 0 ? 'all passed' : `${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
