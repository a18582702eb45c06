"""Engines x traffic x scalers x GPUs: each renders what the API accepts, or fails with a values path."""

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest

pytestmark = pytest.mark.slow

TRIGGER = {"type": "prometheus", "metadata": {"query": "up", "threshold": "1"}}
SCALERS = {
    "none": {},
    "hpa": {"kind": "hpa"},
    "keda": {"kind": "keda", "minReplicas": 0, "keda": {"triggers": [TRIGGER]}},
}
SHARED = {"sharedResource": "nvidia.com/gpu.shared"}
GPUS = {
    "none": {},
    "whole": {"kind": "whole"},
    "mig": {"kind": "mig", "migProfile": "1g.10gb"},
    "time-slicing": {"kind": "time-slicing", **SHARED},
    "mps": {"kind": "mps", **SHARED},
    "dra": {"kind": "dra", "dra": {"deviceClassName": "gpu.example.com"}},
}
ENGINES = ("ort", "triton", "kserve")
TRAFFIC = ("gateway-api", "istio", "kserve")


def releases(chart):
    """Stable alone, in mid-canary, a dark first version, and one version on both tracks."""
    same = {"stable": chart.track(1, chart.stable, 99), "canary": chart.track(1, chart.stable, 1)}
    return [
        chart.tracks(None),
        chart.tracks(50),
        {"tracks": {"stable": None, "canary": chart.track(2, chart.canary, 0)}},
        {"tracks": same},
    ]


def test_every_combination(chart):
    some = releases(chart)
    combinations = list(product(ENGINES, TRAFFIC, SCALERS, GPUS))

    def outcome(numbered):
        number, (engine, traffic, scaler, gpu) = numbered
        values = chart.values(engine, traffic=traffic, autoscaling=SCALERS[scaler], gpu=GPUS[gpu])
        try:
            # Every fourth release: all 648 would take a minute, and the four go round the 162.
            return chart.render({**values, **some[number % len(some)]})
        except chart.Refused as refused:
            return str(refused)

    with ThreadPoolExecutor(4) as pool:
        outcomes = dict(zip(combinations, pool.map(outcome, enumerate(combinations)), strict=True))
    for (engine, traffic, scaler, gpu), found in outcomes.items():
        what = f"{engine} {traffic} {scaler} {gpu}"
        wrong = (engine == "kserve") != (traffic == "kserve")
        wrong |= engine == "kserve" and (scaler != "none" or gpu == "dra")
        if wrong:
            assert isinstance(found, str), what
            assert re.search(r"^- [a-z][A-Za-z.]+: [^;]+; .+$", found, re.MULTILINE), found
            continue
        assert not isinstance(found, str), f"{what}: {found}"
        _sound(chart, found, what)
    accepted = [found for found in outcomes.values() if not isinstance(found, str)]
    assert len(accepted) == 2 * 2 * 3 * 6 + 5
    together = type(accepted[0])("\n---\n".join(found.text for found in accepted), {})
    assert chart.judged(together) == []


def _sound(chart, found, what):
    targets = [one["spec"]["scaleTargetRef"]["name"] for one in found.of("HorizontalPodAutoscaler")]
    targets += [one["spec"]["scaleTargetRef"]["name"] for one in found.of("ScaledObject")]
    assert len(targets) == len(set(targets)), what
    for deployment in found.of("Deployment"):
        scaled = deployment["metadata"]["name"] in targets
        assert scaled != ("replicas" in deployment["spec"]), what
    pods = [one["spec"]["template"]["metadata"]["labels"].items() for one in found.of("Deployment")]
    for service in found.of("Service"):
        assert sum(service["spec"]["selector"].items() <= labels for labels in pods) == 1, what
    for route in found.of("HTTPRoute"):
        names = {ref["name"] for rule in route["spec"]["rules"] for ref in rule["backendRefs"]}
        assert all(f"Service/{name}" in found for name in names), what
    for name, container in found.containers():
        devices = [one for one in container["resources"].get("limits", {}) if "/" in one]
        assert len(devices) + len(container["resources"].get("claims", [])) <= 1, f"{what}: {name}"
