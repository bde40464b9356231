"""A Prometheus with the rules of this repository, for one check."""

import re

from .stack import free_port


class Prometheus:
    """Runs the real configuration and rules, quicker: every second, and alerts fire at once instead of after their time."""

    name = "prometheus"
    environment = {}  # it scrapes

    def __init__(self):
        self._port = free_port()
        self.address = f"http://127.0.0.1:{self._port}"
        self.ready = f"{self.address}/-/ready"

    def command(self, stack):
        """Writes the configuration; gives what runs it."""
        source = stack.root / "deploy" / "prometheus"
        config = (source / "prometheus.yml").read_text().replace("ingress:8080", f"127.0.0.1:{stack.port}")
        (stack.work / "prometheus.yml").write_text(re.sub(r"(_interval): \d+s", r"\1: 1s", config))
        (stack.work / "alerts.yml").write_text(re.sub(r"\n +for: \w+", "", (source / "alerts.yml").read_text()))
        return [
            "prometheus", f"--config.file={stack.work}/prometheus.yml", f"--storage.tsdb.path={stack.work}/data",
            f"--web.listen-address=127.0.0.1:{self._port}", "--log.level=warn",
        ]
