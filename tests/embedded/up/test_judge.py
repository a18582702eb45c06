"""What `sluice up` judges itself waits for nobody else."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

from sluicegate.embedded.up.judge import Judge, _told
from sluicegate.embedded.up.screen import Screen
from sluicegate.gate.daemon.verdicts import Wanted
from sluicegate.specs.release import Version

NO_STATE: Any = None
"""It is not asked for."""
WANTED = Wanted("m", Version(1, "a" * 40, "sha256:1"), {})


def test_a_version_is_on_its_way_until_its_judgement_does_not_let_it_start(tmp_path: Path):
    judge = Judge(tmp_path, tmp_path, "models.git", tmp_path / "key", Screen(tmp_path / "log"))
    with closing(judge):
        before = judge.find(NO_STATE, WANTED)
        judge.refused.add(("m", "a" * 40))
        after = judge.find(NO_STATE, WANTED)
    assert (before.counts, before.asking, before.reason) == (False, True, "it is being judged here")
    assert (after.counts, after.asking) == (False, False)


def test_what_stops_a_version_is_told_with_its_remedy(tmp_path: Path):
    finding = {"check": "data-drift", "message": "deepchecks cannot be imported", "verdict": "error"}
    report = tmp_path / "m.json"
    report.write_text(
        json.dumps({"verdict": "error", "models": {}, "findings": [finding | {"remedy": "Use Python 3.12."}]})
    )
    told, good = _told(report, "m", 3, "")
    assert told.splitlines() == [
        "judged error",
        "  data-drift: deepchecks cannot be imported",
        "    remedy: Use Python 3.12.",
        f"  report: {tmp_path}/m.html",
    ]
    assert not good
