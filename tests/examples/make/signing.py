"""The signature of a model of the examples: by a key that is always the same, so that its bytes are."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sluicegate.ci.signed_models import sign_model
from sluicegate.gate.adapters.signing import KeySigner
from sluicegate.specs.tree import WorkTree

_KEY = Ed25519PrivateKey.from_private_bytes(b"no secret: a key of the examples")
PUBLIC = _KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def sign(case: Path) -> None:
    """Sign models/tiny of an example as it is on disk."""
    sign_model(WorkTree(case), "tiny", KeySigner(_KEY))
