"""Sound pull requests pass: what is stricter, or none of the judge's, stops nothing."""

import json

import pytest
from click.testing import CliRunner
from support.extras import needs_deepchecks

from hostile.judged import refusals
from hostile.pull import Pull, new_base, opened
from hostile.sound import SOUND
from sluicegate.ci.__main__ import main

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return new_base(tmp_path_factory.mktemp("sound") / "base")


@needs_deepchecks
@pytest.mark.parametrize("change", SOUND.values(), ids=SOUND)
def test_it_passes(change, base, tmp_path):
    root = opened(Pull("sound", "", "", "", change), base, tmp_path / "work").root
    words = ["validate", "-C", str(root), "--no-cache", "--changed", "origin/main..topic", "--format", "json"]
    result = CliRunner().invoke(main, words)
    assert refusals(json.loads(result.stdout)) == []
    assert result.exit_code == 0
