"""A short run of `make race`, in a process of its own, for it forks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def test_writers_that_race_lose_no_promotion_and_make_none_twice():
    done = subprocess.run(
        [sys.executable, "-m", "crash.race", "4", "5"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT / 'tests'}{os.pathsep}{ROOT}"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    figures = dict(line.rsplit("  ", 1) for line in done.stdout.splitlines())
    counts = {name.strip(): value.strip() for name, value in figures.items()}
    assert (counts["promotions"], counts["lost"], counts["doubled"]) == ("20", "0", "0")
