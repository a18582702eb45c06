"""Keys of evidence: a private key that signs, and public keys that people trust.

Ed25519 and ECDSA on P-256 (with SHA-256, as Sigstore signs). A key is named by the SHA-256 of its DER
SubjectPublicKeyInfo, as in `openssl pkey -pubin -in gate.pub -outform DER | sha256sum`.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sluicegate.gate.core.evidence import Envelope, Signature
from sluicegate.specs.errors import SluiceError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import (
        ECDSA,
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

    PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey
    PublicKey = Ed25519PublicKey | EllipticCurvePublicKey

VARIABLE = "SLUICE_SIGNING_KEY"
"""The environment variable that holds a private key itself, as PEM."""
_GENERATE = "make one with `openssl genpkey -algorithm ed25519 -out gate.key`"
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)


class KeyProblem(SluiceError):
    """A key that cannot be used; no message holds any of its bytes."""


class KeySigner:
    """Signs with a private key in memory."""

    def __init__(self, key: PrivateKey) -> None:
        self._key = key
        self.keyid = key_id(key.public_key())

    def sign(self, data: bytes) -> bytes:
        """The signature: 64 bytes of Ed25519, DER of ECDSA."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if isinstance(self._key, Ed25519PrivateKey):
            return self._key.sign(data)
        return self._key.sign(data, _ecdsa())


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
                if _signed(self.keys[keyid], data, signature.value):
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
    """All public keys of a file, one behind the other; text between them is a remark. Raises KeyProblem."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    keys: dict[str, PublicKey] = {}
    for match in _BLOCK.finditer(pem):
        kind = match[1].decode()
        if kind != "PUBLIC KEY":
            raise KeyProblem(f"{where} holds a {kind}", _what_belongs(kind))
        try:
            key = _usable_public(load_pem_public_key(match[0]), where)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeyProblem(f"a public key of {where} cannot be read", "write it as PEM") from error
        keys[key_id(key)] = key
    if not keys:
        raise KeyProblem(f"{where} holds no public key", "add one, as `openssl pkey -pubout` writes it")
    return TrustedKeys(keys)


def key_id(key: PublicKey) -> str:
    """The SHA-256 of a public key's DER SubjectPublicKeyInfo, in hex."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


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
        raise KeyProblem(f"{where} holds no private key in PEM", _GENERATE) from error


def _usable_private(key: object, where: str) -> PrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise KeyProblem(f"the key of {where} is neither Ed25519 nor ECDSA on P-256", _GENERATE)


def _usable_public(key: object, where: str) -> PublicKey:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise KeyProblem(f"a key of {where} is neither Ed25519 nor ECDSA on P-256", _GENERATE)


def _what_belongs(kind: str) -> str:
    if "PRIVATE" in kind:
        return "remove it, never use that key again, and add the public one of a new key"
    return "write public keys alone (`openssl x509 -pubkey` has that of a certificate)"


def _signed(key: PublicKey, data: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, data)
        else:
            key.verify(signature, data, _ecdsa())
    except InvalidSignature:
        return False
    return True


def _ecdsa() -> ECDSA:
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    return ECDSA(SHA256())
