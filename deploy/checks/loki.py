"""A Loki for one check."""

import json
import time
import urllib.parse

from .stack import call, free_port


class Loki:
    """Takes lines over OTLP, and is asked what Grafana asks it."""

    name = "loki"

    def __init__(self, program):
        self._program = program
        self._port, self._grpc = free_port(), free_port()
        self.address = f"http://127.0.0.1:{self._port}"
        self.ready = f"{self.address}/ready"
        self.environment = {
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": f"{self.address}/otlp/v1/logs",
            "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL": "http/protobuf",
            "OTEL_BLRP_SCHEDULE_DELAY": "200",
        }

    def command(self, stack):
        """Writes the configuration; gives what runs it."""
        local, files = "127.0.0.1", f"{stack.work}/loki"
        configuration = {
            "auth_enabled": False,
            "server": {"http_listen_address": local, "http_listen_port": self._port, "grpc_listen_address": local, "grpc_listen_port": self._grpc},
            "common": {
                "instance_addr": local, "path_prefix": files, "replication_factor": 1, "ring": {"kvstore": {"store": "inmemory"}},
                "storage": {"filesystem": {"chunks_directory": f"{files}/chunks", "rules_directory": f"{files}/rules"}},
            },
            "schema_config": {"configs": [{
                "from": "2020-10-24", "store": "tsdb", "object_store": "filesystem", "schema": "v13", "index": {"prefix": "index_", "period": "24h"},
            }]},
            "ingester": {"lifecycler": {"min_ready_duration": "0s"}},
            "analytics": {"reporting_enabled": False},
        }
        file = stack.work / "loki.yaml"
        file.write_text(json.dumps(configuration))  # JSON is YAML
        return [self._program, f"-config.file={file}"]

    def lines(self, query):
        """Gives the lines of the last hour that a query finds: pairs of their labels and their text."""
        parameters = {"query": query, "start": int((time.time() - 3600) * 1e9), "end": int((time.time() + 60) * 1e9), "limit": 1000}
        streams = call(f"{self.address}/loki/api/v1/query_range?{urllib.parse.urlencode(parameters)}")["data"]["result"]
        return [(stream["stream"], line) for stream in streams for _, line in stream["values"]]
