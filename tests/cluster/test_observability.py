"""Every rule, every dashboard query and all that the gate asks, put to the Prometheus of a cluster."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from harness import argocd, bootstrap, kube, prometheus, queries, story
from harness.lab import ENVIRONMENT, Lab, more
from harness.load import Load, running
from harness.queries import Query
from harness.release import Subject
from harness.repository import CHECKOUT
from harness.wait import NotYet, until

from sluicegate.gate.adapters.combined import Combined
from sluicegate.gate.adapters.gateways.base import FAMILIES
from sluicegate.gate.adapters.points import Points
from sluicegate.gate.adapters.prometheus import Prometheus
from sluicegate.gate.adapters.query import Query as Asked
from sluicegate.gate.adapters.samples import START
from sluicegate.gate.adapters.scrapes import NOW, OF
from sluicegate.gate.adapters.sources import source_of
from sluicegate.gate.core.decision import Reading
from sluicegate.gate.metrics.base import ANSWERED, gates
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.model_file import load_model
from sluicegate.specs.policy import policy
from sluicegate.specs.yamlio import parse

MODEL = "digits"
WEIGHT = 25
SECONDS = 240
pytestmark = pytest.mark.timeout(1800)

EMPTY: dict[str, str] = {
    r"\bnv_\w+": "no Triton runs here; tests/charts/observability asks a recording of one",
    r"\bistio_\w+|gateway-istio": "no Istio runs here; a recording of it likewise",
    r"\bkube_\w+": "no kube-state-metrics runs here, and the file is optional; a recording of it likewise",
    r"sluice:server_score:shift1d|offset 1d": "compares with yesterday; this cluster is of today",
    r"sluice:server_(queue_seconds|seconds:mean|batch|gpu)\w*": "Triton's alone; a recording of it likewise",
    r"non_finite_output": "counted from the first such answer on, and neither model gives one",
    r"sluice_gate_excess_\w+": "there while a release is judged; tests/charts/observability has such a gate",
    r"sluice_gate_data_timestamp_seconds": "there while a release runs; tests/charts/observability likewise",
}
"""What may be empty here, each with its reason; by a pattern of the expression or of the rule's name."""


@pytest.fixture(scope="module")
def lab(run, first, subject) -> Lab:
    """A release of which no gate decides: stable and canary, both with traffic."""
    made = Lab(subject(MODEL, ENVIRONMENT))
    made.stable()
    made.settled(made.it.commit(made.version(1), made.version(2), WEIGHT))
    return made


@pytest.fixture(scope="module")
def traffic(lab, subject) -> Iterator[tuple[Load, Load]]:
    """Requests to the lab and to a model of the gate's, a few of them refused, while the cases run."""
    good, other = lab.it.load(20.0, 4), subject(MODEL, "dev").load(5.0, 2)
    bad = Load(good.address, good.host, good.path, [b'{"inputs": []}'], 1.0, 1)
    with running(good), running(other), running(bad):
        more(good, 60)
        yield good, other
    lab.stable()


def reason(where: str, expression: str) -> str:
    """Why an expression may be empty; nothing where it may not."""
    found = (why for pattern, why in EMPTY.items() if re.search(pattern, f"{where}\n{expression}"))
    return next(found, "")


def until_found(run, wanted: dict[str, str]) -> None:
    """Wait until each expression has found something. Raises `TooSlow` with those that never did."""
    missing = dict(wanted)

    def found() -> bool:
        for text in list(missing):
            if prometheus.query(run, text):
                del missing[text]
        if missing:
            raise NotYet("\n" + "\n".join(f"{where}: {text}" for text, where in missing.items()))
        return True

    until(f"{len(wanted)} expressions to find something", found, SECONDS, every=2)


def asked(query: Query) -> list[str]:
    """What must find something: all of it, or of an alert its selectors, for all is well."""
    return query.selectors if query.alert else [query.expression]


def test_each_target_is_scraped(run, traffic):
    wanted = {(ENVIRONMENT, MODEL, "stable"), (ENVIRONMENT, MODEL, "canary")}

    def healthy() -> list[str]:
        found = prometheus.targets(run)
        servers = [each["labels"] for each in found if each["labels"]["job"] == "sluice-servers"]
        missing = wanted - {(each["environment"], each["model"], each["track"]) for each in servers}
        missing |= {"sluice-servers", "sluice-gate", "traefik"} - {each["labels"]["job"] for each in found}
        faults = [each["lastError"] for each in found if each["health"] != "up"]
        if missing or faults:
            raise NotYet(f"not discovered: {missing}; faults: {faults}")
        return [each["health"] for each in found]

    assert set(until("every target to be discovered and scraped", healthy, 60)) == {"up"}


def test_every_rule_and_dashboard_query_finds_something(run, traffic, figures):
    """As the files have them: for all models of the Prometheus."""
    wanted, let = {}, {}
    for query in queries.QUERIES:
        for text in asked(query):
            (let if reason(query.where, text) else wanted)[text] = query.where
    for text, where in let.items():
        assert prometheus.query(run, text) is not None, f"{where}: refused"
    until_found(run, wanted)
    figures.add("expressions of rules and dashboards that found something", len(wanted), "expressions")
    figures.add("expressions that are declared to be empty here", len(let), "expressions")


def test_every_declared_reason_is_of_use():
    texts = [f"{each.where}\n{text}" for each in queries.QUERIES for text in asked(each)]
    assert [pattern for pattern in EMPTY if not any(re.search(pattern, text) for text in texts)] == []


def narrowed(it: Subject, folder: Path) -> list[Query]:
    """The rules of one release, as its own PrometheusRules have them."""
    found = it.rendered(folder, "monitoring: {prometheusRule: {enabled: true}}\n")
    return [
        Query(
            f"{body['metadata']['name']} {rule.get('alert') or rule['record']}", rule["expr"], "alert" in rule
        )
        for body in found
        if body["kind"] == "PrometheusRule"
        for group in body["spec"]["groups"]
        for rule in group["rules"]
    ]


def test_the_rules_of_one_release_find_it(run, lab, traffic, subject, tmp_path):
    """Narrowed by the chart: the lab has both tracks, and dev has the gate that the lab lacks."""
    of_lab, of_dev = (narrowed(it, tmp_path) for it in (lab.it, subject(MODEL, "dev")))
    wanted = {}
    for one, other in zip(of_lab, of_dev, strict=True):
        assert one.where == other.where
        for text, instead in zip(asked(one), asked(other), strict=True):
            if not reason(one.where, text):
                wanted[instead if "sluice_gate_" in text else text] = one.where
    assert len(wanted) > 40
    until_found(run, wanted)


def test_prometheus_itself_evaluates_every_rule(run, traffic):
    """A join of many to many shows only there."""
    groups = prometheus.get(run, "/api/v1/rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) > 60
    assert {rule["name"]: rule["lastError"] for rule in rules if rule.get("lastError")} == {}


@dataclass(frozen=True)
class Asking(Prometheus):
    """The gate's own source, which also keeps what it asked, by the API's path, and what was answered."""

    asked: dict[str, tuple[str, list[Points]]] = field(default_factory=dict)

    def _ask(
        self, path: str, queries: Sequence[Asked], parameters: Mapping[str, str] | None = None
    ) -> list[Points]:
        answer = super()._ask(path, queries, parameters)
        self.asked[path] = self._expression(queries), answer
        return answer


def test_all_that_the_gate_asks_is_answered(run, lab, traffic):
    it = lab.it
    path = f"environments/{ENVIRONMENT}/environment.yaml"
    environment = load_environment(parse(story.git(run, "show", f"main:{path}").encode(), path))
    source = source_of(environment)
    assert isinstance(source, Combined)
    figures = source.figures
    assert isinstance(figures, Prometheus)
    own = Asking(figures.url, figures.labels, gateway=figures.gateway, namespace=figures.namespace)
    release = story.release(run, it.model, it.environment)
    assert release is not None and release.canary is not None
    file = CHECKOUT / "models" / MODEL / "model.yaml"
    spec = load_model(parse(file.read_bytes(), str(file)), gates=gates(), sections=None)
    kinds = {gate.metric: gate.failure_counters(spec) for gate in spec.rollout.gates}
    # No gate steers the lab, so nobody else tells since when the weight is in effect.
    asked = Asked(release, kinds, policy(spec, environment), since=datetime.now(UTC))

    def read() -> Reading:
        own.asked.clear()
        (found,) = own.read([asked], datetime.now(UTC))
        whole = found.windows[:-1]  # the last one may just have begun
        if found.missing or not whole or not all(window.traffic.canary for window in whole):
            raise NotYet(f"{found}")
        return found

    reading = until("the gate's own figures of the lab", read, SECONDS)
    assert reading.reset is None, "nothing began anew meanwhile"
    assert all(window.traffic.stable > window.traffic.canary for window in reading.windows[:-1])
    assert set(reading.windows[-1].tallies) == set(kinds) == {"error_rate", "slow_requests", "score_drift"}
    servers = asked.sample_names - set(FAMILIES)
    assert set(own.asked) == {"query", "query_range"}
    for text, answer in own.asked.values():
        assert {one.name for one in answer} >= figures.gateway.names | servers | {ANSWERED, START}
        stamps = {f"{end} {of}" for end in ("min", "max") for of in ("gateway", "servers")}
        assert {one.labels[OF] for one in answer if OF in one.labels} == {*stamps, NOW}
        for selector in re.findall(r"\w*\{[^{}]*\}", text):
            assert prometheus.query(run, selector), selector


def alerts(run) -> dict[str, str]:
    """Alerts that are pending or firing, by name."""
    return {
        each["labels"]["alertname"]: each["state"] for each in prometheus.get(run, "/api/v1/alerts")["alerts"]
    }


def test_a_gate_that_is_gone_raises_an_alert(run, gate, traffic):
    """It no longer tells when it last looked, so it is its absence that counts."""
    client = kube.api(run)
    quiet = "sum(sluice_gate_leader) == 0 or absent(sluice_gate_leader)"
    until("a gate that leads", lambda: not prometheus.query(run, quiet), 120)
    assert prometheus.query(run, "time() - max(sluice_gate_tick_timestamp_seconds) < 300")
    argocd.stop(run, "application-controller")
    try:
        client.patch("apps/v1", "Deployment", "gate", {"spec": {"replicas": 0}}, bootstrap.GATE)
        until("SluiceGateNoLeader to be raised", lambda: "SluiceGateNoLeader" in alerts(run), 120)
    finally:
        client.patch("apps/v1", "Deployment", "gate", {"spec": {"replicas": 1}}, bootstrap.GATE)
        for role in argocd.ROLES:
            if role.name == "application-controller":
                argocd.start_role(run, role)
        bootstrap.until_gate(run)
    until("the alert to end", lambda: "SluiceGateNoLeader" not in alerts(run), 120)
