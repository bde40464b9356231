"""Reads the dashboards, and checks what can be checked without Grafana."""

import json
import re

STORES = {"prometheus": "prometheus", "tempo": "tempo", "loki": "loki"}  # uid and type: those of provisioning/datasources.yaml

# What Grafana fills in before it asks.
FILLED_IN = {"$instance": ".*", "$endpoint": ".*", "$__rate_interval": "30s", "$__range": "5m"}


class Query:
    """One query of one panel."""

    def __init__(self, dashboard, panel, target, choices=None):
        self.dashboard, self.panel, self.target = dashboard, panel["title"], target
        self.choices = choices or {}  # of variables with a list of them, by their names
        self.links = [override["matcher"] for override in panel.get("fieldConfig", {}).get("overrides", [])
                      if any(property_["id"] == "links" for property_ in override["properties"])]
        self.store = target["datasource"]["uid"]
        self.text = target.get("expr") or target.get("query") or ""
        self.is_instant = target.get("instant", False)

    @property
    def filled_in(self):
        """Gets the query as the store gets it."""
        return self.fill_in({})

    def fill_in(self, values):
        """Gives the query as the store gets it with these values of variables, by their names."""
        text = self.text
        for name, value in {**FILLED_IN, **{f"${name}": value for name, value in values.items()}}.items():
            text = text.replace(name, value)
        return text


def read(folder):
    """Gives the queries of all dashboards, and the complaints about the files."""
    queries, complaints, uids = [], [], {}
    for path in sorted(folder.glob("*.json")):
        dashboard = json.loads(path.read_text())
        complain = lambda text, name=path.name: complaints.append(f"{name}: {text}")
        if uids.setdefault(dashboard.get("uid"), path) is not path:
            complain(f"uid {dashboard.get('uid')} is taken by {uids[dashboard['uid']].name}")
        for name in ("uid", "title", "schemaVersion", "panels", "templating", "time"):
            if name not in dashboard:
                complain(f"{name} is missing")
        _check_places(dashboard, complain)
        variables = {variable["name"] for variable in dashboard["templating"]["list"]}
        for panel in dashboard["panels"]:
            if panel["type"] == "row":
                continue
            if not panel.get("targets"):
                complain(f"'{panel['title']}' has no query")
            for target in panel.get("targets", []):
                queries.append(_query(dashboard, panel, target, variables, complain))
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                name, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["definition"]).groups()
                panel = {"title": f"variable {variable['name']}"}
                target = {"datasource": variable["datasource"], "expr": f'count by ({label}) ({name}{{{label}!=""}})', "instant": True}
                queries.append(Query(dashboard["title"], panel, target))
    return queries, complaints


def _query(dashboard, panel, target, variables, complain):
    store = target.get("datasource", {})
    if STORES.get(store.get("uid")) != store.get("type") or store != panel.get("datasource"):
        complain(f"'{panel['title']}' asks a store that is not provisioned: {store}")
    choices = {variable["name"]: variable["query"].split(",") for variable in dashboard["templating"]["list"] if variable["type"] == "custom"}
    query = Query(dashboard["title"], panel, target, choices)
    if not query.text:
        complain(f"'{panel['title']}' has an empty query")
    for name in re.findall(r"\$(?!__)(\w+)", query.text):
        if name not in variables:
            complain(f"'{panel['title']}' uses ${name}, which is no variable")
    return query


def _check_places(dashboard, complain):
    taken, ids = {}, set()
    for panel in dashboard["panels"]:
        if panel["id"] in ids:
            complain(f"id {panel['id']} is used twice")
        ids.add(panel["id"])
        place = panel["gridPos"]
        if place["x"] < 0 or place["x"] + place["w"] > 24:
            complain(f"'{panel['title']}' is wider than the page")
        for cell in ((x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])):
            if taken.setdefault(cell, panel["id"]) != panel["id"]:
                complain(f"'{panel['title']}' covers another panel")
                break
