"""What a pull request says about the rules that its version is released by."""

from types import SimpleNamespace

import pytest

from sluicegate.gate.metrics.counter import Counted, Counter
from sluicegate.specs.environment import EnvironmentSpec, Metrics, PolicyFloor
from sluicegate.specs.model import Rollout, Unit
from sluicegate.specs.policy import Gate
from sluicegate.specs.repository import Environments
from sluicegate.specs.yamlio import parse
from sluicegate.validators.checks.rollout_rules import rollout_rules
from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.submission.loosening import model_rules

DOCUMENT = parse(b"spec:\n  rollout: {}\n", "models/m/model.yaml")


def model(version=1, margin=0.01, **rollout):
    gate = SimpleNamespace(gate=lambda spec: Gate("error_rate", margin))
    return SimpleNamespace(
        version=version, artifact=f"{version}", rollout=Rollout(**{"gates": (gate,), **rollout})
    )


def messages(spec, base=None, verdict=Verdict.PASS, **floor):
    metrics = Metrics("scrape", "http://127.0.0.1:8000")
    environment = EnvironmentSpec("production", "p", metrics, "embedded", policy=PolicyFloor(**floor))
    where = Environments({"production": (DOCUMENT, environment)}, {})
    findings = list(rollout_rules(spec, base and SimpleNamespace(spec=base), DOCUMENT, where))
    assert {finding.verdict for finding in findings} == {verdict}
    assert {(finding.path, finding.line) for finding in findings} == {("models/m/model.yaml", 2)}
    return [finding.message for finding in findings]


def test_a_change_that_loosens_nothing_is_judged_by_its_own_rules():
    own = ["production: judged by the model's own rules, which are not loosened"]
    assert messages(model()) == own
    assert messages(model(2, margin=0.001), model()) == own


def test_what_comes_loosened_with_a_version_does_not_count_for_it():
    assert messages(model(2, margin=0.5, alpha=0.1), model()) == [
        "production: loosened with a version, and does not count for it: alpha 0.05 of the base, not 0.1",
        "production: loosened with a version, and does not count for it: "
        "error_rate margin 0.01 of the base, not 0.5",
    ]


def test_a_change_of_its_own_counts_from_the_next_version_on():
    (message,) = messages(model(margin=0.5), model())
    assert "loosened by a change of its own, and counts from the next version on: error_rate" in message


def scored(version: int, *edges: float):
    gate = Gate("score_drift", 0.1, two_sided=True, kinds=len(edges), parameters={"edges": edges})
    drift = SimpleNamespace(gate=lambda spec: gate)
    return SimpleNamespace(version=version, artifact=f"{version}", rollout=Rollout(gates=(drift,)))


def test_scores_that_could_never_be_compared_with_those_of_the_base_are_a_fail():
    where = Environments(
        {
            "production": (
                DOCUMENT,
                EnvironmentSpec("production", "p", Metrics("scrape", "http://127.0.0.1:8000"), "embedded"),
            )
        },
        {},
    )
    base = SimpleNamespace(spec=scored(1, 0.3, 0.7))
    failed, *_ = rollout_rules(scored(2, 0.5), base, DOCUMENT, where)
    assert (failed.verdict, failed.message) == (
        Verdict.FAIL,
        "production: score_drift has no edge in common with the base, so the two cannot be compared; "
        "keep one of its edges: 0.3, 0.7",
    )
    kept = messages(scored(2, 0.5, 0.7), scored(1, 0.3, 0.7))
    assert any("score_drift is compared at the edges that the base has as well: 0.7" in one for one in kept)


@pytest.mark.parametrize(
    ("edges", "other_bytes", "loosens"),
    [
        ((0.5, 0.7), True, False),
        ((0.5, 0.6, 0.7), True, False),
        ((0.7,), True, True),  # fewer see less
        ((0.5, 0.7), False, True),  # the same scores, at other edges
    ],
)
def test_edges_of_its_own_scores_are_no_loosened_rule_here_nor_for_the_owners(edges, other_bytes, loosens):
    old, new = scored(1, 0.3, 0.7), scored(2, *edges)
    if not other_bytes:
        new.artifact = old.artifact
    environment = EnvironmentSpec("production", "p", Metrics("scrape", "http://127.0.0.1:8000"), "embedded")
    assert bool(list(model_rules(old, new, {"production": environment}))) is loosens
    said = messages(new, old)
    assert any("loosened with a version" in one for one in said) is loosens
    if not loosens:
        assert any("edges of the version's own scores, which loosen nothing" in one for one in said)


def test_what_the_floor_overrules_is_named():
    (message,) = messages(model(), alpha=0.001)
    assert message == "production: counts for this version: alpha 0.001 of the floor of production, not 0.05"


def test_a_floor_for_a_gate_that_the_model_does_not_have_is_a_fail():
    floor = {"margins": {"score_drift": 0.1}}
    metrics = Metrics("scrape", "http://127.0.0.1:8000")
    environment = EnvironmentSpec("production", "p", metrics, "embedded", policy=PolicyFloor(**floor))
    where = Environments({"production": (DOCUMENT, environment)}, {})
    fails = [f for f in rollout_rules(model(), None, DOCUMENT, where) if f.verdict == Verdict.FAIL]
    assert [f.message for f in fails] == [
        "production: its floor has a margin for score_drift, and the model has no such gate"
    ]


def test_a_floor_can_name_a_metric_that_has_several_gates():
    counter = SimpleNamespace(gate=lambda spec: Gate("counter/checkout", 0.01))
    (message,) = messages(model(gates=(counter,)), margins={"counter": 0.005})
    assert "counter/checkout margin 0.005 of the floor of production, not 0.01" in message


def test_counters_of_the_business_need_an_environment_with_a_prometheus():
    counter = SimpleNamespace(gate=lambda spec: Gate("counter/checkout", 0.01, series="a_total of b_total"))
    (message,) = messages_of(model(gates=(counter,)), "scrape", Verdict.FAIL)
    assert message == (
        "production: counter/checkout counts what only a Prometheus has (a_total of b_total), "
        "and metrics.source is scrape"
    )
    assert messages_of(model(gates=(counter,)), "prometheus", Verdict.FAIL) == []


def messages_of(spec, source, verdict):
    environment = EnvironmentSpec("production", "p", Metrics(source, "http://127.0.0.1:9090"), "embedded")
    where = Environments({"production": (DOCUMENT, environment)}, {})
    return [f.message for f in rollout_rules(spec, None, DOCUMENT, where) if f.verdict == verdict]


def test_without_an_environment_there_is_nothing_to_say():
    (finding,) = rollout_rules(model(), None, DOCUMENT, Environments({}, {}))
    assert finding.message == "there is no environment to be released in"


def users_at(gateway):
    metrics = Metrics("prometheus", "http://127.0.0.1:9090", gateway=gateway)
    environment = EnvironmentSpec("production", "p", metrics, "gateway-api")
    where = Environments({"production": (DOCUMENT, environment)}, {})
    found = rollout_rules(model(unit=Unit("X-User-Id")), None, DOCUMENT, where)
    return [finding.message for finding in found if finding.verdict is Verdict.FAIL]


def test_users_need_a_gateway_that_counts_them():
    cannot = "production: rollout.unit counts users by X-User-Id, which the gateway {} cannot"
    assert users_at("traefik") == [cannot.format("traefik")]
    assert users_at("istio") == [cannot.format("istio")]
    assert users_at("sluice") == []


def test_another_unit_counts_and_is_named():
    by_user = model(2, unit=Unit("X-User-Id"))
    words = (
        "production: counts {} for this version, where the base counts {}; which is stricter cannot be said"
    )
    each, users = "each request by itself", "users by X-User-Id"
    assert words.format(users, each) in messages(by_user, model())
    assert words.format(each, users) in messages(model(3), by_user)


def test_users_come_after_the_gates_that_count_requests_are_gone():
    """The base's gate counts for the version that brings users, and would keep it waiting for ever."""
    counted = Counter("c", failed=Counted("f"), of=Counted("a"), margin=0.01)
    base = model(gates=(counted,))
    found = messages_with(model(2, unit=Unit("X-User-Id")), base)
    assert found == [
        "production: a gate of the base counts for this version as well: counter is counted by the business "
        "by request, and rollout.unit counts users by X-User-Id"
    ]
    assert messages_with(model(1, unit=Unit("X-User-Id")), base) == []


def messages_with(spec, base):
    metrics = Metrics("prometheus", "http://127.0.0.1:9090")
    where = Environments(
        {"production": (DOCUMENT, EnvironmentSpec("production", "p", metrics, "embedded"))}, {}
    )
    found = rollout_rules(spec, SimpleNamespace(spec=base), DOCUMENT, where)
    return [finding.message for finding in found if finding.verdict is Verdict.FAIL]
