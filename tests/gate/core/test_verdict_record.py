"""A verdict as a sealed record: it comes back as it was, and says of which files it is."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from support.keys import Key

from sluicegate.gate.core.envelope import EvidenceError
from sluicegate.gate.core.verdict_record import PREDICATE, RecordedVerdict, seal, unseal

KEY = Key()
VERDICT = RecordedVerdict(
    "m", "a" * 40, "waived", 3, "b" * 40, "c" * 40, datetime(2026, 11, 26, tzinfo=UTC), "@olga",
    "sluicegate 0.1.0", "unknown", ("quality", "spec-valid"), 2, ("latency: slow",),
)  # fmt: skip


def test_it_comes_back_as_it_was() -> None:
    sealed = seal(VERDICT, KEY.signer)
    assert unseal(sealed).verdict == VERDICT
    statement = json.loads(base64.b64decode(json.loads(sealed)["payload"]))
    assert statement["predicateType"] == PREDICATE
    assert statement["subject"] == [{"name": "models/m", "digest": {"gitTree": "a" * 40}}]


@pytest.mark.parametrize("sealed", [b"", b"{}", b"[]", b"\xff", b'{"payload": "e30=", "payloadType": "x"}'])
def test_what_is_no_verdict_is_refused(sealed: bytes) -> None:
    with pytest.raises(EvidenceError):
        unseal(sealed)
