"""The supervisor follows commits in a real bare repository, and no stable request fails on the way."""

import urllib.error
import urllib.request
from dataclasses import replace

import pytest

NO_ARTIFACT = "sha256:" + "0" * 64


def test_finish_and_rollback_under_load_fail_no_request(
    world, running, load, samples, server_pids, gateway_counts
):
    one, two = world.version(1), world.version(2)
    world.release(one)
    runtime = running()
    runtime.wait_for("m", {"stable": (1, 100)})
    sending = load(runtime.infer_url("m"), "--connections", "6", "--rate", "300")
    sending.progress()

    world.release(one, two, 0)
    runtime.wait_for("m", {"stable": (1, 100), "canary": (2, 0)})
    assert "canary" not in gateway_counts(runtime)  # dark: ready, and without traffic
    world.release(one, two, 50)
    runtime.wait_for("m", {"stable": (1, 50), "canary": (2, 50)})
    sending.progress()
    world.release(one)  # rollback
    runtime.wait_for("m", {"stable": (1, 100)})
    sending.progress()
    world.release(one, two, 100)
    runtime.wait_for("m", {"stable": (1, 0), "canary": (2, 100)})
    sending.progress()
    world.release(two)  # finish
    runtime.wait_for("m", {"stable": (2, 100)})
    sending.progress()

    sent = sending.finish()
    assert set(sent["by_status"]) == {"200"}
    assert set(sent["by_track"]) == {"stable", "canary"}
    assert gateway_counts(runtime) == sent["by_track"]
    labelled = [s for s in samples(runtime.server_metrics_url("m", "stable")) if "track" in s.labels]
    assert {(s.labels["track"], s.labels["digest"]) for s in labelled} == {("stable", two.digest)}
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(runtime.server_metrics_url("m", "canary"))


def test_a_canary_that_cannot_start_gets_no_traffic_until_it_can(world, running, infer, until):
    one, two = world.version(1), world.version(2)
    world.release(one)
    runtime = running()
    runtime.wait_for("m", {"stable": (1, 100)})
    world.release(one, replace(two, digest=NO_ARTIFACT), 50)
    until(lambda: "ArtifactMissing" in runtime.log.read_text())
    assert runtime.tracks("m") == {"stable": (1, 100, True)}
    assert [infer(runtime)[1] for _ in range(10)] == ["stable"] * 10
    world.release(one, two, 50)
    runtime.wait_for("m", {"stable": (1, 50), "canary": (2, 50)})


def test_a_cold_start_with_a_broken_canary_still_serves_stable(world, running, infer, until):
    one, two = world.version(1), world.version(2)
    world.release(one, replace(two, digest=NO_ARTIFACT), 50)
    runtime = running()
    until(lambda: runtime.tracks("m").get("stable", (0, 0, False))[2])
    answers = {(status, track) for status, track, _ in (infer(runtime) for _ in range(40))}
    assert answers == {(200, "stable"), (502, "canary")}


def test_an_unreadable_release_changes_nothing_and_a_removed_one_ends_serving(world, running, infer, until):
    one = world.version(1)
    world.release(one)
    runtime = running()
    runtime.wait_for("m", {"stable": (1, 100)})
    world.write("environments/production/m/release.yaml", "tracks: [")
    until(lambda: "release of m: InputError" in runtime.log.read_text())
    assert infer(runtime)[0] == 200
    world.write("environments/production/m/release.yaml", None)
    runtime.wait_for("m", {})
    assert infer(runtime)[0] == 404


def test_several_models_and_a_repository_by_url(world, running, infer):
    runtime = running(repository=f"file://{world.bare}")  # no main yet
    assert infer(runtime)[0] == 404
    one = world.version(1)
    three = world.version(3, model="n")
    world.release(one)
    world.release(None, three, 100, model="n")  # a first release
    world.git.run("pack-refs", "--all")
    runtime.wait_for("m", {"stable": (1, 100)})
    runtime.wait_for("n", {"canary": (3, 100)})
    assert infer(runtime)[2]["outputs"][0]["data"] == pytest.approx([0.1])
    assert infer(runtime, model="n")[2]["outputs"][0]["data"] == pytest.approx([0.3])


RELEASE_OF_N = "environments/production/n/release.yaml"


def test_nonsense_of_one_model_leaves_the_others_served(world, running, infer, until):
    """From the start and later on; each logged once, and the model is served when its file is fixed."""
    world.write(RELEASE_OF_N, "[" * 3000)
    one, two = world.version(1), world.version(2)
    world.release(one)
    runtime = running()
    runtime.wait_for("m", {"stable": (1, 100)})
    texts = [
        "][",
        "hello",
        "a: !!bool zz",
        'second: !!int ""',
        'a: "\\UFFFFFFFF"',
        "!!omap 3",
        b"\xff\0",
        b" " * 2**21,
    ]
    for number, text in enumerate(texts, start=2):
        world.write(RELEASE_OF_N, text)
        until(lambda number=number: runtime.log.read_text().count("release of n: InputError") == number)
        assert infer(runtime)[0] == 200
    world.release(one, two, 50)  # the model itself is still released, and n's fault not logged again
    runtime.wait_for("m", {"stable": (1, 50), "canary": (2, 50)})
    three = world.version(3, model="n")
    world.release(three, model="n")
    runtime.wait_for("n", {"stable": (3, 100)})
    assert runtime.log.read_text().count("release of n:") == 1 + len(texts)
    assert infer(runtime)[0] == 200


def test_descriptions_that_cannot_be_served_leave_the_others_served(world, describe, running, infer, until):
    descriptions = {
        "deep": "[" * 3000,
        "surrogate": describe(
            "surrogate", 3, NO_ARTIFACT, artifact={"path": "\ud800", "sha256": NO_ARTIFACT}
        ),
        "null": describe("null", 4, NO_ARTIFACT, artifact={"path": "model.onnx\0", "sha256": NO_ARTIFACT}),
        "gone": describe("gone", 5, NO_ARTIFACT, artifact={"path": "gone.onnx", "sha256": NO_ARTIFACT}),
        "mapping": describe("mapping", 6, NO_ARTIFACT, score={"output": {"a": 1}}),
        "argument": describe("argument", 7, NO_ARTIFACT, score={"output": "\ud800"}),
    }
    for version, (model, description) in enumerate(descriptions.items(), start=2):
        track = world.version(version, model=model)
        track = replace(track, revision=world.write(f"models/{model}/model.yaml", description))
        world.release(track, model=model)
    world.release(world.version(1))
    runtime = running()
    runtime.wait_for("m", {"stable": (1, 100)})
    for model in descriptions:
        until(lambda model=model: runtime.log.read_text().count(f"{model}-stable-") >= 4)  # tried twice
        assert infer(runtime, model=model)[0] == 502
    assert infer(runtime)[0] == 200


def test_what_is_not_there_leaves_the_others_served(world, running, infer, until):
    broken = {
        "revision": replace(world.version(2, model="revision"), revision="f" * 40),
        "digest": replace(world.version(3, model="digest"), digest=NO_ARTIFACT),
    }
    for model, track in broken.items():
        world.release(track, model=model)
    world.release(world.version(1))
    runtime = running()
    runtime.wait_for("m", {"stable": (1, 100)})
    for model in broken:
        until(lambda model=model: f"{model}-stable-" in runtime.log.read_text())
        assert infer(runtime, model=model)[0] == 502
    assert infer(runtime)[0] == 200
    for model in broken:
        world.write(f"models/{model}", None)
        world.write(f"environments/production/{model}", None)
        runtime.wait_for(model, {})
    assert infer(runtime)[0] == 200


def test_a_removed_model_is_served_until_its_release_is_and_an_environment_may_come_back(
    world, running, infer
):
    one, three = world.version(1), world.version(3, model="n")
    world.release(one)
    world.release(three, model="n")
    runtime = running()
    for model, version in (("m", 1), ("n", 3)):
        runtime.wait_for(model, {"stable": (version, 100)})
    world.write("models/n", None)
    two = world.version(2)
    world.release(one, two, 50)
    runtime.wait_for("m", {"stable": (1, 50), "canary": (2, 50)})
    assert infer(runtime, model="n")[0] == 200
    world.write("environments", None)
    for model in ("m", "n"):
        runtime.wait_for(model, {})
    world.release(two)
    runtime.wait_for("m", {"stable": (2, 100)})
    assert infer(runtime)[0] == 200
