"""A third track: stable's version again, on pods as many and as fresh as the canary's."""

import pytest

NAME = "Deployment/flight-delay-v1-11111111-baseline"


def beside(chart, weight=25, engine="ort", **more):
    tracks = {
        "stable": chart.track(1, chart.stable, 100 - 2 * weight),
        "canary": chart.track(2, chart.canary, weight),
        "baseline": chart.track(1, chart.stable, weight),
    }
    return chart.values(engine, tracks=tracks, **more)


@pytest.mark.parametrize(("weight", "pods"), [(1, 1), (5, 1), (25, 2), (33, 3)])
def test_it_has_as_many_pods_as_the_canary_and_stable_keeps_all(chart, weight, pods):
    rendered = chart.render(beside(chart, weight, replicas=8))
    sizes = {one["metadata"]["name"]: one["spec"]["replicas"] for one in rendered.of("Deployment")}
    assert sizes == {
        "flight-delay-v1-11111111": 8,
        "flight-delay-v1-11111111-baseline": pods,
        "flight-delay-v2-22222222": pods,
    }


def test_its_pods_are_its_own_and_serve_stables_artifact(chart):
    rendered = chart.render(beside(chart))
    stable = rendered["Deployment/flight-delay-v1-11111111"]["spec"]
    own = rendered[NAME]["spec"]
    assert own["selector"] != stable["selector"]
    assert (
        own["template"]["spec"]["initContainers"][0]["args"]
        == (stable["template"]["spec"]["initContainers"][0]["args"])
    )
    service = rendered["Service/flight-delay-baseline"]
    assert service["spec"]["selector"] == own["selector"]["matchLabels"]
    assert service["metadata"]["annotations"]["sluicegate.dev/digest"] == chart.stable
    assert service["metadata"]["labels"]["sluicegate.dev/track"] == "baseline"


def test_the_route_has_three_weights(chart):
    rendered = chart.render(beside(chart, 5))
    backends = rendered["HTTPRoute/flight-delay"]["spec"]["rules"][-1]["backendRefs"]
    assert {one["name"]: one["weight"] for one in backends} == {
        "flight-delay-stable": 90, "flight-delay-baseline": 5, "flight-delay-canary": 5,
    }  # fmt: skip
    istio = chart.render(beside(chart, 5, traffic="istio"))
    routes = istio["VirtualService/flight-delay"]["spec"]["http"][-1]["route"]
    assert [one["weight"] for one in routes] == [90, 5, 5]
    assert "DestinationRule/flight-delay-baseline" in istio


def test_a_scaler_of_its_own_has_the_canarys_bounds(chart):
    rendered = chart.render(beside(chart, autoscaling={"kind": "hpa", "minReplicas": 3, "maxReplicas": 40}))
    bounds = {
        one["metadata"]["name"]: (one["spec"]["minReplicas"], one["spec"]["maxReplicas"])
        for one in rendered.of("HorizontalPodAutoscaler")
    }
    assert bounds["flight-delay-v1-11111111-baseline"] == bounds["flight-delay-v2-22222222"] == (3, 10)


def test_it_is_scraped_as_its_own_track(chart):
    rendered = chart.render(beside(chart, monitoring={"serviceMonitor": {"enabled": True}}))
    assert "ServiceMonitor/flight-delay-baseline" in rendered


def test_kserve_has_no_third_track(chart):
    with pytest.raises(chart.Refused, match=r"tracks\.baseline: is a third track, and KServe has two"):
        chart.render(beside(chart, engine="kserve"))


def test_another_artifact_than_stables_is_none(chart):
    values = beside(chart)
    values["tracks"]["baseline"]["digest"] = chart.canary
    with pytest.raises(chart.Refused, match=r"tracks\.baseline\.digest: is not that of stable"):
        chart.render(values)
