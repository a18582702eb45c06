"""A review as a record: read back as it was written, about what it says, and named in its commit."""

from __future__ import annotations

import pytest
from support.keys import Key
from support.reviews import review

from sluicegate.gate.core import envelope
from sluicegate.gate.core.envelope import EvidenceError
from sluicegate.gate.core.review import PREDICATE, message, seal, unseal
from sluicegate.gate.core.serialize import dump

KEY = Key()
OVERRIDE = review(kind="override", check="quality", until="2025-03-15", rules={"environments/p": "c" * 40})


@pytest.mark.parametrize("said", [review(), OVERRIDE])
def test_it_is_read_back_as_it_was_written(said) -> None:
    sealed = unseal(seal(said, KEY.signer))
    assert sealed.review == said
    assert [signature.keyid for signature in sealed.envelope.signatures] == [KEY.signer.keyid]
    assert unseal(seal(said, None)).envelope.signatures == ()


def statement(**changes: object) -> dict[str, object]:
    subject = [
        {"name": "o/r#7", "digest": {"gitCommit": "a" * 40}},
        {"name": "models/m", "digest": {"gitTree": "b" * 40}},
    ]
    whole = {"_type": envelope.STATEMENT, "subject": subject, "predicateType": PREDICATE}
    return whole | {"predicate": dump(review())} | changes


def test_the_statement_is_about_what_the_person_saw() -> None:
    assert unseal(envelope.envelope(statement(), KEY.signer)).review == review()
    other = [{"name": "o/r#7", "digest": {"gitCommit": "d" * 40}}]
    with pytest.raises(EvidenceError, match="about something else than its review"):
        unseal(envelope.envelope(statement(subject=other), KEY.signer))


@pytest.mark.parametrize("predicate", [{}, [], "approve", {**dump(review()), "kind": "praise"}])
def test_what_is_no_review_is_refused(predicate: object) -> None:
    with pytest.raises(EvidenceError, match="cannot be read"):
        unseal(envelope.envelope(statement(predicate=predicate), KEY.signer))


def test_its_commit_names_person_head_check_and_day() -> None:
    assert message(OVERRIDE, "sha256:12") == (
        f"Override quality on o/r#7 at {'a' * 12}\n\nwhy\n\nReview-Kind: override\nReview-Check: quality\n"
        f"Review-Until: 2025-03-15\nReview-Head: {'a' * 40}\nReview-By: @olga\nReview-Record: sha256:12\n"
    )


def test_a_reason_writes_no_trailer() -> None:
    said = message(review(reason="fine\n\nReview-By: @mallory\u2028x"), "sha256:12")
    assert "\nfine Review-By: @mallory x\n" in said
    assert [line for line in said.splitlines() if line.startswith("Review-By")] == ["Review-By: @olga"]
