"""release.yaml as a values file: what of it is rendered, and what a step of a release changes."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import yaml

from sluicegate.specs.release import CounterDelta, Release, Step, Tally, Traffic, Version
from sluicegate.specs.release_file import render as release_text

UNUSED = {
    "started", "since", "stable_since", "baseline", "counts",
    "history", "rejected", "hold", "hotfix", "approved", "released",
}  # fmt: skip
NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def rest(chart, tmp_path_factory):
    """The values of people: all but the release."""
    return file_of(chart, tmp_path_factory, chart.values())


@pytest.fixture(scope="module", params=["hpa", "keda"])
def scaled(request, chart, tmp_path_factory):
    """The same with a scaler and a recommender."""
    triggers = [{"type": "prometheus", "metadata": {"query": "up"}}] if request.param == "keda" else []
    scaling = {"kind": request.param, "minReplicas": 3, "vpaHint": True, "keda": {"triggers": triggers}}
    return file_of(chart, tmp_path_factory, chart.values(autoscaling=scaling))


def file_of(chart, tmp_path_factory, values):
    for key in ("metadata", "tracks"):
        del values[key]
    path = tmp_path_factory.mktemp("values") / "values.yaml"
    path.write_text(yaml.safe_dump(values))
    return path


@pytest.fixture(scope="module")
def released(chart, rest, tmp_path_factory):
    """Renders a release as the gate writes it."""

    def run(people=rest, **change):
        base = Release(
            model=chart.model, environment="production", stable=Version(1, chart.revision(1), chart.stable),
            canary=Version(2, chart.revision(2), chart.canary), weight=25, started=NOW, since=NOW,
            counts=(), history=(), rejected=(), hold=None,
        )  # fmt: skip
        path = tmp_path_factory.mktemp("release") / "release.yaml"
        path.write_bytes(release_text(replace(base, **change)))
        return chart.render(people, path)

    return run


def test_only_counts_change_and_nothing_else_does(released):
    step = Step(5, Traffic(95, 5), {"error_rate": Tally(CounterDelta(100, 5, (0,), (1,)))})
    assert released(counts=(step,), since=None).text == released().text


def test_the_weight_changes_the_route_and_the_size_of_the_canary_alone(released):
    before, after = released(weight=25), released(weight=75)
    changed = {name for name in after.objects if before[name] != after[name]}
    assert changed == {"HTTPRoute/flight-delay", "Deployment/flight-delay-v2-22222222"}
    shares = [ref["weight"] for ref in after["HTTPRoute/flight-delay"]["spec"]["rules"][-1]["backendRefs"]]
    assert shares == [25, 75]


def test_finishing_moves_no_pod(chart, released):
    new = Version(2, chart.revision(2), chart.canary)
    before, after = released(weight=100), released(stable=new, canary=None, weight=0)
    name = "Deployment/flight-delay-v2-22222222"
    assert before[name] == after[name]
    assert (
        after["Service/flight-delay-stable"]["spec"]["selector"]["sluicegate.dev/artifact"] == "v2-22222222"
    )
    assert "Service/flight-delay-canary" not in after


SCALING = ("HorizontalPodAutoscaler", "ScaledObject", "VerticalPodAutoscaler", "PodDisruptionBudget")


def test_finishing_puts_no_second_scaler_over_the_pods(chart, released, scaled):
    """What a sync applies, and what is still there until it prunes, target each Deployment once."""
    new = Version(2, chart.revision(2), chart.canary)
    before = released(scaled, weight=100)
    after = released(scaled, stable=new, canary=None, weight=0)
    for kind in SCALING:
        there = {one["metadata"]["name"]: targets(one) for one in before.of(kind)}
        there |= {one["metadata"]["name"]: targets(one) for one in after.of(kind)}
        assert len(set(there.values())) == len(there), f"{kind}: {there}"
        for one in after.of(kind):
            assert one == before[f"{kind}/{one['metadata']['name']}"], kind
            assert "sluicegate.dev/track" not in one["metadata"]["labels"]
            assert (
                one["metadata"]["name"]
                == one["metadata"]["labels"]["sluicegate.dev/model"]
                + "-"
                + (one["metadata"]["labels"]["sluicegate.dev/artifact"])
            )
    assert {one["kind"] for one in after.objects.values()} & set(SCALING)


def targets(found):
    spec = found["spec"]
    target = spec.get("scaleTargetRef") or spec.get("targetRef") or spec["selector"]["matchLabels"]
    return tuple(sorted(target.items()))


def test_rolling_back_leaves_stable_as_it_was(released):
    before, after = released(weight=50), released(canary=None, weight=0)
    for name in ("Deployment/flight-delay-v1-11111111", "Service/flight-delay-stable"):
        assert before[name] == after[name]
    assert "Deployment/flight-delay-v2-22222222" not in after


def test_without_a_version_nothing_serves(chart, released):
    assert released(stable=None, canary=None, weight=0, started=None, since=None).objects == {}


def test_the_first_version_is_dark_and_then_has_all(released):
    for weight in (0, 100):
        rendered = released(stable=None, weight=weight)
        (backend,) = rendered["HTTPRoute/flight-delay"]["spec"]["rules"][0]["backendRefs"]
        assert (backend["name"], backend["weight"]) == ("flight-delay-canary", weight)
        assert rendered["Deployment/flight-delay-v2-22222222"]["spec"]["replicas"] == 2


def test_one_version_on_both_tracks_has_one_set_of_pods(chart):
    tracks = {"stable": chart.track(1, chart.stable, 90), "canary": chart.track(1, chart.stable, 10)}
    rendered = chart.render(chart.values(autoscaling={"kind": "hpa"}, tracks=tracks))
    assert len(rendered.of("Service")) == 2
    for kind in ("Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget"):
        assert len(rendered.of(kind)) == 1, kind


def test_names_and_labels(chart):
    rendered = chart.render(chart.values(monitoring={"serviceMonitor": {"enabled": True}}))
    for found in rendered.objects.values():
        labels = found["metadata"]["labels"]
        assert labels["app.kubernetes.io/name"] == "onnx-serving"
        assert labels["app.kubernetes.io/instance"] == labels["sluicegate.dev/model"] == chart.model
        assert labels["sluicegate.dev/environment"] == "production"
        assert "app.kubernetes.io/managed-by" in labels
        assert found["metadata"]["namespace"] == chart.namespace
    for kind in ("Service", "ServiceMonitor"):
        tracks = {found["metadata"]["labels"]["sluicegate.dev/track"] for found in rendered.of(kind)}
        assert tracks == {"stable", "canary"}, kind
    deployment = rendered["Deployment/flight-delay-v2-22222222"]
    origin = {"sluicegate.dev/digest": chart.canary, "sluicegate.dev/revision": chart.revision(2)}
    for found in (deployment, deployment["spec"]["template"], rendered["Service/flight-delay-canary"]):
        assert origin.items() <= found["metadata"]["annotations"].items()
    for found in (deployment, deployment["spec"]["template"]):
        assert found["metadata"]["labels"]["sluicegate.dev/version"] == "2"
    selector = deployment["spec"]["selector"]["matchLabels"]
    assert rendered["Service/flight-delay-canary"]["spec"]["selector"] == selector
    assert set(selector) == {"app.kubernetes.io/name", "sluicegate.dev/model", "sluicegate.dev/artifact"}


def test_a_service_selects_the_servers_alone(chart):
    """Neither the pods of prepull nor that of the test: they are ready, and would be sent requests."""
    rendered = chart.render(chart.values(prepull={"enabled": True}))
    selectors = [found["spec"]["selector"].items() for found in rendered.of("Service")]
    others = [rendered["Pod/flight-delay-test"], *(job["spec"]["template"] for job in rendered.of("Job"))]
    assert len(others) == 3
    for pod in others:
        assert not any(selector <= pod["metadata"]["labels"].items() for selector in selectors)


@pytest.mark.parametrize("digest", ["1" * 64, "12345678" * 8, "1e234567" * 8])
def test_digests_of_digits_stay_text(chart, digest):
    digest = f"sha256:{digest}"
    rendered = chart.render(
        chart.values(tracks={"stable": {**chart.track(1, digest, 75), "revision": "1" * 40}})
    )
    found = rendered[f"Deployment/flight-delay-v1-{digest[7:15]}"]
    for metadata in (found["metadata"], found["spec"]["template"]["metadata"]):
        assert metadata["annotations"]["sluicegate.dev/digest"] == digest
        assert metadata["annotations"]["sluicegate.dev/revision"] == "1" * 40


def test_waves(chart):
    gpu = {"kind": "dra", "dra": {"deviceClassName": "gpu.example.com"}}
    more = {
        "gpu": gpu,
        "prepull": {"enabled": True},
        "preview": {"enabled": True},
        "route": {"domain": "a.b"},
    }
    more |= {"autoscaling": {"kind": "hpa"}}
    waves: dict[str, set[str]] = {}
    values = chart.values("triton", **more)
    for found in chart.render(values, namespace="preview-7-flight-delay").objects.values():
        annotations = found["metadata"].get("annotations", {})
        waves.setdefault(annotations.get("argocd.argoproj.io/sync-wave", "none"), set()).add(found["kind"])
    assert waves == {
        "-1": {"Namespace", "ResourceQuota", "ResourceClaimTemplate"},
        "0": {"Deployment", "Job", "NetworkPolicy"},
        "1": {"Service", "HorizontalPodAutoscaler", "PodDisruptionBudget", "HTTPRoute", "GRPCRoute"},
        "none": {"Pod"},
    }


def test_the_unused_keys_are_those_that_no_template_reads(chart):
    texts = "\n".join(path.read_text() for path in (chart.path / "templates").rglob("*.*"))
    unused = {
        key for key in chart.defaults if f".Values.{key}" not in texts and f"$values.{key}" not in texts
    }
    assert unused == UNUSED | {"apiVersion", "kind"}
