"""A Tempo for one check."""

import json
import time
import urllib.error
import urllib.parse

from .stack import call, free_port


class Tempo:
    """Takes spans over OTLP, and is asked what Grafana asks it."""

    name = "tempo"

    def __init__(self, program):
        self._program = program
        self._port, self._otlp, self._grpc, self._gossip = (free_port() for _ in range(4))
        self.address = f"http://127.0.0.1:{self._port}"
        self.ready = f"{self.address}/ready"
        self.environment = {
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"http://127.0.0.1:{self._otlp}/v1/traces",
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }

    def command(self, stack):
        """Writes the configuration; gives what runs it."""
        local = "127.0.0.1"
        configuration = {
            "server": {"http_listen_address": local, "http_listen_port": self._port, "grpc_listen_address": local, "grpc_listen_port": self._grpc},
            "distributor": {"receivers": {"otlp": {"protocols": {"http": {"endpoint": f"{local}:{self._otlp}"}}}}},
            "memberlist": {"bind_addr": [local], "bind_port": self._gossip},
            "querier": {"frontend_worker": {"frontend_address": f"{local}:{self._grpc}"}},
            "storage": {"trace": {"backend": "local", "wal": {"path": f"{stack.work}/tempo/wal"}, "local": {"path": f"{stack.work}/tempo/blocks"}}},
            "live_store": {"wal": {"path": f"{stack.work}/tempo/live"}, "shutdown_marker_dir": f"{stack.work}/tempo/marker"},
            "backend_scheduler": {"local_work_path": f"{stack.work}/tempo/work"},
            "usage_report": {"reporting_enabled": False},
        }
        file = stack.work / "tempo.yaml"
        file.write_text(json.dumps(configuration))  # JSON is YAML
        return [self._program, f"-config.file={file}"]

    def search(self, query, target):
        """Gives the traces that a query finds, as Grafana asks for them: dictionaries with traceID and spanSets."""
        parameters = {"q": query, "limit": target.get("limit", 20), "spss": target.get("spss", 3)}
        return call(f"{self.address}/api/search?{urllib.parse.urlencode(parameters)}").get("traces", [])

    def spans(self, trace_id):
        """Gives the spans of a trace; none where it is unknown."""
        try:
            trace = call(f"{self.address}/api/v2/traces/{trace_id}")["trace"]
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return []
            raise
        return [span for resource in trace["resourceSpans"] for scope in resource["scopeSpans"] for span in scope["spans"]]
