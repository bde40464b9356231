// Starts the service as a process of its own, and puts a line in between that can be cut, frozen and mended.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import net from 'node:net';

const QUICK = {
  'Simulator:ColdStart': '00:00:00.05', 'Simulator:HealthLag': '0', 'Simulator:QueueDelay': '00:00:00.1', 'Simulator:ChunkDelay': '00:00:00.02',
  'Simulator:StopDelay': '00:00:00.02', 'RunPod:PollInterval': '00:00:00.1', 'Shutdown:DrainTimeout': '00:00:05',
  'Logging:LogLevel:Default': 'Warning',
};

export const digest = key => createHash('sha256').update(key).digest('hex');

const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

async function freePort() {
  const probe = net.createServer();
  await new Promise(resolve => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise(resolve => probe.close(resolve));
  return port;
}

export class Service {
  static async start(assembly, settings = {}) {
    const service = new Service();
    service.assembly = assembly;
    service.settings = { ...QUICK, ...settings };
    service.port = await freePort();
    service.origin = `http://127.0.0.1:${service.port}`;
    service.lines = [];
    await service.run();
    return service;
  }

  async run() {
    const settings = Object.entries({ urls: this.origin, environment: 'Development', ...this.settings }).map(([key, value]) => `--${key}=${value}`);
    this.said = '';
    this.process = spawn('dotnet', [this.assembly, ...settings], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', data => { this.said += data; });
    this.exited = new Promise(resolve => this.process.once('exit', (code, signal) => resolve(code ?? signal)));
    for (let tries = 0; tries < 300; tries++) {
      const ready = await fetch(`${this.origin}/health/ready`).then(response => response.ok, () => false);
      if (ready) return;
      if (this.process.exitCode !== null) break;
      await pause(50);
    }
    throw new Error(`The service did not start: ${this.said}`);
  }

  async stop(signal) {
    this.process.kill(signal);
    return this.exited;
  }

  async status() { return (await fetch(`${this.origin}/status`)).json(); }

  /** A line to the service on a port of its own. */
  async line() {
    const line = new Line(this.port);
    await line.open();
    this.lines.push(line);
    return line;
  }

  async dispose() {
    for (const line of this.lines) line.close();
    if (this.process.exitCode === null && this.process.signalCode === null) await this.stop('SIGKILL');
  }
}

class Line {
  #sockets = new Set();

  constructor(target) { this.target = target; }

  async open() {
    this.server = net.createServer(near => this.#join(near));
    await new Promise(resolve => this.server.listen(0, '127.0.0.1', resolve));
    this.port = this.server.address().port;
  }

  /** Resets both ends, as a network that is gone would seem in the end. */
  cut() {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Lets nothing through, without an end: what a lost network is at first. Connections made later are not concerned. */
  freeze() {
    for (const socket of this.#sockets) socket.pause();
  }

  close() {
    this.cut();
    this.server.close();
  }

  #join(near) {
    const far = net.connect(this.target, '127.0.0.1');
    for (const [from, to] of [[near, far], [far, near]]) {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on('data', data => to.write(data));
      from.on('error', () => {});
      from.on('close', () => { this.#sockets.delete(from); to.destroy(); });
    }
  }
}
