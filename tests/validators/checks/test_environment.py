from __future__ import annotations

from pathlib import Path

import pytest
from support.specs import environment_yaml

from sluicegate.specs.repository import environments
from sluicegate.specs.tree import WorkTree
from sluicegate.validators.checks.environment import environment_valid
from sluicegate.validators.runner.finding import Verdict


@pytest.fixture
def judge(tmp_path: Path):
    """The finding on `name` in a repository of these environments: name -> the one that it comes after."""

    def judged(name: str, releases: tuple[str, ...] = (), base: tuple[str, ...] = (), **after: str | None):
        for side, paths in (("head", releases), ("base", base)):
            (tmp_path / side).mkdir()
            for path in paths:
                (tmp_path / side / path).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / side / path).write_text("# a release\n")
        for each, before in after.items():
            file = tmp_path / f"head/environments/{each}/environment.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(environment_yaml(each, after=before))
        tree = WorkTree(tmp_path / "head")
        (found,) = environment_valid(name, environments(tree), tree, WorkTree(tmp_path / "base"))
        return found

    return judged


def test_one_that_comes_after_another_passes(judge) -> None:
    found = judge("production", dev=None, production="dev")
    assert (found.verdict, found.message) == (Verdict.PASS, "production is valid")


def test_one_that_comes_after_nothing_is_refused_at_its_line(judge) -> None:
    found = judge("production", production="dev")
    assert (found.verdict, found.path, found.line) == (
        Verdict.FAIL,
        "environments/production/environment.yaml",
        9,
    )
    assert found.message == "spec.after: there is no environment 'dev' to come after"
    assert found.remedy == "name one of none, or leave `after` out"


def test_a_cycle_is_named_whole(judge) -> None:
    found = judge("dev", dev="production", production="staging", staging="dev")
    assert found.message == "spec.after: waits for itself: dev after production after staging after dev"


def test_one_that_leads_into_a_cycle_is_not_in_it(judge) -> None:
    assert judge("us", dev="production", production="dev", us="dev").verdict == Verdict.PASS


RELEASES = tuple(f"environments/eu/{model}/release.yaml" for model in "abcde")


@pytest.mark.parametrize("side", ["releases", "base"])
def test_one_with_releases_is_not_taken_away_on_whichever_side_they_are(judge, side) -> None:
    found = judge("eu", **{side: RELEASES})
    assert found.verdict == Verdict.FAIL
    assert found.message == f"eu is removed, and {', '.join(RELEASES[:3])} is there, with 2 more"
    assert found.path == "environments/eu/environment.yaml"


def test_one_without_a_release_can_be_taken_away(judge) -> None:
    found = judge("eu", base=("environments/us/a/release.yaml",))
    assert (found.verdict, found.message) == (Verdict.PASS, "eu is removed, and nothing is released there")


def test_a_caller_of_a_model_that_is_not_there_is_refused_at_its_line(tmp_path: Path) -> None:
    caller = '  callers: [{name: shop, models: [eta], contact: "@shop"}]\n'
    file = tmp_path / "environments/dev/environment.yaml"
    file.parent.mkdir(parents=True)
    file.write_bytes(environment_yaml("dev", extra=caller))
    tree = WorkTree(tmp_path)
    (found,) = environment_valid("dev", environments(tree), tree, None)
    assert (found.verdict, found.line) == (Verdict.FAIL, 10)
    assert found.message == "the caller 'shop' names 'eta', and there is no such model"
    (tmp_path / "models/eta").mkdir(parents=True)
    (tmp_path / "models/eta/model.yaml").write_text("")
    (found,) = environment_valid("dev", environments(tree), tree, None)
    assert found.verdict == Verdict.PASS
