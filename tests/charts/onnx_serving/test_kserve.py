"""Engine kserve: one InferenceService, of which KServe splits the traffic."""


def service(chart, weight, **more):
    rendered = chart.render(chart.values("kserve", weight, **more))
    assert rendered.kinds() == {"InferenceService"}
    assert chart.judged(rendered) == []
    return rendered["InferenceService/flight-delay"]


def test_the_canary_is_the_newest(chart):
    found = service(chart, 25)
    assert found["spec"]["predictor"]["canaryTrafficPercent"] == 25
    assert found["metadata"]["annotations"]["sluicegate.dev/digest"] == chart.canary


def test_without_a_canary_stable_has_all(chart):
    found = service(chart, None)
    assert "canaryTrafficPercent" not in found["spec"]["predictor"]
    assert found["metadata"]["annotations"]["sluicegate.dev/digest"] == chart.stable


def test_finishing_changes_no_specification_but_the_percentage(chart):
    at_100 = service(chart, 100)["spec"]["predictor"]
    tracks = {"stable": chart.track(2, chart.canary, 100), "canary": None}
    done = service(chart, 100, tracks=tracks)["spec"]["predictor"]
    assert {**done, "canaryTrafficPercent": 100} == at_100


def test_the_artifact_is_checked(chart):
    predictor = service(chart, 25)["spec"]["predictor"]
    (fetch,) = predictor["initContainers"]
    assert {"--layout=triton", "--into=/mnt/models", f"--digest={chart.canary}"} <= set(fetch["args"])
    assert "storageUri" not in predictor["model"], "KServe's own download checks no digest"
    assert {"name": "models", "mountPath": "/mnt/models", "readOnly": True} in predictor["model"][
        "volumeMounts"
    ]


def test_gpu(chart):
    predictor = service(chart, 25, gpu={"kind": "mig", "migProfile": "1g.10gb"})["spec"]["predictor"]
    assert predictor["model"]["resources"]["limits"]["nvidia.com/mig-1g.10gb"] == 1
