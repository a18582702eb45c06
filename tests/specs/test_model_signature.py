"""A signature is over every file, and says which differ; what is none is refused by name."""

from __future__ import annotations

import base64
import json

import pytest
from support.keys import P256, Key

from sluicegate.specs.keys import public_keys
from sluicegate.specs.model_signature import (
    LARGEST,
    SignatureProblem,
    bundle,
    faults,
    statement,
    to_sign,
)

FILES = {"model.onnx": f"sha256:{'ab' * 32}", "data/rows.csv": f"sha256:{'cd' * 32}"}
KEY = Key(P256)
TRUSTED = public_keys(KEY.public, "models.pub")


def signed_by(key: Key, payload: bytes) -> bytes:
    return bundle(payload, key.signer.sign(to_sign(payload)), key.public)


SIGNED = signed_by(KEY, statement("tiny", FILES))


def altered(**values: object) -> bytes:
    """A statement that says otherwise, under a right signature."""
    content = {**json.loads(statement("tiny", FILES)), **values}
    return signed_by(KEY, json.dumps(content).encode())


def test_the_same_files_are_signed() -> None:
    assert list(faults(SIGNED, TRUSTED, FILES)) == []


def test_each_file_that_is_changed_new_or_gone_is_named() -> None:
    now = {"model.onnx": f"sha256:{'00' * 32}", "train.py": f"sha256:{'11' * 32}"}
    assert list(faults(SIGNED, TRUSTED, now)) == [
        "data/rows.csv is signed, and is not there",
        f"model.onnx has sha256:{'00' * 32}, and sha256:{'ab' * 32} is signed",
        "train.py is not signed",
    ]


def test_another_key_or_another_statement_under_the_signature_is_not_trusted() -> None:
    with pytest.raises(SignatureProblem, match="none of the 1 trusted keys"):
        list(faults(signed_by(Key(P256), statement("tiny", FILES)), TRUSTED, FILES))
    outer = json.loads(SIGNED)
    outer["dsseEnvelope"]["payload"] = base64.b64encode(statement("tiny", {})).decode()
    with pytest.raises(SignatureProblem, match="none of the 1 trusted keys"):
        list(faults(json.dumps(outer).encode(), TRUSTED, {}))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no Sigstore bundle"),
        (b"[" * 100_000, "no Sigstore bundle"),
        (b'{"dsseEnvelope": []}', "no Sigstore bundle"),
        (b" " * (LARGEST + 1), "more than"),
        (SIGNED.replace(b"v0.3", b"v0.1"), "of the type"),
        (altered(predicateType="https://slsa.dev/provenance/v1"), "of another kind"),
        (altered(subject=[{"name": "tiny", "digest": {"sha256": "00" * 32}}]), "contradicts itself"),
        (altered(predicate={"resources": [{"name": "x"}]}), "none of a model"),
    ],
)
def test_what_is_no_such_signature_is_named(data: bytes, words: str) -> None:
    with pytest.raises(SignatureProblem, match=words):
        list(faults(data, TRUSTED, FILES))
