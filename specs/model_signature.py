"""A model's signature as OpenSSF Model Signing has it: a Sigstore bundle of an in-toto statement. Pure.

The statement lists every file of the model's directory with its SHA-256, and its subject is the SHA-256 of
these digests in their order (github.com/sigstore/model-transparency; the bundle's version 0.3 is that of
github.com/sigstore/protobuf-specs). So `model_signing verify key` reads what `sluice sign`
writes, and the other way round.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sluicegate.specs.errors import SluiceError
from sluicegate.specs.keys import pae, signed

if TYPE_CHECKING:
    from sluicegate.specs.keys import PublicKey

FILE = "model.sig"
"""The signature's file, in the model's directory."""
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
PAYLOAD = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://model_signing/signature/v1.0"
LARGEST = 4 << 20
"""Bytes of a signature's file that are read: 1,000 files take a tenth of it."""
_AGAIN = "sign the model again: `sluice sign MODEL --signing-key FILE`"


class SignatureProblem(SluiceError):
    """A signature that is none, or that no trusted key made."""


def statement(model: str, digests: Mapping[str, str]) -> bytes:
    """What is signed: the files by their paths below the model's directory, each `sha256:...`."""
    resources = [
        {"name": name, "algorithm": "sha256", "digest": digest.removeprefix("sha256:")}
        for name, digest in sorted(digests.items())
    ]
    content = {
        "_type": STATEMENT,
        "subject": [{"name": model, "digest": {"sha256": _root(resources)}}],
        "predicateType": PREDICATE,
        "predicate": {
            "serialization": {
                "method": "files",
                "hash_type": "sha256",
                "allow_symlinks": False,
                "ignore_paths": [FILE],
            },
            "resources": resources,
        },
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _root(resources: list[dict[str, str]]) -> str:
    return hashlib.sha256(b"".join(bytes.fromhex(one["digest"]) for one in resources)).hexdigest()


def to_sign(payload: bytes) -> bytes:
    """The bytes that the signature is over."""
    return pae(PAYLOAD, payload)


def bundle(payload: bytes, signature: bytes, public_key: bytes) -> bytes:
    """The file's bytes; the key is named by the SHA-256 of its PEM, as the format has it."""
    content = {
        "mediaType": BUNDLE,
        "verificationMaterial": {
            "publicKey": {"hint": hashlib.sha256(public_key).hexdigest()},
            "tlogEntries": [],
        },
        "dsseEnvelope": {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": PAYLOAD,
            "signatures": [{"sig": base64.b64encode(signature).decode(), "keyid": ""}],
        },
    }
    return json.dumps(content, indent=2).encode() + b"\n"


def faults(data: bytes, keys: Mapping[str, PublicKey], digests: Mapping[str, str]) -> Iterator[str]:
    """How the files differ from what is signed, a sentence each; nothing where they are the same.

    Raises SignatureProblem for what is no signature in this format, or one that none of the keys made.
    """
    listed = _signed_files(data, keys)
    for name in sorted({*listed, *digests}):
        if name not in digests:
            yield f"{name} is signed, and is not there"
        elif name not in listed:
            yield f"{name} is not signed"
        elif f"sha256:{listed[name]}" != digests[name]:
            yield f"{name} has {digests[name]}, and sha256:{listed[name]} is signed"


def _signed_files(data: bytes, keys: Mapping[str, PublicKey]) -> dict[str, str]:
    """By path, the SHA-256 of what is signed, as hex."""
    if len(data) > LARGEST:
        raise SignatureProblem(f"{FILE} has {len(data):,} bytes, more than {LARGEST:,}", _AGAIN)
    try:
        outer = json.loads(data)
        envelope = outer["dsseEnvelope"]
        payload = base64.b64decode(envelope["payload"], validate=True)
        signatures = [base64.b64decode(one["sig"], validate=True) for one in envelope["signatures"]]
        kinds = (outer["mediaType"], envelope["payloadType"])
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error) as problem:
        raise SignatureProblem(f"{FILE} is no Sigstore bundle with a statement in it", _AGAIN) from problem
    if kinds != (BUNDLE, PAYLOAD):
        raise SignatureProblem(f"{FILE} is of the type {str(kinds[0])[:80]!r}, and not {BUNDLE}", _AGAIN)
    if not any(signed(key, to_sign(payload), one) for key in keys.values() for one in signatures):
        raise SignatureProblem(
            f"none of the {len(keys)} trusted keys signed {FILE}", "sign it with a key that is trusted"
        )
    return _files(payload)


def _files(payload: bytes) -> dict[str, str]:
    try:
        content = json.loads(payload)
        (subject,) = content["subject"]
        resources: list[dict[str, Any]] = content["predicate"]["resources"]
        found = {str(one["name"]): str(one["digest"]) for one in resources}
        kinds = (content["_type"], content["predicateType"], content["predicate"]["serialization"]["method"])
        algorithms = {one["algorithm"] for one in resources}
        root = _root(resources)
        right = subject["digest"]["sha256"] == root and len(found) == len(resources)
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        raise SignatureProblem(f"the statement in {FILE} is none of a model", _AGAIN) from problem
    if kinds != (STATEMENT, PREDICATE, "files") or algorithms - {"sha256"}:
        raise SignatureProblem(
            f"the statement in {FILE} is of another kind: it has to list files by sha256",
            "sign with `model_signing sign key` as it is, or with `sluice sign`",
        )
    if not right:
        raise SignatureProblem(f"the statement in {FILE} contradicts itself", _AGAIN)
    return found
