"""Every hostile pull request is refused by the check that is for it, with its cause named."""

import json

import pytest
from click.testing import CliRunner

from hostile.judged import refusals
from hostile.pull import every_pull, new_base, opened
from sluicegate.ci.__main__ import main

PULLS = list(every_pull())
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return new_base(tmp_path_factory.mktemp("hostile") / "base")


@pytest.mark.parametrize("pull", [pytest.param(pull, id=f"{pull.threat}: {pull.name}") for pull in PULLS])
def test_it_is_refused_with_its_cause(pull, base, tmp_path):
    root = opened(pull, base, tmp_path / "work").root
    words = ["validate", "-C", str(root), "--no-cache", "--changed", "origin/main..topic", "--format", "json"]
    result = CliRunner().invoke(main, words)
    found = refusals(json.loads(result.stdout))
    assert result.exit_code == 1
    assert any(check == pull.check and pull.says in message for check, message in found), found
