"""That the dashboard and the alerts ask for metrics that there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.telemetry.metrics import Backlog, Metrics
from tests.documents import marked, read

DASHBOARD = json.loads(read("docs/grafana.json"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
ALERTS = [
    rule
    for group in yaml.safe_load(marked("docs/operations.md", "alerts"))["groups"]
    for rule in group["rules"]
]
EXPRESSIONS = [
    *(target["expr"] for panel in PANELS for target in panel["targets"]),
    *(variable["definition"] for variable in DASHBOARD["templating"]["list"] if "definition" in variable),
    *(rule["expr"] for rule in ALERTS),
]
ADDED = {"instance", "job"}  # by Prometheus, to all that it reads


async def exposed() -> dict[str, set[str]]:
    """The labels of each sample that the program exposes, with everything that can happen to it."""
    metrics = Metrics()
    metrics.show_budget()
    metrics.event_received("message")
    metrics.acknowledged("message", "ok", 0.1)
    metrics.masko_called("POST /upload", "ok", 0.1)
    metrics.slack_called("chat.postMessage", "ok")
    metrics.image_ended("added")
    metrics.job_ran("intake.carry", "done")
    metrics.set_backlogs([Backlog("intake.carry", 1, 1.0, 0)])
    told = (await metrics.exposition()).decode()
    samples: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(told):
        for sample in family.samples:
            samples.setdefault(sample.name, set()).update(sample.labels)
    return {name: labels for name, labels in samples.items() if not name.endswith("_created")}


def asked(expression: str) -> Iterator[tuple[str, set[str]]]:
    """The metrics of an expression, each with the labels that it is asked for by."""
    summed = {word.strip() for by in re.findall(r"by \(([^)]*)\)", expression) for word in by.split(",")}
    summed |= set(re.findall(r"label_values\(\w+, (\w+)\)", expression))
    for name, chosen in re.findall(r"(masko_slack_\w+)(?:\{([^}]*)\})?", expression):
        yield name, summed | set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", chosen))


@pytest.mark.parametrize("expression", EXPRESSIONS)
async def test_an_expression_asks_for_metrics_and_labels_that_there_are(expression: str) -> None:
    known = await exposed()
    found = dict(asked(expression))
    assert found
    for name, labels in found.items():
        assert name in known
        assert labels <= known[name] | ADDED
    assert expression.count("(") == expression.count(")")


async def test_every_metric_is_shown_or_said_to_be_left_out() -> None:
    shown = {name for expression in EXPRESSIONS[: -len(ALERTS)] for name, _ in asked(expression)}
    (said,) = re.findall(r"It shows\s+all of these but ([^.]*)\.", read("docs/operations.md"))
    left_out = set(re.findall(r"`(\w+)`", said))
    whole = {re.sub(r"_(bucket|count|sum)$", "", name) for name in await exposed()}
    assert whole - {re.sub(r"_(bucket|count|sum)$", "", name) for name in shown} == left_out


@pytest.mark.parametrize("legend", [target for panel in PANELS for target in panel["targets"]], ids=str)
def test_a_legend_names_what_is_kept_apart(legend: dict[str, str]) -> None:
    kept = {label for _, labels in asked(legend["expr"]) for label in labels}
    assert set(re.findall(r"\{\{(\w+)\}\}", legend["legendFormat"])) <= kept


def test_the_dashboard_is_one_that_grafana_can_import() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    assert DASHBOARD["schemaVersion"] >= 39
    source, *_ = DASHBOARD["templating"]["list"]
    assert (source["name"], source["type"], source["query"]) == ("datasource", "datasource", "prometheus")
    for panel in PANELS:
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
    taken = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(set(taken)) == len(taken), "two panels lie on each other"


def test_three_alerts_are_suggested() -> None:
    assert len(ALERTS) == len({rule["alert"] for rule in ALERTS}) == 3
