from types import SimpleNamespace

import pytest

from sluicegate.specs.environment import EnvironmentSpec, Metrics, RolloutOverrides
from sluicegate.specs.model import Rollout
from sluicegate.specs.policy import Cohorts, Gate
from sluicegate.specs.repository import Environments
from sluicegate.specs.yamlio import Problem, parse
from sluicegate.validators.checks.rollout import rollout_decidable
from sluicegate.validators.runner.finding import Verdict

DOCUMENT = parse(b"spec:\n  rollout: {}\n", "models/m/model.yaml")
NOWHERE = Environments({}, {})
IMPOSSIBLE = RolloutOverrides(
    steps=(1, 2, 3, 4, 5, 6, 8, 10, 20, 50, 100), min_requests=1_000_000, deadline="1s"
)


def environments(**overrides):
    """Environments of these names, each with what it sets in place of the model's rollout, at line 3."""
    read = {}
    for name, rollout in overrides.items():
        document = parse(
            b"kind: Environment\nspec:\n  rollout: {}\n", f"environments/{name}/environment.yaml"
        )
        metrics = Metrics("scrape", "http://127.0.0.1:8000")
        read[name] = (document, EnvironmentSpec(name, name, metrics, "embedded", rollout=rollout))
    return Environments(read, {})


def judge(margin=0.01, where=NOWHERE, **rollout):
    gate = SimpleNamespace(gate=lambda spec: Gate("error_rate", margin))
    spec = SimpleNamespace(rollout=Rollout(**{"gates": (gate,), **rollout}))
    return list(rollout_decidable(spec, DOCUMENT, where))


def test_enough_traffic_passes_and_too_little_fails():
    (enough,), (little,) = judge(traffic=1.0), judge(traffic=0.01)
    assert (enough.verdict, little.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert enough.observed < enough.threshold == 86_400 < little.observed
    assert (little.path, little.line, little.column) == ("models/m/model.yaml", 2, 12)


def test_a_margin_of_a_fifth_needs_several_times_the_requests():
    assert judge(0.002)[0].observed > 3 * judge(0.01)[0].observed


def test_without_declared_traffic_it_says_what_it_would_take():
    (finding,) = judge()
    assert finding.verdict == Verdict.SKIPPED
    assert "at 1, " in finding.message
    assert "at 100 requests/s" in finding.message


def test_each_step_lasts_at_least_its_seconds():
    assert judge(traffic=1e6, min_seconds=30_000)[0].verdict == Verdict.FAIL


@pytest.mark.parametrize(
    ("rule", "most", "message"),
    [
        ({"window": "11m"}, {"window": "10m"}, "a window of 11 min: no harm is rolled back within 22 min"),
        (
            {"warmup_requests": 10_000_000},
            {"warmup_requests": 1_000},
            "a warm-up of 10,000,000 answers: a canary that gives none is not judged for long",
        ),
    ],
    ids=["window", "warm-up"],
)
def test_what_would_hide_any_harm_is_refused(rule, most, message):
    judged, hidden = judge(traffic=100.0, deadline="7d", **rule)
    assert (judged.verdict, hidden.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert hidden.message == message
    assert hidden.line == 2
    assert [one.verdict for one in judge(traffic=100.0, deadline="7d", **most)] == [Verdict.PASS]


def test_what_an_environment_sets_is_what_is_judged_there():
    where = environments(dev=RolloutOverrides(), production=IMPOSSIBLE)
    dev, production = judge(traffic=100.0, where=where)
    assert (dev.verdict, dev.path) == (Verdict.PASS, "models/m/model.yaml")
    assert dev.message.startswith("dev: about ")
    assert (production.verdict, production.threshold) == (Verdict.FAIL, 1)
    assert (production.path, production.line) == ("environments/production/environment.yaml", 3)
    assert production.message.startswith("production: about ")
    assert production.message.endswith("requests/s, and the deadline is 1 s")
    assert production.observed > dev.observed


def test_an_environment_can_make_a_rollout_decidable_that_the_model_alone_is_not():
    longer = RolloutOverrides(deadline="30d")
    alone, together = judge(traffic=0.01, where=environments(dev=RolloutOverrides(), production=longer))
    assert (alone.verdict, together.verdict) == (Verdict.FAIL, Verdict.PASS)


def test_environments_without_rules_of_their_own_are_judged_once():
    (finding,) = judge(traffic=1.0, where=environments(dev=RolloutOverrides(), eu=RolloutOverrides()))
    assert finding.message.startswith("dev, eu: about ")


def test_without_any_environment_the_models_own_rollout_is_judged():
    (finding,) = judge(traffic=1.0)
    assert (finding.verdict, finding.message[:5]) == (Verdict.PASS, "about")


def test_an_environment_that_cannot_be_read_is_inconclusive():
    (finding,) = judge(traffic=1.0, where=Environments({}, {"eu": (Problem("broken", "fix it"),)}))
    assert (finding.verdict, finding.message) == (
        Verdict.INCONCLUSIVE,
        "eu: not judged, its environment.yaml cannot be read",
    )


@pytest.mark.parametrize("margin", [1e-9])
def test_a_margin_that_no_number_of_requests_proves_is_a_fail(margin):
    (finding,) = judge(margin, traffic=1e6)
    assert finding.verdict == Verdict.FAIL
    assert "cannot be proven by any number of requests" in finding.message


LABELS = Gate("delayed_labels", 0.01, cohorts=Cohorts(3600, 86_400, 0.9), from_weight=5)


def with_labels(**rollout):
    gates = tuple(SimpleNamespace(gate=lambda spec, gate=gate: gate) for gate in (Gate("e", 0.01), LABELS))
    return judge(gates=gates, **rollout)[0]


@pytest.mark.parametrize("traffic", [None, 100.0])
def test_labels_that_come_after_the_deadline_are_refused_with_the_arithmetic(traffic):
    late = with_labels(traffic=traffic, deadline="3d")
    assert (late.verdict, late.observed, late.threshold) == (Verdict.FAIL, 3 * 90_000, 3 * 86_400)
    assert late.message == (
        "delayed_labels: a cohort and the delay of its labels last 25 h, in each of the 3 steps at "
        "5/25/50 %: 3.12 d in all, and the deadline is 3 d; shorten the delay, or leave out small steps by "
        "`from_weight`"
    )


def test_labels_that_come_in_time_are_waited_for_in_each_step():
    longer = with_labels(traffic=100.0, deadline="14d")
    assert longer.verdict == Verdict.PASS
    assert "with 3.12 d of waiting for labels" in longer.message
    # A cohort is a window, which counts once: the last proof takes five of them at least.
    assert longer.observed >= 3 * 90_000 + 5 * 3600


def judge_pairs(where=NOWHERE, **rollout):
    gate = SimpleNamespace(gate=lambda spec: Gate("shadow", 0.01, paired=True))
    errors = SimpleNamespace(gate=lambda spec: Gate("error_rate", 0.01))
    spec = SimpleNamespace(rollout=Rollout(**{"gates": (errors, gate), **rollout}))
    return list(rollout_decidable(spec, DOCUMENT, where))


def test_the_pairs_that_a_dark_canary_is_compared_by_take_their_time():
    assert judge_pairs(traffic=1.0)[0].observed > judge(traffic=1.0)[0].observed + 300


@pytest.mark.parametrize(
    ("traffic", "gateway", "why"),
    [
        ("kserve", "sluice", "KServe copies none"),
        ("gateway-api", "traefik", "Traefik has no RequestMirror"),
        ("istio", "istio", None),
        ("embedded", "sluice", None),
    ],
)
def test_where_nothing_copies_requests_a_release_would_stay_dark_for_ever(traffic, gateway, why):
    document = parse(b"kind: Environment\nspec:\n  traffic: x\n", "environments/eu/environment.yaml")
    metrics = Metrics("prometheus", "http://127.0.0.1:9090", gateway=gateway)
    where = Environments({"eu": (document, EnvironmentSpec("eu", "eu", metrics, traffic))}, {})
    others = judge_pairs(traffic=1.0, where=where)[1:]
    assert [finding.verdict for finding in others] == ([] if why is None else [Verdict.FAIL])
    assert all(why in finding.message and finding.line == 2 for finding in others)
    assert judge(traffic=1.0, where=where)[1:] == []
