from __future__ import annotations

from pathlib import Path

import pytest

from sluicegate.gate.simulate.policy_file import read
from sluicegate.specs.yamlio import InputError

ROOT = Path(__file__).parents[3]
ROLLOUT = b"""steps: [5, 100]
gates:
  - {metric: error_rate, margin: 0.02, tolerance: 0.004}
  - {metric: slow_requests, over_ms: 50, margin: 0.03}
min_requests: 7
window: 5s
"""


def test_the_rollout_of_a_model_is_a_policy():
    policy = read(ROLLOUT, "policy.yaml")
    assert policy.steps == (5, 100)
    assert [(gate.name, gate.margin, gate.harmful_above) for gate in policy.gates] == [
        ("error_rate", 0.02, 0.004),
        ("slow_requests", 0.03, 0.015),
    ]
    assert (policy.min_requests, policy.window.total_seconds(), policy.alpha) == (7, 5.0, 0.05)


def test_so_is_a_whole_model():
    path = ROOT / "models/flight-delay/model.yaml"
    policy = read(path.read_bytes(), str(path))
    assert [(gate.name, gate.kinds) for gate in policy.gates][-1] == ("score_drift", 10)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ROLLOUT.replace(b"0.02", b"2"), r"policy.yaml:3:"),
        (ROLLOUT.replace(b"steps", b"stops"), r"policy.yaml:1:.*stops"),
        (ROLLOUT.replace(b"error_rate", b"errors"), r"policy.yaml:3:"),
        (b"steps: [5, 100]\n", r"gates"),
        (b"[1, 2]\n", r"policy.yaml"),
        (ROLLOUT + b"  - {metric: score_drift, margin: 0.1}\n", r"policy.yaml"),
        (b"gates: [{metric: score_drift, margin: 0.1}]\n", r"policy.yaml:1:.*the model declares none"),
        (ROLLOUT.replace(b"[5, 100]", b"[50, 10]"), r"policy.yaml:1:.*10 comes after 50"),
        (ROLLOUT + b"pauses: [{weight: 3}]\n", r"policy.yaml:7:.*3 % is not a step"),
        (ROLLOUT.replace(b"slow_requests, over_ms: 50", b"error_rate"), r"policy.yaml:4:.*two gates"),
        (b"gates: [{metric: cost}]\n", r"policy.yaml:1:.*every entry is shown only"),
        (
            b"gates: [{metric: input_drift, columns: {d: {edges: [1], reference: [0.5]}}}]\n",
            r"policy.yaml:1:.*no input column 'd'",
        ),
    ],
)
def test_what_is_wrong_is_named(text, message):
    with pytest.raises(InputError, match=message):
        read(text, "policy.yaml")
