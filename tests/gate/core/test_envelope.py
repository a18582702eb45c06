"""Envelopes: what they hold, what is signed, and what is none."""

from __future__ import annotations

import base64
import json

import pytest

from sluicegate.gate.core.envelope import (
    EARLIER,
    PREDICATE,
    STATEMENT,
    EvidenceError,
    digest,
    envelope,
    open_envelope,
    state_after,
)
from sluicegate.specs.keys import pae


def statement(previous="sha256:before", predicate_type=PREDICATE):
    predicate = {"provenance": {"previous": previous}, "decision": {"release": {"weight": 5}}}
    return {"_type": STATEMENT, "predicateType": predicate_type, "predicate": predicate}


@pytest.mark.parametrize(
    "sealed",
    [b"", b"[]", b"null", b"{}", b'{"payload": "%%%"}', b'{"payload": "bnVsbA=="}', b"\xff", b"[" * 100_000],
)
@pytest.mark.parametrize("reading", [open_envelope, state_after])
def test_what_is_no_envelope_is_refused(sealed, reading):
    with pytest.raises(EvidenceError):
        reading(sealed)


def test_a_statement_of_another_type_is_refused():
    other = envelope(statement(predicate_type="https://slsa.dev/provenance/v1"))
    with pytest.raises(EvidenceError, match="not the gate's evidence"):
        open_envelope(other)
    assert open_envelope(other, ("https://slsa.dev/provenance/v1",)).previous == "sha256:before"


def test_what_is_signed_is_the_encoding_of_the_dsse_specification():
    # The example of github.com/secure-systems-lab/dsse, protocol.md.
    assert (
        pae("http://example.com/HelloWorld", b"hello world")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


class Stamp:
    """Signs by repeating what is signed."""

    def __init__(self, keyid):
        self.keyid = keyid

    def sign(self, data):
        return self.keyid.encode() + data


def test_each_signer_signs_the_payload_as_it_is_encoded():
    sealed = envelope(statement(), Stamp("one"), Stamp("two"))
    payload = base64.b64decode(json.loads(sealed)["payload"])
    signed = pae("application/vnd.in-toto+json", payload)
    opened = open_envelope(sealed)
    assert opened.signed == signed
    assert [(one.keyid, one.value) for one in opened.signatures] == [
        ("one", b"one" + signed),
        ("two", b"two" + signed),
    ]
    assert opened.statement == statement()


def test_equal_statements_have_one_digest_whatever_the_order_of_their_keys():
    turned = dict(reversed(statement().items()))
    assert digest(envelope(turned)) == digest(envelope(statement()))
    assert digest(envelope(statement("sha256:other"))) != digest(envelope(statement()))


@pytest.mark.parametrize("previous", [7, "", ["sha256:0"]])
def test_a_record_that_does_not_say_which_came_before_it_is_refused(previous):
    with pytest.raises(EvidenceError, match="came before"):
        _ = open_envelope(envelope(statement(previous))).previous


def test_the_first_record_comes_after_none_and_one_of_an_earlier_rule_is_known_as_such():
    assert open_envelope(envelope(statement(None))).previous is None
    assert not open_envelope(envelope(statement())).earlier
    assert open_envelope(envelope(statement(predicate_type=EARLIER[-1]))).earlier


def test_the_state_after_a_decision_is_that_of_its_release():
    assert state_after(envelope(statement())) == {"weight": 5}
