"""Keys of evidence: a private key that signs, and envelopes that the keys people trust have signed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sluicegate.gate.core.envelope import Envelope, Signature
from sluicegate.specs import keys
from sluicegate.specs.keys import GENERATE, KeyProblem, ecdsa, key_id, signed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from sluicegate.specs.keys import PublicKey

    PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey

__all__ = ["KeyProblem", "KeySigner", "TrustedKeys", "key_id", "public_keys", "signer"]

VARIABLE = "SLUICE_SIGNING_KEY"
"""The environment variable that holds a private key itself, as PEM."""


class KeySigner:
    """Signs with a private key in memory."""

    def __init__(self, key: PrivateKey) -> None:
        self._key = key
        self.keyid = key_id(key.public_key())

    @property
    def public(self) -> bytes:
        """The public key as PEM."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def elliptic(self) -> bool:
        """Whether it is of ECDSA, and not of Ed25519."""
        from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

        return isinstance(self._key, EllipticCurvePrivateKey)

    def sign(self, data: bytes) -> bytes:
        """The signature: 64 bytes of Ed25519, DER of ECDSA."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if isinstance(self._key, Ed25519PrivateKey):
            return self._key.sign(data)
        return self._key.sign(data, ecdsa())


@dataclass(frozen=True)
class TrustedKeys:
    """Public keys by their ids; any of them may have signed."""

    keys: Mapping[str, PublicKey]

    def signer_of(self, data: bytes, signatures: Iterable[Signature]) -> str | None:
        """The id of the first key that signed the data; None if none of them did.

        The id that a signature names is where the search begins and proves nothing.
        """
        for signature in signatures:
            hinted = [signature.keyid] if signature.keyid in self.keys else []
            for keyid in hinted or self.keys:
                if signed(self.keys[keyid], data, signature.value):
                    return keyid
        return None

    def signed(self, envelope: Envelope) -> bool:
        """Whether a record counts, a verdict as well as a review: one of these keys signed it.

        Where no key is named none counts: whoever may push a branch could have written it.
        """
        return self.signer_of(envelope.signed, envelope.signatures) is not None


def signer(file: Path | None) -> KeySigner | None:
    """What signs: the key of a file, else of the environment variable; None where neither is given.

    Raises KeyProblem.
    """
    if file is None:
        text = os.environ.get(VARIABLE, "")
        return _private_key(text.encode(), VARIABLE) if text.strip() else None
    try:
        return _private_key(file.read_bytes(), str(file))
    except OSError as error:
        raise KeyProblem(f"{file} cannot be read: {error.strerror}", "name a readable file") from error


def public_keys(pem: bytes, where: str) -> TrustedKeys:
    """All public keys of a file (`specs.keys`). Raises KeyProblem."""
    return TrustedKeys(keys.public_keys(pem, where))


def _private_key(pem: bytes, where: str) -> KeySigner:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return KeySigner(_usable_private(load_pem_private_key(pem, None), where))
    except TypeError as error:
        raise KeyProblem(
            f"the key of {where} is encrypted",
            "give it without a pass phrase (`openssl pkey -in KEY -out PLAIN`), and guard the file",
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyProblem(f"{where} holds no private key in PEM", GENERATE) from error


def _usable_private(key: object, where: str) -> PrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise KeyProblem(f"the key of {where} is neither Ed25519 nor ECDSA on P-256", GENERATE)
