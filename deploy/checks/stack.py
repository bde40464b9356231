"""The simulator, the service and the stores of its telemetry, started for one check and stopped after it."""

import hashlib
import json
import os
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.request

KEY = "check-dashboards"
ENDPOINTS = ("paused", "silent", "locked")  # beside the default one


def free_port():
    """Gives a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def call(url, method="GET", body=None, key=None):
    """Calls and reads JSON; None where the answer has no body."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=20) as answer:
        text = answer.read()
        return json.loads(text) if text else None


class Stack:
    """Use it in a with statement. A store tells its name, its command, where it says that it is ready, and what the service must know of it."""

    def __init__(self, root, configuration, work, stores):
        self.root, self.work = pathlib.Path(root), pathlib.Path(work)
        self.dll = self.root / "Ingress.Api" / "bin" / configuration / "net10.0" / "Ingress.Api.dll"
        self.port, self.simulator_port = free_port(), free_port()
        self._stores = stores
        self._processes = {}

    def __enter__(self):
        try:
            for store in self._stores:
                self._start(store.name, store.command(self))
            self._start("simulator", ["dotnet", self.dll, "simulator", "--urls", f"http://127.0.0.1:{self.simulator_port}", *_SIMULATOR])
            self._wait(f"http://127.0.0.1:{self.simulator_port}/healthz", "simulator")
            for store in self._stores:
                self._wait(store.ready, store.name)
            self._start("service", ["dotnet", self.dll, "--urls", f"http://127.0.0.1:{self.port}", *self._settings()], self._environment())
            self._wait(f"http://127.0.0.1:{self.port}/health/live", "service")
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        for name in reversed(list(self._processes)):
            self.stop(name)

    def stop(self, name):
        """Stops a process, politely at first; gives its exit code."""
        process = self._processes.pop(name)
        process.terminate()
        try:
            return process.wait(70)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def fault(self, **rule):
        """Adds a fault to the simulator."""
        call(f"http://127.0.0.1:{self.simulator_port}/_control/faults", "POST", rule)

    def pause(self, endpoint, paused=True):
        """Stops or resumes the forwarding of an endpoint."""
        verb = "pause" if paused else "resume"
        call(f"http://127.0.0.1:{self.port}/admin/{verb}?endpoint={endpoint}", "POST", key=KEY)

    def _settings(self):
        base = f"http://127.0.0.1:{self.simulator_port}/v2"
        yield from (
            f"--RunPod:BaseUrl={base}", "--RunPod:EndpointId=default", "--RunPod:ApiKey=any", "--RunPod:PollInterval=00:00:00.5",
            f"--Auth:AdminKeys:0={hashlib.sha256(KEY.encode()).hexdigest()}", "--Queue:Capacity=40", "--WebSocket:MaxOutboundBytes=65536",
            "--WebSocket:SendTimeout=00:00:01", "--Shutdown:DrainTimeout=00:00:01", "--Logging:LogLevel:Default=Warning",
        )
        for name in ENDPOINTS:
            yield f"--RunPod:Endpoints:{name}:EndpointId={name}"
            yield f"--RunPod:Endpoints:{name}:ApiKey=any"

    def _environment(self):
        return {name: value for store in self._stores for name, value in store.environment.items()}

    def _start(self, name, command, environment=None):
        with open(self.work / f"{name}.log", "wb") as log:
            self._processes[name] = subprocess.Popen(
                [str(part) for part in command], stdout=log, stderr=log, cwd=self.work, env={**os.environ, **(environment or {})})

    def _wait(self, url, name):
        for _ in range(300):
            if self._processes[name].poll() is not None:
                break
            try:
                urllib.request.urlopen(url, timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise SystemExit(f"{name} does not start:\n{(self.work / f'{name}.log').read_text()[-2000:]}")


_SIMULATOR = [
    "--Simulator:ColdStart=00:00:00.3", "--Simulator:QueueDelay=00:00:00.5", "--Simulator:ChunkDelay=00:00:00.05",
    "--Simulator:HealthLag=00:00:00", "--Logging:LogLevel:Default=Warning",
]
