"""What one release owes to others: bake time, and the cap on releases of an environment."""

from datetime import timedelta

from support.gate_scene import Scene
from support.specs import environment_yaml, model_yaml

from sluicegate.gate.daemon.company import Crowd

STAGING = "environments/staging/environment.yaml"


def test_a_crowd_has_room_until_as_many_run_as_may():
    assert Crowd(2, ("a",)).reason is None
    assert Crowd(2, ("a", "b")).reason == "no more than 2 may run here at a time, and these do: a, b"


def with_line(text: bytes, line: str) -> bytes:
    """The specification of an environment with one more line in its `spec`."""
    return text.replace(b"spec:\n", f"spec:\n  {line}\n".encode(), 1)


def test_no_more_releases_start_in_one_tick_than_may(scene: Scene):
    spec = with_line(environment_yaml("production"), "max_canaries: 1")
    scene.merge({"environments/production/environment.yaml": spec})
    for model in ("m", "n"):
        scene.merge({f"models/{model}/model.yaml": model_yaml(model)})
    first, second = scene.tick()
    assert (first.model, first.kind) == ("m", "advance")
    assert (second.model, second.kind) == ("n", "wait")
    assert "no more than 1 may run here at a time, and these do: m" in second.decision.reason
    for _ in range(40):
        first, second = scene.tick()
        if second.kind == "advance":
            break
    assert scene.release().stable is not None, "n starts once m is stable"
    assert second.kind == "advance"


def test_a_version_bakes_where_it_is_stable_before_it_goes_on(scene: Scene):
    after = with_line(with_line(environment_yaml("staging"), "after: production"), "bake: 1h")
    scene.merge({STAGING: after})
    scene.merge_version(1)
    reasons = [outcome for _ in range(10) for outcome in scene.tick() if outcome.environment == "staging"]
    baking = reasons[-1]
    assert baking.kind == "wait" and "bakes in the environment before until" in baking.decision.reason
    scene.clock.now += timedelta(hours=1)
    assert any(outcome.kind == "advance" for outcome in scene.tick() if outcome.environment == "staging")
