"""Keys that sign evidence in tests; made anew in each run."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from sluicegate.gate.adapters.signing import KeySigner

ED25519 = "ed25519"
P256 = "p256"


class Key:
    """A key pair, and what signs with it."""

    def __init__(self, kind: str = ED25519) -> None:
        self.key = Ed25519PrivateKey.generate() if kind == ED25519 else generate_ec(SECP256R1())
        self.signer = KeySigner(self.key)

    @property
    def private(self) -> bytes:
        """PEM without a pass phrase."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def encrypted(self) -> bytes:
        """PEM under a pass phrase."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))

    @property
    def public(self) -> bytes:
        """PEM."""
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
