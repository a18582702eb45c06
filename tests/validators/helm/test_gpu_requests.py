from __future__ import annotations

import pytest

from sluicegate.specs.environment import GpuPool, Sharing
from sluicegate.specs.yamlio import InputError, parse
from sluicegate.validators.helm.gpu_packing import Need
from sluicegate.validators.helm.gpu_requests import bytes_of, peak_request, resource, unit_memory
from sluicegate.validators.helm.values import Values

CHART = b"""\
replicas: 2
autoscaling: {kind: none, maxReplicas: 10}
gpu: {kind: none, count: 1, resource: nvidia.com/gpu, migProfile: "", sharedResource: ""}
strategy: {kind: RollingUpdate, maxSurge: 1}
"""


def given(text: str) -> Values:
    own = parse(text.encode(), "environments/eu/m/values.yaml").checked()
    return Values((parse(CHART, "charts/onnx-serving/values.yaml").checked(), own))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("replicas: 1", None),
        ("gpu: {kind: whole}", "nvidia.com/gpu"),
        ("gpu: {kind: whole, resource: amd.com/gpu}", "amd.com/gpu"),
        ("gpu: {kind: mig, migProfile: 1g.10gb}", "nvidia.com/mig-1g.10gb"),
        ("gpu: {kind: time-slicing, sharedResource: nvidia.com/gpu.shared}", "nvidia.com/gpu.shared"),
        ("gpu: {kind: mps, sharedResource: nvidia.com/gpu}", "nvidia.com/gpu"),
        ("gpu: {kind: dra, dra: {deviceClassName: gpu.nvidia.com}}", "gpu.nvidia.com"),
    ],
)
def test_what_a_pod_asks_for(text, name) -> None:
    assert resource(given(text)) == name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gpu: {kind: whole}", (1, 2, 1, 2)),
        ("gpu: {kind: whole, count: 4}\nreplicas: 10", (4, 10, 3, 2)),
        ("gpu: {kind: whole}\nautoscaling: {kind: keda, maxReplicas: 8}", (1, 8, 2, 2)),
        ("gpu: {kind: whole}\nstrategy: {kind: Recreate}", (1, 2, 1, 0)),
        ("gpu: {kind: whole}\nreplicas: 4\nstrategy: {maxSurge: '50%'}", (1, 4, 1, 3)),
    ],
)
def test_the_pods_at_the_worst_moment(text, expected) -> None:
    assert peak_request("m", given(text), (5, 25)) == Need("m", "nvidia.com/gpu", *expected)
    assert peak_request("m", given(text), (5, 100)).canary == expected[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "gpu: {kind: half}",
            "m/values.yaml:1:13: gpu.kind: no kind of GPU is called 'half'; name one of none, whole",
        ),
        ("gpu: {kind: whole, count: 0}", "1:27: gpu.count: 0 is not a whole number from 1"),
        ("gpu: {kind: whole}\nreplicas: 1000000000", "2:11: replicas: 1000000000 is not a whole number"),
        ("gpu: {kind: whole}\nreplicas: true", "2:11: replicas: True is not a whole number"),
        (
            "gpu: {kind: whole}\nstrategy: {maxSurge: lots}",
            "2:22: strategy.maxSurge: 'lots' is neither a number",
        ),
        ("gpu: {kind: mps}", "onnx-serving/values.yaml:3:87: gpu.sharedResource: '' names nothing"),
    ],
)
def test_a_value_that_cannot_be_counted_is_named_with_its_line(text, said) -> None:
    with pytest.raises(InputError) as caught:
        peak_request("m", given(text), (100,))
    assert said in str(caught.value)


def test_the_memory_of_a_unit() -> None:
    pool = GpuPool(
        "a100",
        1,
        {"nvidia.com/gpu": 4, "nvidia.com/gpu.shared": 4, "nvidia.com/mig-1g.10gb": 7},
        {"nvidia.com/gpu": "80Gi", "nvidia.com/gpu.shared": "80Gi"},
        {"nvidia.com/gpu.shared": Sharing("mps", 4)},
    )
    assert unit_memory(pool, "nvidia.com/gpu") == (80 << 30, 80 << 30)
    assert unit_memory(pool, "nvidia.com/gpu.shared") == (80 << 30, 20 << 30)
    assert unit_memory(pool, "nvidia.com/mig-1g.10gb") == (None, None)
    assert bytes_of("512Mi") == 512 << 20
    with pytest.raises(ValueError, match="not a number of Mi or Gi"):
        bytes_of("4G")


def test_surge_saves_no_pod_at_the_worst_moment_which_is_the_way_back() -> None:
    whole = "gpu: {kind: whole}\nreplicas: 4"
    surged = given(f"{whole}\nsurge: {{enabled: true, maxExtra: 1}}")
    assert peak_request("m", surged, (25, 100)) == peak_request("m", given(whole), (25, 100))


def test_a_baselines_pods_are_counted() -> None:
    text = "gpu: {kind: whole}\nreplicas: 8"
    assert peak_request("m", given(text), (5, 25), baseline=True) == Need("m", "nvidia.com/gpu", 1, 8, 4, 3)
