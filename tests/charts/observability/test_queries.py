from __future__ import annotations

import json
import re
import runpy
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness.queries import DASHBOARDS, QUERIES, ROOT, RULES, Query, variable

ALERTS = sorted((Path(__file__).parent / "alerts").glob("*.yaml"))
GATES_ALERTS = Path(__file__).parents[1] / "gate" / "alerts.yaml"
"""Run by the tests of the gate's chart."""
EMPTY = {
    "sluice:server_score:shift1d": "compares with yesterday; the test's Prometheus is minutes old",
}
"""Series that are empty here, each with its reason; one that is not empty after all fails the test."""
SECONDS = 90
_SCOPES = (
    {"namespace", "model"}, {"environment", "model"}, {"service"}, {"namespace", "pod"},
    {"destination_service_namespace", "destination_service_name"},
)  # fmt: skip
_NARROWED = re.compile(
    r'(?:(?:namespace|model|environment|destination_service_namespace)=~"\.\+"'
    r'|(?:service|destination_service_name)=~"\.\+-\(stable\|canary\|baseline\)|pod=~"\.\+-v\[)'
)


def empty(query: Query) -> bool:
    return any(name in query.expression or query.where.endswith(name) for name in EMPTY)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_promtool_accepts_the_rules(path: Path) -> None:
    done = subprocess.run(["promtool", "check", "rules", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", ALERTS, ids=lambda path: path.stem)
def test_alerts_fire_when_they_should_and_only_then(path: Path) -> None:
    done = subprocess.run(["promtool", "test", "rules", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_fires_in_a_case() -> None:
    """A case lists all that fires in it, so what it does not list is shown not to fire there."""
    shown = "\n".join(path.read_text() for path in (*ALERTS, GATES_ALERTS))
    alerts = {query.where.split()[1] for query in QUERIES if query.alert}
    charts = {query.where.split("/")[0] for query in QUERIES if query.alert}
    assert len(alerts) > 29 and charts == {"gate", "onnx-serving"}
    assert {name for name in alerts if f'alertname="{name}"' not in shown} == set()


def test_every_alert_says_what_and_what_to_do() -> None:
    for path in RULES:
        for group in yaml.safe_load(path.read_text())["groups"]:
            for rule in group["rules"]:
                if "alert" in rule:
                    assert set(rule["annotations"]) == {"summary", "description"}, rule["alert"]
                    assert rule["labels"]["severity"].split("'")[0] in ("critical", "warning", "info") or (
                        "{{ if eq $labels.track" in rule["labels"]["severity"]
                    ), rule["alert"]


def test_every_selector_can_be_narrowed_to_one_model() -> None:
    """What the chart replaces stands in each selector of its rules: no release alerts for another's model."""
    for query in (one for one in QUERIES if one.where.startswith("onnx-serving/")):
        for selector in query.selectors:
            if selector.startswith("sluice:gateway_service:info"):
                continue  # joined on what is narrowed already
            labels = set(re.findall(r"(\w+)=~?", " ".join(_NARROWED.findall(selector))))
            assert any(scope <= labels for scope in _SCOPES), f"{query.where}: {selector}"


def test_selectors_are_read_as_prometheus_reads_them() -> None:
    query = Query(
        "x", 'sum by (a) (rate(up{b="c{d"}[5m] offset 1d)) / on (a) group_left () (1e3 * time() - x:y) > 0.5'
    )
    assert query.selectors == ['up{b="c{d"}', "x:y"]


def test_every_variable_of_a_dashboard_is_a_query_here() -> None:
    asked = {query.where for query in QUERIES}
    for path in DASHBOARDS:
        for one in json.loads(path.read_text())["templating"]["list"]:
            assert (f"{path.name} ${one['name']}" in asked) is (one["type"] == "query")
    (model,) = (query for query in QUERIES if query.where == "releases.json $model")
    assert model.expression == 'group by (model) (sluice_gate_release_weight{environment=~".+"})'


def test_a_variable_is_read_by_its_query() -> None:
    one: dict[str, Any] = {"name": "x", "type": "query"}
    for given in (
        {"query": {"query": "label_values(up, pod)"}},
        {"query": "label_values(up, pod)"},
        {"definition": "label_values(up, pod)"},
        {"query": {"query": "label_values(up, pod)"}, "definition": "label_values(down, pod)"},
    ):
        assert variable(one | given) == ("up", "pod")
    assert variable({"name": "x", "type": "datasource", "query": "prometheus"}) is None
    for unread in ({}, {"query": {}}, {"query": ""}, {"query": {"query": "metrics(up)"}}):
        with pytest.raises(ValueError, match=r"variable x asks .*; write it as label_values"):
            variable(one | unread)


def test_dashboards_are_what_their_program_writes() -> None:
    program = ROOT / "charts/onnx-serving/files/dashboards/make.py"
    written = dict(runpy.run_path(str(program))["files"]())
    assert {path: path.read_text() for path in DASHBOARDS if "onnx-serving" in path.parts} == written


def test_dashboards_are_whole() -> None:
    for path in DASHBOARDS:
        board: dict[str, Any] = json.loads(path.read_text())
        ids = [panel["id"] for panel in board["panels"]]
        assert len(set(ids)) == len(ids) > 0 and board["uid"]
        names = {variable["name"] for variable in board["templating"]["list"]}
        used = set(re.findall(r"\$\{?(\w+)", json.dumps(board["panels"]))) - {"__rate_interval"}
        assert used <= names, f"{path.name} uses {used - names}, which no variable is"


def test_each_query_finds_something(prometheus: Any) -> None:
    """Expressions of records and panels as a whole; of alerts the selectors, for all is well."""
    wanted: dict[str, str] = {}
    for query in QUERIES:
        prometheus.query(query.expression)  # refused expressions fail here, with Prometheus' own words
        texts = query.selectors if query.alert else [query.expression]
        wanted |= dict.fromkeys(texts, query.where)
    declared = {text: where for text, where in wanted.items() if empty(Query(where, text))}
    missing = {text: where for text, where in wanted.items() if text not in declared}
    end = time.monotonic() + SECONDS
    while missing and time.monotonic() < end:
        missing = {text: where for text, where in missing.items() if not prometheus.query(text)}
        time.sleep(0.2)
    assert missing == {}, f"nothing found within {SECONDS} s"
    assert {text: where for text, where in declared.items() if prometheus.query(text)} == {}, (
        "not empty after all"
    )
    assert len(declared) >= len(EMPTY)


def test_no_rule_fails(prometheus: Any) -> None:
    """Evaluated by Prometheus itself: a join of many to many shows only there."""
    groups = prometheus.get("/api/v1/rules")["groups"]
    assert {group["file"] for group in groups} == {str(path) for path in RULES}
    assert {
        rule["name"]: rule["lastError"]
        for group in groups
        for rule in group["rules"]
        if rule.get("lastError")
    } == {}


def test_figures_are_those_of_the_recording(prometheus: Any) -> None:
    """traefik counted 543 + 543 of stable and 60 + 60 of the canary, half of each with 502 or 500."""

    asked = {
        "gateway_share": 'sluice:gateway_share:ratio5m{namespace="models-dev"}',
        "gateway_errors": 'sluice:gateway_errors:ratio5m{namespace="models-dev"}',
        "server_batch": 'sluice:server_batch:mean5m{track="stable"}',
    }

    def figures() -> dict[tuple[str, str], float]:
        return {
            (name, one["metric"]["track"]): float(one["value"][1])
            for name, text in asked.items()
            for one in prometheus.query(text)
        }

    wanted = {
        ("gateway_share", "stable"): 1086 / 1206, ("gateway_share", "canary"): 120 / 1206,
        ("gateway_errors", "stable"): 0.5, ("gateway_errors", "canary"): 1,
        ("server_batch", "stable"): 303 / 50,
    }  # fmt: skip
    # A scrape that is stored between two rules of one evaluation is in the second alone.
    end = time.monotonic() + SECONDS
    while (found := figures()) != pytest.approx(wanted) and time.monotonic() < end:
        time.sleep(0.2)
    assert found == pytest.approx(wanted)
    assert {one["metric"]["model"] for one in prometheus.query(asked["gateway_share"])} == {"toy"}
