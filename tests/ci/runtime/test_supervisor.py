"""The supervisor follows commits in a real bare repository, and no stable request fails on the way."""

import subprocess
import urllib.error
import urllib.request

import pytest

NO_ARTIFACT = "sha256:" + "0" * 64


def test_finish_and_rollback_under_load_fail_no_request(
    world, running, load, samples, server_pids, gateway_counts
):
    one, two = world.version(1), world.version(2)
    world.release((one, 100))
    runtime = running()
    runtime.wait_for("m", {"stable": (1, 100)})
    sending = load(runtime.infer_url("m"), "--connections", "6", "--rate", "300")
    sending.progress()

    world.release((one, 100), (two, 0))
    runtime.wait_for("m", {"stable": (1, 100), "canary": (2, 0)})
    assert "canary" not in gateway_counts(runtime)  # dark: ready, and without traffic
    world.release((one, 50), (two, 50))
    runtime.wait_for("m", {"stable": (1, 50), "canary": (2, 50)})
    sending.progress()
    world.release((one, 100))  # rollback
    runtime.wait_for("m", {"stable": (1, 100)})
    sending.progress()
    world.release((one, 0), (two, 100))
    runtime.wait_for("m", {"stable": (1, 0), "canary": (2, 100)})
    sending.progress()
    world.release((two, 100))  # finish
    runtime.wait_for("m", {"stable": (2, 100)})
    sending.progress()

    sent = sending.finish()
    assert set(sent["by_status"]) == {"200"}
    assert set(sent["by_track"]) == {"stable", "canary"}
    assert gateway_counts(runtime) == sent["by_track"]
    labelled = [s for s in samples(runtime.server_metrics_url("m", "stable")) if "track" in s.labels]
    assert {(s.labels["track"], s.labels["digest"]) for s in labelled} == {("stable", two["digest"])}
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(runtime.server_metrics_url("m", "canary"))


def test_a_canary_that_cannot_start_gets_no_traffic_until_it_can(world, running, infer, until):
    one, two = world.version(1), world.version(2)
    world.release((one, 100))
    runtime = running()
    runtime.wait_for("m", {"stable": (1, 100)})
    world.release((one, 50), ({**two, "digest": NO_ARTIFACT}, 50))
    until(lambda: "ArtifactMissing" in runtime.log.read_text())
    assert runtime.tracks("m") == {"stable": (1, 100, True)}
    assert [infer(runtime)[1] for _ in range(10)] == ["stable"] * 10
    world.release((one, 50), (two, 50))
    runtime.wait_for("m", {"stable": (1, 50), "canary": (2, 50)})


def test_a_cold_start_with_a_broken_canary_still_serves_stable(world, running, infer, until):
    one, two = world.version(1), world.version(2)
    world.release((one, 50), ({**two, "digest": NO_ARTIFACT}, 50))
    runtime = running()
    until(lambda: runtime.tracks("m").get("stable", (0, 0, False))[2])
    answers = {(status, track) for status, track, _ in (infer(runtime) for _ in range(40))}
    assert answers == {(200, "stable"), (502, "canary")}


def test_an_unreadable_release_changes_nothing_and_a_removed_one_ends_serving(world, running, infer, until):
    one = world.version(1)
    world.release((one, 100))
    runtime = running()
    runtime.wait_for("m", {"stable": (1, 100)})
    world.write("environments/production/m/release.yaml", "tracks: [")
    until(lambda: "ReleaseUnreadable" in runtime.log.read_text())
    assert infer(runtime)[0] == 200
    world.write("environments/production/m/release.yaml", None)
    runtime.wait_for("m", {})
    assert infer(runtime)[0] == 404


def test_several_models_and_a_repository_by_url(world, running, infer):
    runtime = running(repository=f"file://{world.bare}")  # no main yet
    assert infer(runtime)[0] == 404
    one = world.version(1)
    three = world.version(3, model="n")
    world.release((one, 100))
    world.release(None, (three, 100), model="n")  # a first release
    subprocess.run(["git", "pack-refs", "--all"], cwd=world.bare, check=True)
    runtime.wait_for("m", {"stable": (1, 100)})
    runtime.wait_for("n", {"canary": (3, 100)})
    assert infer(runtime)[2]["outputs"][0]["data"] == pytest.approx([0.1])
    assert infer(runtime, model="n")[2]["outputs"][0]["data"] == pytest.approx([0.3])
