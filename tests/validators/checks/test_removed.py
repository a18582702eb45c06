from __future__ import annotations

from pathlib import Path

import pytest
from support.specs import model_yaml

from sluicegate.ci.model_reader import load
from sluicegate.specs.release import Release, Version
from sluicegate.specs.release_file import render
from sluicegate.specs.tree import WorkTree
from sluicegate.validators.checks.removed import model_removed
from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.submission.changes import changes

GONE = changes(["models/m/model.yaml"])
V1 = Version(1, "a" * 40, "sha256:" + "1" * 64)


@pytest.fixture
def judge(tmp_path: Path):
    """The findings where models/m is gone, and the base has these bytes of release.yaml, by environment."""

    def judged(changed=GONE, models: dict[str, bytes] | None = None, **releases: bytes):
        for side in ("head", "base"):
            (tmp_path / side).mkdir()
        for name, text in releases.items():
            file = tmp_path / f"base/environments/{name}/m/release.yaml"
            file.parent.mkdir(parents=True)
            file.write_bytes(text)
        for path, text in (models or {}).items():
            file = tmp_path / path / "model.yaml"
            file.parent.mkdir(parents=True)
            file.write_bytes(text)
        return list(model_removed(WorkTree(tmp_path / "head"), WorkTree(tmp_path / "base"), changed, load))

    return judged


@pytest.mark.parametrize("track", ["stable", "canary"])
def test_a_model_with_any_track_is_kept(judge, track) -> None:
    (found,) = judge(eu=render(Release("m", "eu", **{track: V1})))
    assert (found.verdict, found.path) == (Verdict.FAIL, "models/m/model.yaml")
    assert found.message == "models/m is removed, and eu still serves it"


def test_a_release_that_cannot_be_read_is_taken_for_one_that_serves(judge) -> None:
    (found,) = judge(eu=b"kind: x\n", us=render(Release("m", "us")))
    assert found.message == "models/m is removed, and eu still serves it"


def test_a_model_that_no_track_serves_can_go(judge) -> None:
    (found,) = judge(eu=render(Release("m", "eu")))
    assert (found.verdict, found.message) == (
        Verdict.PASS,
        "models/m is removed, and no environment serves it",
    )


RENAMED = changes(["models/m/model.yaml", "models/n/model.yaml"])


def under_another_name() -> dict[str, bytes]:
    """What `git mv models/m models/n` leaves, with the artifact that both have."""
    old = model_yaml("m", 1)
    return {"base/models/m": old, "head/models/n": old.replace(b"name: m", b"name: n")}


def test_a_model_that_is_served_keeps_its_name(judge) -> None:
    (found,) = judge(RENAMED, under_another_name(), eu=render(Release("m", "eu", stable=V1)))
    assert found.verdict is Verdict.FAIL
    assert found.message == "models/m is renamed to models/n, and eu still serves it"
    assert found.remedy.startswith("Leave models/m where it is, and bring models/n beside it as a new model")


def test_another_model_in_the_same_change_is_no_new_name(judge) -> None:
    models = {"base/models/m": model_yaml("m", 1), "head/models/n": model_yaml("n", 1)}
    (found,) = judge(RENAMED, models, eu=render(Release("m", "eu", stable=V1)))
    assert found.message == "models/m is removed, and eu still serves it"
    assert found.remedy is None


def test_what_nobody_serves_may_be_called_otherwise(judge) -> None:
    (found,) = judge(RENAMED, under_another_name())
    assert (found.verdict, found.message) == (
        Verdict.PASS,
        "models/m is renamed to models/n, and no environment serves it",
    )


def test_a_change_that_takes_no_model_away_says_so(judge) -> None:
    (found,) = judge(changed=changes(["README.md"]))
    assert (found.verdict, found.message) == (Verdict.PASS, "no model is removed")
