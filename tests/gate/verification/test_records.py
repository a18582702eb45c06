"""Evidence that was removed, put into another order, or changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.gate_scene import RELEASE
from support.tampering import Victim, edited, first, kinds, stored

from sluicegate.gate.adapters.git.repository import EVIDENCE


def test_evidence_that_is_gone(victim: Victim):
    victim.move(EVIDENCE, None)
    report = victim.verify()
    assert first(report) == ("evidence-missing", victim.decisions()[0].sha, RELEASE, None)
    assert len(report.findings) == 1


@pytest.mark.parametrize("number", [0, 4, -1])
def test_a_record_that_was_dropped(victim: Victim, number: int):
    records = victim.records()
    decision = victim.decisions()[number]
    del records[number]
    victim.rewrite_evidence(records)
    report = victim.verify()
    assert first(report) == ("record-missing", decision.sha, RELEASE, None)
    assert ("chain" in kinds(report)) == (number != -1)


def test_a_record_that_was_dropped_and_the_chain_closed_over_it(victim: Victim):
    records = victim.records()
    del records[4]
    victim.rewrite_evidence(victim.relinked(records, kept=4))
    report = victim.verify()
    assert first(report) == ("record-missing", victim.decisions()[4].sha, RELEASE, None)
    assert "chain" not in kinds(report)


def test_records_that_were_reordered(victim: Victim):
    records = victim.records()
    early, late = records[3], records[4]
    records[3:5] = [stored(late.sealed, 4), stored(early.sealed, 5)]
    victim.rewrite_evidence(records)
    report = victim.verify()
    assert first(report) == ("order", victim.decisions()[4].sha, RELEASE, records[3].path)
    assert kinds(report).count("chain") == 3


@pytest.mark.parametrize("renamed", [False, True])
def test_a_record_that_was_edited(victim: Victim, renamed: bool):
    records = victim.records()
    sealed = edited(records[6].sealed, lambda s: s["predicate"]["inputs"]["policy"].update(alpha=0.5))
    records[6] = stored(sealed, 7) if renamed else replace(records[6], sealed=sealed)
    victim.rewrite_evidence(records)
    kind = "record-missing" if renamed else "record-edited"
    report = victim.verify()
    assert first(report) == (kind, victim.decisions()[6].sha, RELEASE, None)
    assert "chain" in kinds(report)


def test_a_record_that_a_later_commit_changes_or_removes(victim: Victim):
    record = victim.records()[2]
    sha = victim.commit({record.path: record.sealed + b"\n"}, "Tidy up", EVIDENCE)
    report = victim.verify()
    assert first(report)[:2] == ("record-edited", victim.decisions()[2].sha)
    rewritten = report.findings[-1]
    assert (rewritten.kind, rewritten.commit, rewritten.file) == ("evidence-rewritten", sha, record.path)


def test_a_change_of_a_record_that_was_undone_is_still_told(victim: Victim):
    record = victim.records()[2]
    sha = victim.commit({record.path: b"{}"}, "Oops", EVIDENCE)
    back = victim.commit({record.path: record.sealed}, "Back", EVIDENCE)
    report = victim.verify()
    assert [(one.kind, one.commit) for one in report.findings] == [
        ("evidence-rewritten", sha),
        ("evidence-rewritten", back),
    ]


def test_a_stranger_among_the_records(victim: Victim):
    victim.commit({"evidence/production/m/notes.txt": b"x"}, "Notes", EVIDENCE)
    kind, _, file, _ = first(victim.verify())
    assert (kind, file) == ("chain", "evidence/production/m/notes.txt")
