"""Records that an earlier rule made: whole and in order they pass, and no forger hides behind their type."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.gate_scene import RELEASE, Scene
from support.tampering import KEYS, Stored, Victim, stored

from sluicegate.gate.adapters.git.repository import AUTHOR, EVIDENCE, MAIN
from sluicegate.gate.core import envelope

Edit = Callable[[dict[str, Any]], None]


def as_earlier(record: Stored, previous: str | None, number: int, edit: Edit | None = None) -> Stored:
    """The record as the earlier rule wrote it: neither parent nor revision, and no signature."""
    statement = json.loads(base64.b64decode(json.loads(record.sealed)["payload"]))
    statement["predicateType"] = envelope.EARLIER[0]
    predicate = statement["predicate"]
    del predicate["provenance"]
    predicate |= {"code": "sluicegate 0.0.9", "previous": previous}
    if edit is not None:
        edit(predicate)
    return stored(envelope.envelope(statement), number)


def by_the_earlier_rule(victim: Victim, edit: Edit | None = None) -> Victim:
    """As if the earlier rule had made all its decisions; `edit` changes the last record before sealing."""
    records = victim.records()
    decisions = victim.decisions()
    earlier: list[Stored] = []
    messages = {}
    for number, (record, commit) in enumerate(zip(records, decisions, strict=True), start=1):
        last = edit if number == len(records) else None
        earlier.append(as_earlier(record, earlier[-1].digest if earlier else None, number, last))
        messages[commit.sha] = commit.message.replace(record.digest, earlier[-1].digest)
    victim.rewrite_evidence(earlier)
    victim.rewrite_main(messages=messages)
    return victim


def test_a_history_of_the_earlier_rule_is_sound_and_is_not_decided_again(unsigned: Victim):
    report = by_the_earlier_rule(unsigned).verify()
    assert report.findings == []
    assert (report.earlier, report.replayed) == (report.decisions, 0)
    assert report.decisions > 1


def test_the_gate_goes_on_from_it_by_todays_rule(unsigned: Victim, tmp_path: Path):
    victim = by_the_earlier_rule(unsigned)
    scene = Scene(tmp_path, victim.bare)
    scene.merge_version(2)
    scene.tick_until_stable(2)
    report = victim.verify()
    assert report.findings == []
    assert report.earlier > 1 and report.replayed > 3


@pytest.mark.parametrize(
    "edit",
    [
        lambda predicate: predicate["decision"].update(kind="rollback"),
        lambda predicate: predicate["decision"]["release"].update(model="n"),
        lambda predicate: predicate["decision"]["before"].update(weight=7),
        lambda predicate: predicate.pop("decision"),
    ],
)
def test_a_record_that_says_another_thing_than_its_commit(edit: Edit, unsigned: Victim):
    victim = by_the_earlier_rule(unsigned, edit)
    (finding,) = victim.verify().findings
    assert (finding.kind, finding.commit) == ("other-trailers", victim.decisions()[-1].sha)


def test_a_record_that_does_not_name_the_one_before_it(unsigned: Victim):
    forget = {"previous": "sha256:" + "0" * 64}
    victim = by_the_earlier_rule(unsigned, lambda predicate: predicate.update(forget))
    (finding,) = victim.verify().findings
    assert (finding.kind, finding.record) == ("chain", victim.records()[-1].path)


def downgrade(victim: Victim) -> str:
    """The last decision as though the earlier rule had made it; the commit."""
    records = victim.records()
    decision = victim.decisions()[-1]
    text = victim.repository.read(decision.sha, RELEASE)
    forged = as_earlier(records[-1], records[-2].digest, len(records))
    victim.rewrite_evidence([*records[:-1], forged])
    victim.move(MAIN, decision.parents[0])
    message = decision.message.replace(records[-1].digest, forged.digest)
    return victim.commit({RELEASE: text}, message, MAIN, AUTHOR)


def test_behind_a_record_of_today_none_of_an_earlier_rule_is_accepted(unsigned: Victim):
    sha = downgrade(unsigned)
    (finding,) = unsigned.verify().findings
    assert (finding.kind, finding.commit) == ("earlier-rule", sha)


def test_where_keys_are_trusted_the_earlier_type_needs_a_signature_too(victim: Victim):
    sha = downgrade(victim)
    kinds = [(one.kind, one.commit) for one in victim.verify().findings]
    assert kinds == [("not-signed", sha), ("earlier-rule", sha)]
    assert KEYS in {entry.path for entry in victim.repository.entries(victim.tip())}
    assert len(victim.repository.log(victim.tip(EVIDENCE))) == len(victim.records())
