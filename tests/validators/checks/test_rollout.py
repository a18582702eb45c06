from types import SimpleNamespace

import pytest

from sluicegate.specs.model import Rollout
from sluicegate.specs.policy import Gate
from sluicegate.specs.yamlio import parse
from sluicegate.validators.checks.rollout import duration, rollout_decidable, seconds
from sluicegate.validators.runner.finding import Verdict

DOCUMENT = parse(b"spec:\n  rollout: {}\n", "models/m/model.yaml")


def judge(margin=0.01, **said):
    gate = SimpleNamespace(gate=lambda spec: Gate("error_rate", margin))
    rollout = Rollout(**{"gates": (gate,), **said})
    (finding,) = rollout_decidable(SimpleNamespace(rollout=rollout), DOCUMENT)
    return finding


def test_enough_traffic_passes_and_too_little_fails():
    enough, little = judge(traffic=1.0), judge(traffic=0.01)
    assert (enough.verdict, little.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert enough.observed < enough.threshold == 86_400 < little.observed
    assert (little.path, little.line, little.column) == ("models/m/model.yaml", 2, 12)


def test_a_margin_of_a_fifth_needs_several_times_the_requests():
    assert judge(0.002).observed > 3 * judge(0.01).observed


def test_without_declared_traffic_it_says_what_it_would_take():
    finding = judge()
    assert finding.verdict == Verdict.WAIVED
    assert "at 1, " in finding.message
    assert "at 100 requests/s" in finding.message


def test_each_step_lasts_at_least_its_seconds():
    assert judge(traffic=1e6, min_seconds=30_000).verdict == Verdict.FAIL


@pytest.mark.parametrize(("text", "value"), [("90s", 90), ("30m", 1_800), ("24h", 86_400), ("7d", 604_800)])
def test_durations(text, value):
    assert seconds(text) == value


@pytest.mark.parametrize(
    ("value", "text"), [(0.5, "0.5 s"), (90, "1.5 m"), (7_200, "2.0 h"), (172_800, "2.0 d")]
)
def test_durations_in_words(value, text):
    assert duration(value) == text
