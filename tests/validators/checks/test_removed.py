from __future__ import annotations

from pathlib import Path

import pytest

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

    def judged(changed=GONE, **releases: bytes):
        for side in ("head", "base"):
            (tmp_path / side).mkdir()
        for name, text in releases.items():
            file = tmp_path / f"base/environments/{name}/m/release.yaml"
            file.parent.mkdir(parents=True)
            file.write_bytes(text)
        return list(model_removed(WorkTree(tmp_path / "head"), WorkTree(tmp_path / "base"), changed))

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


def test_a_change_that_takes_no_model_away_says_so(judge) -> None:
    (found,) = judge(changed=changes(["README.md"]))
    assert (found.verdict, found.message) == (Verdict.PASS, "no model is removed")
