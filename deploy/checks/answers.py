"""Asks Prometheus."""

import math
import re
import time
import urllib.parse

from .stack import call

_NAME = re.compile(r"\b((?:ingress|runpod|dotnet|http|kestrel)_\w+)(?=[{\[ )>!=]|$)")


class Answers:
    """What a Prometheus has to say. Times are in seconds."""

    def __init__(self, address):
        self._address = address
        self._names = None

    def now(self, query):
        """Gives the values that a query has now."""
        result = self._ask("query", query=query)["result"]
        return [float(series["value"][1]) for series in result if not math.isnan(float(series["value"][1]))]

    def lately(self, query, seconds):
        """Gives all values that a query had lately."""
        end = time.time()
        result = self._ask("query_range", query=query, start=end - seconds, end=end, step=2)["result"]
        values = (float(value) for series in result for _, value in series["values"])
        return [value for value in values if not math.isnan(value)]

    def unknown_names(self, query):
        """Gives the metrics in a query that Prometheus has never seen: an `or` would hide them."""
        if self._names is None:
            self._names = set(call(f"{self._address}/api/v1/label/__name__/values")["data"])
        labels = set(re.findall(r"\b(\w+)\s*(?:=~|!=|!~|=)", query)) | {
            label for group in re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", query) for label in re.split(r"\s*,\s*", group.strip())
        }
        return sorted(set(_NAME.findall(query)) - labels - self._names)

    def rules(self):
        """Gives the alert rules as loaded: dictionaries with name, query and annotations."""
        groups = call(f"{self._address}/api/v1/rules?type=alert")["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def has_fired(self, alert, seconds):
        """Tells whether an alert was firing lately."""
        return bool(self.lately(f'ALERTS{{alertname="{alert}", alertstate="firing"}}', seconds))

    def _ask(self, verb, **parameters):
        return call(f"{self._address}/api/v1/{verb}?{urllib.parse.urlencode(parameters)}")["data"]
