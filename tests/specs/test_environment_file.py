from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sluicegate.gate.metrics.base import gates
from sluicegate.specs.environment import EnvironmentSpec, GpuPool, Metrics, PolicyFloor, RolloutOverrides
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.model_file import load_model
from sluicegate.specs.policy import Gate, Policy, policy
from sluicegate.specs.yamlio import InputError, parse

ROOT = Path(__file__).parents[2]
PATH = "environments/production/environment.yaml"
ENVIRONMENT = """\
apiVersion: sluicegate.dev/v1
kind: Environment
metadata: {name: production}
spec:
  after: staging
  cluster: eu-1
  namespace: models
  traffic: gateway-api
  gpu_pool: {name: a100, nodes: 2, resources: {nvidia.com/gpu: 4}, memory: {nvidia.com/gpu: 80Gi}}
  freeze:
    - {from: "2026-12-23T00:00:00Z", until: "2027-01-02T08:00:00+01:00", reason: holidays}
  rollout: {steps: [5, 100], deadline: 7d}
  metrics: {source: prometheus, url: "http://prom.mon:9090/api", gateway: traefik, labels: {cluster: eu-1}}
"""


def load(text: str, path: str = PATH) -> EnvironmentSpec:
    return load_environment(parse(text.encode(), path))


def test_an_environment_as_people_write_it() -> None:
    spec = load(ENVIRONMENT)
    assert (spec.name, spec.after, spec.cluster, spec.namespace) == (
        "production",
        "staging",
        "eu-1",
        "models",
    )
    pool = GpuPool("a100", 2, {"nvidia.com/gpu": 4}, {"nvidia.com/gpu": "80Gi"})
    assert (spec.traffic, spec.gpu_pool) == ("gateway-api", pool)
    assert spec.rollout == RolloutOverrides(steps=(5, 100), deadline="7d")
    assert spec.metrics == Metrics("prometheus", "http://prom.mon:9090/api", {"cluster": "eu-1"}, "traefik")


def test_a_smoke_test_is_asked_unless_it_is_switched_off_by_name() -> None:
    assert load(ENVIRONMENT).smoke is True
    assert load(ENVIRONMENT.replace("spec:\n", "spec:\n  smoke: false\n")).smoke is False


def test_a_verdict_is_required_unless_the_environment_asks_for_nothing() -> None:
    assert load(ENVIRONMENT).require == ("verdict",)
    assert load(ENVIRONMENT.replace("spec:\n", "spec:\n  require: []\n")).require == ()
    with pytest.raises(InputError, match="require"):
        load(ENVIRONMENT.replace("spec:\n", "spec:\n  require: [verdicts]\n"))


def test_a_freeze_holds_from_its_first_moment_to_its_last() -> None:
    spec = load(ENVIRONMENT)
    assert spec.frozen(datetime(2026, 12, 22, 23, 59, 59, tzinfo=UTC)) is None
    assert spec.frozen(datetime(2026, 12, 23, tzinfo=UTC)) == "holidays"
    assert spec.frozen(datetime(2027, 1, 2, 6, 59, 59, tzinfo=UTC)) == "holidays"
    assert spec.frozen(datetime(2027, 1, 2, 7, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: production", "name: prod", "3:18: metadata.name: is called 'prod' in the directory "),
        ("after: staging", "after: production", "5:10: spec.after: comes after itself; "),
        ("traffic: gateway-api", "traffic: nginx", "8:12: spec.traffic: should be 'gateway-api', 'istio', "),
        ("nodes: 2", "nodes: 0", "9:33: spec.gpu_pool.nodes: should be greater than or equal to 1, not 0; "),
        (
            "memory: {nvidia.com/gpu: 8",
            "memory: {nvidia.com/gpus: 8",
            "9:77: spec.gpu_pool.memory[\"nvidia.com/gpus\"]: no node advertises 'nvidia.com/gpus'; ",
        ),
        (
            "memory: {nvidia.com/gpu: 80Gi}",
            "sharing: {nvidia.com/gpu: {kind: mps, replicas: 3}}",
            "9:64: spec.gpu_pool.resources[\"nvidia.com/gpu\"]: 4 units are not a whole number of GPUs of 3 ",
        ),
        ("from: ", "since: ", '11:7: spec.freeze[0]: from is missing; add it: the first moment'),
        ("23T00:00:00Z", "23", '11:14: spec.freeze[0].from: should be a moment with its time zone'),
        ("23T00:00:00Z", "23T00:00:00", "11:14: spec.freeze[0].from: should be a moment with its time zone"),
        ("12-23T", "13-23T", "11:14: spec.freeze[0].from: month must be in 1..12, "),
        ("2027-01-02", "2025-01-02", "11:45: spec.freeze[0].until: ends before it begins; "),
        ("steps: [5, 100]", "steps: [5, 50]", "12:24: spec.rollout.steps[1]: the last step is 50, not 100; "),
        ("steps: [5, 100]", "gates: []", "12:13: spec.rollout.gates: no such key; "),
        ("http://prom", "file:///prom", "13:38: spec.metrics.url: "),
        ("http://prom", "http://me:secret@prom", "13:38: spec.metrics.url: "),
        ("/api", "/api?token=x", "13:38: spec.metrics.url: "),
        ("source: prometheus", "source: datadog", "13:21: spec.metrics.source: should be 'scrape' or "),
        ("  namespace: models\n", "", "4:1: spec: namespace is missing; add it: lower-case letters"),
    ],
)  # fmt: skip
def test_what_is_refused_says_where_and_how_to_mend_it(old: str, new: str, said: str) -> None:
    assert ENVIRONMENT.count(old) == 1
    with pytest.raises(InputError) as caught:
        load(ENVIRONMENT.replace(old, new))
    assert [line for line in str(caught.value).splitlines() if line.startswith(f"{PATH}:{said}")], (
        caught.value
    )


@pytest.mark.parametrize("traffic", ["gateway-api", "istio"])
def test_what_measures_a_gateway_of_a_cluster_is_its_prometheus(traffic: str) -> None:
    text = ENVIRONMENT.replace("gateway-api", traffic)
    with pytest.raises(
        InputError, match=r"13:21: spec.metrics.source: reads the embedded .*; write `source: p"
    ):
        load(text.replace("source: prometheus", "source: scrape"))
    for measured in ("gateway: sluice, ", ""):
        with pytest.raises(
            InputError, match=f"13:.*'sluice' is the embedded router.* by {traffic}; write `gatew"
        ):
            load(text.replace("gateway: traefik, ", measured))
    with pytest.raises(InputError) as caught:
        load(text.replace("source: prometheus", "source: scrape").replace("gateway: traefik, ", ""))
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("traffic", ["kserve", "embedded"])
def test_kserve_s_revisions_are_recorded_as_the_router_s(traffic: str) -> None:
    text = ENVIRONMENT.replace("gateway-api", traffic).replace("gateway: traefik, ", "")
    assert load(text).metrics.gateway == "sluice"


def test_the_committed_environments_follow_one_another() -> None:
    order = []
    for name in ("dev", "staging", "production"):
        path = f"environments/{name}/environment.yaml"
        order.append(load((ROOT / path).read_text(), path))
    assert [spec.after for spec in order] == [None, "dev", "staging"]
    assert [spec.rollout.steps for spec in order] == [(100,), (100,), (1, 5, 25, 50, 100)]


MODEL = f"""\
apiVersion: sluicegate.dev/v1
kind: Model
metadata: {{name: m, owners: [me]}}
spec:
  version: 1
  task: regression
  artifact: {{path: model.onnx, sha256: "sha256:{"0" * 64}"}}
  signature:
    inputs: [{{name: x, dtype: float32, shape: [n]}}]
    outputs: [{{name: y, dtype: float32, shape: [n]}}]
  data:
    reference: {{path: a, sha256: "sha256:{"0" * 64}"}}
    evaluation: {{path: b, sha256: "sha256:{"0" * 64}"}}
    label: y
  rollout: {{gates: [{{metric: error_rate, margin: 0.01}}], steps: [10, 100], min_seconds: 5, alpha: 0.1}}
"""


def test_the_environment_wins_over_the_model() -> None:
    model = load_model(parse(MODEL.encode(), "models/m/model.yaml"), gates=gates(), sections={})
    gate = (Gate("error_rate", 0.01, at_most=0.5),)
    plain = load(ENVIRONMENT.replace("  rollout: {steps: [5, 100], deadline: 7d}\n", ""))
    assert policy(model, plain) == Policy((10, 100), gate, 20, 5.0, timedelta(hours=24), 0.1, smoke=True)
    assert policy(model, load(ENVIRONMENT)) == Policy(
        (5, 100), gate, 20, 5.0, timedelta(days=7), 0.1, smoke=True
    )
    zero = load(ENVIRONMENT.replace("deadline: 7d", "min_requests: 0, min_seconds: 0"))
    assert policy(model, zero) == Policy((5, 100), gate, 0, 0.0, timedelta(hours=24), 0.1, smoke=True)


def floored(rollout: str, floor: str) -> str:
    written = ENVIRONMENT.replace("{steps: [5, 100], deadline: 7d}", rollout)
    return written + f"  policy: {floor}\n"


def test_a_floor_is_what_every_release_is_judged_by_at_least() -> None:
    spec = load(
        floored("{}", "{steps: [1, 10, 100], margins: {error_rate: 0.005}, deadline: 8h, alpha: 0.01}")
    )
    assert spec.policy == PolicyFloor(
        steps=(1, 10, 100), margins={"error_rate": 0.005}, deadline="8h", alpha=0.01
    )


@pytest.mark.parametrize(
    ("rollout", "floor", "message"),
    [
        ("{deadline: 7d}", "{deadline: 24h}", "7d is looser than the floor's 24h, and would never count"),
        ("{min_requests: 5}", "{min_requests: 20}", "5 is looser than the floor's 20"),
        ("{steps: [50, 100]}", "{steps: [5, 100]}", "is looser than the floor's"),
        ("{}", "{steps: [5, 50]}", "the last step is 50, not 100"),
        ("{}", "{margins: {error_rate: 2}}", "margins"),
    ],
)
def test_what_the_environment_sets_below_its_own_floor_is_refused(
    rollout: str, floor: str, message: str
) -> None:
    with pytest.raises(InputError) as refused:
        load(floored(rollout, floor))
    assert message in str(refused.value)


def test_what_the_environment_sets_above_its_floor_is_taken() -> None:
    assert load(floored("{deadline: 4h, min_requests: 50}", "{deadline: 24h, min_requests: 20}"))
