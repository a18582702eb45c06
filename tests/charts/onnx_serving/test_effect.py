"""Every value does something: another one renders other manifests, in at least one of some settings."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

pytestmark = pytest.mark.slow

TRIGGER = {"type": "prometheus", "metadata": {"query": "up"}}
ON = {"enabled": True}
SECRET = {"name": "secret"}
OTHER = "sha256:" + "9" * 64
SPOT = {**ON, "taint": {"key": "a", "value": "b"}, "label": {"key": "c", "value": "d"}}
MONITORING = {"serviceMonitor": ON, "prometheusRule": {**ON, "kube": True}}
NOTHING = {"stable": None, "canary": None}

SETTINGS: dict[str, dict[str, Any]] = {
    "triton": {
        "engine": "triton",
        "gpu": {"kind": "whole"},
        "autoscaling": {"kind": "hpa"},
        "spot": SPOT,
        "prepull": ON,
        "monitoring": MONITORING,
        "route": {"domain": "models.local"},
    },
    "preview": {"preview": ON, "route": {"domain": "models.local"}},
    "plain": {},
    "registry": {
        "artifacts": {
            "oci": {"repository": "localhost/a", "tokenSecret": SECRET},
            "tokenSecret": SECRET,
            "cache": {"hostPath": "/srv/c"},
        }
    },
    "keda": {"autoscaling": {"kind": "keda", "keda": {"triggers": [TRIGGER]}}},
    "fetch": {"images": {"fetch": {"repository": "localhost/f", "digest": "sha256:" + "4" * 64}}},
    "istio": {"traffic": "istio"},
    "shadow": {"shadow": {"mirror": "request-mirror", "percent": 50}},
    "mig": {"engine": "triton", "gpu": {"kind": "mig", "migProfile": "1g.10gb"}},
    "shared": {"engine": "triton", "gpu": {"kind": "mps", "sharedResource": "a.b/c"}},
    "dra": {"engine": "triton", "gpu": {"kind": "dra", "dra": {"deviceClassName": "a"}}},
    "kserve": {"engine": "kserve", "traffic": "kserve"},
    "cluster": {
        "tracks": NOTHING,
        "monitoring": {"dashboards": ON, "prometheusRule": {**ON, "allModels": True}},
    },
    "volume": {"artifacts": {"imageVolume": {**ON, "repository": "localhost/a"}}},
}

BASELINE = {"version": 1, "revision": "f" * 40, "digest": "sha256:" + "1" * 64}
SETTINGS["surge"] = {
    "surge": {**ON, "maxExtra": 2},
    "replicas": 16,
    "tracks": {"stable": {"weight": 50}, "canary": {"weight": 25}, "baseline": {**BASELINE, "weight": 25}},
}

CHANGED: dict[str, Any] = {  # where another number, or the opposite, is no other value
    "metadata.model": "other",
    "metadata.environment": "other",
    "tracks.stable": {"revision": "f" * 40},
    "tracks.canary": {"revision": "f" * 40},
    "tracks.baseline": {**BASELINE, "weight": 0},
    "engine": "triton",
    "traffic": "istio",
    "imagePullSecrets": [SECRET],
    "kserve.runtime": "other",
    **{f"images.{name}.repository": "localhost/other" for name in ("ort", "triton", "fetch")},
    **{f"images.{name}.digest": OTHER for name in ("ort", "triton", "fetch")},
    **{f"images.{name}.pullPolicy": "Always" for name in ("ort", "triton", "fetch")},
    "triton.instanceKind": "gpu",
    "triton.sharedMemory": "1Gi",
    "triton.extraArgs": ["--log-verbose=1"],
    "kserve.annotations": {"a": "b"},
    "artifacts.url": "http://other/raw",
    "artifacts.oci.repository": "localhost/other",
    **{f"artifacts.{at}tokenSecret.{key}": "other" for at in ("", "oci.") for key in ("name", "key")},
    "artifacts.redirectHosts": ["a.b"],
    "artifacts.cache.hostPath": "/srv/other",
    "artifacts.sizeLimit": "1Gi",
    "artifacts.imageVolume.enabled": False,
    "artifacts.imageVolume.repository": "localhost/other",
    "artifacts.imageVolume.digests": {"sha256:" + "1" * 64: OTHER},
    "artifacts.imageVolume.pullPolicy": "Always",
    "artifacts.resources": {"limits": {"memory": "1Gi"}},
    "gateway.name": "other",
    "gateway.namespace": "other",
    "gateway.sectionName": "https",
    "route.hostnames": ["other.example.com"],
    "route.domain": "other.local",
    "route.grpc.hostnames": ["other.example.com"],
    "route.headers": [{"name": "a", "value": "b", "track": "canary"}],
    "route.segments": [{"header": "a", "match": "regex", "value": "b", "track": "canary"}],
    "route.timeout": "7s",
    "istio.loadBalancer": "RANDOM",
    "istio.tlsMode": "DISABLE",
    "shadow.mirror": "request-mirror",
    "shadow.resources": {"limits": {"memory": "1Gi"}},
    "autoscaling.kind": "hpa",
    "autoscaling.hpa.metrics": [{"type": "Resource"}],
    "resources": {"limits": {"memory": "3Gi"}},
    "autoscaling.keda.triggers": [{**TRIGGER, "name": "other"}],
    "gpu.kind": "whole",
    "gpu.resource": "other.com/gpu",
    "gpu.migProfile": "2g.20gb",
    "gpu.sharedResource": "other.com/gpu",
    "gpu.toleration": "",
    "gpu.memLimitBytes": 1000,
    "gpu.arenaExtendStrategy": "same-as-requested",
    "gpu.dra.deviceClassName": "other",
    "gpu.dra.selectors": ["true"],
    "strategy.kind": "Recreate",
    "nodeSelector": {"a": "b"},
    "tolerations": [{"operator": "Exists"}],
    "affinity": {"podAffinity": {}},
    "topologySpread.topologyKeys": ["other"],
    "topologySpread.whenUnsatisfiable": "DoNotSchedule",
    "priorityClassName": "other",
    "runtimeClassName": "other",
    "spot.taint.effect": "NoExecute",
    **{f"spot.{at}.{key}": "other" for at in ("taint", "label") for key in ("key", "value")},
    "podAnnotations": {"a": "b"},
    "extraLabels": {"a": "b"},
    "extraEnv": [{"name": "A", "value": "b"}],
    "tmpSizeLimit": "1Gi",
    "serviceAccountName": "other",
    "networkPolicy.gatewayNamespaces": ["other"],
    "networkPolicy.gatewayCidrs": ["10.0.0.1/32"],
    "warmup.requests": 3,
    "networkPolicy.gateNamespaces": ["other"],
    "networkPolicy.monitoringNamespaces": ["other"],
    "networkPolicy.dnsNamespace": "other",
    "networkPolicy.fetch.cidrs": ["10.0.0.0/8"],
    "networkPolicy.fetch.ports": [8443],
    "networkPolicy.extraIngress": [{}],
    "networkPolicy.extraEgress": [{}],
    "monitoring.labels": {"a": "b"},
    "monitoring.serviceMonitor.interval": "7s",
    "monitoring.prometheusRule.gateway": "istio",
    "monitoring.prometheusRule.errorShare": 0.002,
    "monitoring.prometheusRule.slowMilliseconds": 50,
    "monitoring.dashboards.label": "other",
    "monitoring.dashboards.labelValue": "other",
    "preview.quota": {"pods": 3},
    "strategy.maxUnavailable": "50%",
}
WHOLE = {
    "kserve.annotations",
    "nodeSelector",
    "podAnnotations",
    "extraLabels",
    "monitoring.labels",
    "preview.quota",
    "affinity",
    "artifacts.resources",
    "resources",
    "shadow.resources",
    "artifacts.imageVolume.digests",
}


def leaves(values, at=()):
    for key, value in values.items():
        path = (*at, key)
        if isinstance(value, dict) and value and ".".join(path) not in WHOLE:
            yield from leaves(value, path)
        else:
            yield path


def changed(path: tuple[str, ...], value: Any) -> Any:
    name = ".".join(path)
    if name in CHANGED:
        return CHANGED[name]
    return not value if isinstance(value, bool) else value + 1


def unused(schema):
    """The keys that a release.yaml has for the gate alone, as the schema declares them."""
    of_the_gate = "Of release.yaml; used by no template."
    constant = {"apiVersion", "kind"}
    return constant | {
        key for key, value in schema["properties"].items() if value.get("description") == of_the_gate
    }


@pytest.mark.timeout(1200)  # helm renders some hundred times
def test_every_value_has_an_effect(chart):
    digests = {
        "artifacts": {"imageVolume": {"digests": {chart.stable: chart.image, chart.canary: chart.image}}}
    }
    bases = {}
    for name, setting in SETTINGS.items():
        values = chart.values(**setting)
        bases[name] = chart.merged(digests, values) if name == "volume" else values

    def text(values):
        try:
            return chart.render(values, kube="1.35.0", namespace="preview-7").text
        except chart.Refused:
            return None

    def useless(path):
        for base, plain in zip(bases.values(), texts, strict=True):
            there: Any = chart.merged(chart.defaults, base)
            for key in path:
                there = there[key]
            # The chosen value is that of no setting; a number or a switch is other than the setting's own.
            wanted: Any = changed(path, there)
            for key in reversed(path):
                wanted = {key: wanted}
            if text(chart.merged(base, wanted)) not in (None, plain):
                return None
        return ".".join(path)

    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(text, bases.values()))
        assert all(texts), "a setting is refused"
        used = [path for path in leaves(chart.defaults) if path[0] not in unused(chart.schema)]
        found = pool.map(useless, used)
        assert [name for name in found if name] == []
