from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from sluicegate.specs.environment import EnvironmentSpec, Metrics, PolicyFloor, RolloutOverrides
from sluicegate.specs.model import Data, File, ModelSpec, Rollout, Signature, Tensor, Unit
from sluicegate.specs.policy import Gate, Pause, Policy, policy
from sluicegate.specs.yamlio import InputError

FILE = File("a", "sha256:" + "0" * 64)
TENSORS = (Tensor("x", "float32", ("n",)),)


@dataclass(frozen=True)
class Watched:
    """A gate of model.yaml that takes something of the model."""

    margin: float

    def gate(self, model: ModelSpec) -> Gate:
        return Gate(f"of {model.name}", self.margin)


MODEL = ModelSpec(
    name="m",
    owners=("me",),
    version=1,
    task="regression",
    artifact=FILE,
    signature=Signature(TENSORS, TENSORS),
    data=Data(FILE, FILE, "y"),
    rollout=Rollout(gates=(Watched(0.01),), steps=(10, 100), min_seconds=5, deadline="2h", alpha=0.1),
)
PLAIN = EnvironmentSpec("dev", "models", Metrics("scrape", "http://127.0.0.1:1"), "embedded")
OWN = Policy((10, 100), (Gate("of m", 0.01),), 20, 5.0, timedelta(hours=2), 0.1, smoke=True)


def test_without_overrides_it_is_the_models_own_rollout() -> None:
    assert policy(MODEL, PLAIN) == OWN


@pytest.mark.parametrize(
    ("overrides", "effective"),
    [
        (RolloutOverrides(steps=(100,)), replace(OWN, steps=(100,))),
        (RolloutOverrides(min_requests=0), replace(OWN, min_requests=0)),
        (RolloutOverrides(min_seconds=0), replace(OWN, min_seconds=0)),
        (RolloutOverrides(deadline="1s"), replace(OWN, deadline=timedelta(seconds=1))),
        (
            RolloutOverrides((1, 100), 7, 8.5, deadline="7d"),
            Policy((1, 100), OWN.gates, 7, 8.5, timedelta(days=7), 0.1, smoke=True),
        ),
        (RolloutOverrides(window="30s"), replace(OWN, window=timedelta(seconds=30))),
        (RolloutOverrides(warmup_requests=0), replace(OWN, warmup_requests=0)),
        (
            RolloutOverrides(split_windows=3, blind_for="1m"),
            replace(OWN, split_windows=3, blind_for=timedelta(minutes=1)),
        ),
    ],
)
def test_what_the_environment_sets_wins_even_where_it_is_nothing(
    overrides: RolloutOverrides, effective: Policy
) -> None:
    assert policy(MODEL, replace(PLAIN, rollout=overrides)) == effective


def test_a_smoke_test_is_asked_unless_the_environment_says_otherwise() -> None:
    assert policy(MODEL, replace(PLAIN, smoke=False)) == replace(OWN, smoke=False)


def test_harm_begins_at_half_the_margin_unless_the_owner_says_otherwise() -> None:
    assert Gate("e", 0.01).harmful_above == 0.005
    assert Gate("e", 0.01, tolerance=0.0).harmful_above == 0.0
    assert Gate("e", 0.01, tolerance=0.01).harmful_above == 0.01


def test_a_window_lasts_ten_seconds_and_a_step_a_minute() -> None:
    assert (OWN.window, Policy((100,), ()).min_seconds) == (timedelta(seconds=10), 60)
    assert (OWN.split_windows, OWN.blind_for) == (6, timedelta(minutes=15))


def test_what_is_stricter_in_the_floor_counts_and_is_named() -> None:
    floor = PolicyFloor(steps=(5, 100), margins={"of m": 0.002, "other": 0.1}, alpha=0.2, deadline="90m")
    effective = policy(MODEL, replace(PLAIN, policy=floor))
    gates = (Gate("of m", 0.002),)
    assert effective == replace(OWN, steps=(5, 100), gates=gates, deadline=timedelta(minutes=90))
    assert effective.overruled == (
        "steps 5/100 of the floor of dev, not 10/100",
        "deadline 5400 s of the floor of dev, not 7200 s",
        "of m margin 0.002 of the floor of dev, not 0.01",
    )


def test_a_step_lasts_what_is_declared_for_it_and_in_the_dark_nothing_else_counts() -> None:
    paused = replace(OWN, pauses=(Pause(25, min_seconds=600), Pause(50, approval=True)))
    assert [paused.seconds_at(weight) for weight in (0, 1, 25, 50)] == [0, 5, 600, 5]
    assert replace(OWN, pauses=(Pause(0, min_seconds=30),)).seconds_at(0) == 30
    assert [paused.pause(weight).approval for weight in (1, 25, 50)] == [False, False, True]


def test_the_core_imports_the_policy_without_pydantic() -> None:
    code = "import sys, sluicegate.specs.policy, sluicegate.specs.release; print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_floor_for_a_metric_counts_for_all_of_its_gates():
    @dataclass(frozen=True)
    class Named:
        name: str

        def gate(self, model: ModelSpec) -> Gate:
            return Gate(self.name, 0.5)

    names = ("error_rate", "error_rate/region=eu", "counter/a", "counter/b")
    spec = replace(MODEL, rollout=replace(MODEL.rollout, gates=tuple(map(Named, names))))
    floor = PolicyFloor(margins={"error_rate": 0.1, "counter/b": 0.2})
    found = policy(spec, replace(PLAIN, policy=floor))
    assert [gate.margin for gate in found.gates] == [0.1, 0.1, 0.5, 0.2]


@pytest.mark.parametrize(
    ("own", "counts", "words"),
    [
        (Gate("g", 0.01, relative=10.0), Gate("g", 0.002), "g relative 0 of the floor of dev, not 10"),
        (Gate("g", 0.01, 0.01), Gate("g", 0.002, 0.002), "g tolerance 0.002 of the floor of dev, not 0.01"),
        (Gate("g", 0.001, 0.0), Gate("g", 0.001, 0.0), None),
        (Gate("other", 0.01, 0.01, relative=10.0), Gate("other", 0.01, 0.01, relative=10.0), None),
    ],
)
def test_no_share_of_stables_failures_and_no_tolerance_allows_more_than_the_floors_margin(
    own: Gate, counts: Gate, words: str | None
) -> None:
    @dataclass(frozen=True)
    class Given:
        def gate(self, model: ModelSpec) -> Gate:
            return own

    spec = replace(MODEL, rollout=replace(MODEL.rollout, gates=(Given(),)))
    found = policy(spec, replace(PLAIN, policy=PolicyFloor(margins={"g": 0.002})))
    assert found.gates == (counts,)
    assert words is None or words in found.overruled


@dataclass(frozen=True)
class OfLatency:
    """A gate that compares with a baseline where one runs."""

    def gate(self, model: ModelSpec) -> Gate:
        return Gate(f"latency of {model.name}", 0.01, against="baseline")


LATENT = replace(MODEL, rollout=replace(MODEL.rollout, gates=(OfLatency(),)))


@pytest.mark.parametrize(
    ("own", "here", "counts"),
    [(False, None, False), (True, None, True), (False, True, True), (True, False, False)],
)
def test_gates_compare_with_a_baseline_where_one_is_asked_for(own, here, counts):
    model = replace(LATENT, rollout=replace(LATENT.rollout, baseline=own))
    found = policy(model, replace(PLAIN, rollout=RolloutOverrides(baseline=here)))
    assert found.baseline is counts
    assert found.gates[0].against == ("baseline" if counts else "stable")


def test_no_baseline_runs_where_traffic_has_two_tracks():
    model = replace(LATENT, rollout=replace(LATENT.rollout, baseline=True))
    with pytest.raises(InputError, match="needs three tracks, and dev has traffic kserve"):
        policy(model, replace(PLAIN, traffic="kserve"))
    off = replace(PLAIN, traffic="kserve", rollout=RolloutOverrides(baseline=False))
    assert not policy(model, off).baseline


def test_users_are_counted_by_the_header_that_the_version_names() -> None:
    assert policy(MODEL, PLAIN).unit is None
    by_user = replace(MODEL, rollout=replace(MODEL.rollout, unit=Unit("X-User-Id")))
    assert policy(by_user, PLAIN) == replace(OWN, unit="X-User-Id")
