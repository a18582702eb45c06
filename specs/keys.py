"""Public keys that people trust, as PEM in a file of the repository, and what they signed.

Ed25519 and ECDSA on P-256 (with SHA-256, as Sigstore signs). A key is named by the SHA-256 of its DER
SubjectPublicKeyInfo, as in `openssl pkey -pubin -in gate.pub -outform DER | sha256sum`.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from sluicegate.specs.errors import SluiceError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    PublicKey = Ed25519PublicKey | EllipticCurvePublicKey

GENERATE = "make one with `openssl genpkey -algorithm ed25519 -out gate.key`"
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)


class KeyProblem(SluiceError):
    """A key that cannot be used; no message holds any of its bytes."""


def public_keys(pem: bytes, where: str) -> dict[str, PublicKey]:
    """By their ids all public keys of a file, one behind the other; text between them is a remark.

    Raises KeyProblem.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    keys: dict[str, PublicKey] = {}
    for match in _BLOCK.finditer(pem):
        kind = match[1].decode()
        if kind != "PUBLIC KEY":
            raise KeyProblem(f"{where} holds a {kind}", _what_belongs(kind))
        try:
            key = _usable(load_pem_public_key(match[0]), where)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeyProblem(f"a public key of {where} cannot be read", "write it as PEM") from error
        keys[key_id(key)] = key
    if not keys:
        raise KeyProblem(f"{where} holds no public key", "add one, as `openssl pkey -pubout` writes it")
    return keys


def key_id(key: PublicKey) -> str:
    """The SHA-256 of a public key's DER SubjectPublicKeyInfo, in hex."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def _usable(key: object, where: str) -> PublicKey:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise KeyProblem(f"a key of {where} is neither Ed25519 nor ECDSA on P-256", GENERATE)


def _what_belongs(kind: str) -> str:
    if "PRIVATE" in kind:
        return "remove it, never use that key again, and add the public one of a new key"
    return "write public keys alone (`openssl x509 -pubkey` has that of a certificate)"


def signed(key: PublicKey, data: bytes, signature: bytes) -> bool:
    """Whether the key signed the data: 64 bytes of Ed25519, DER of ECDSA."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, data)
        else:
            key.verify(signature, data, ecdsa())
    except InvalidSignature:
        return False
    return True


def ecdsa() -> ECDSA:
    """ECDSA as it is used here: with SHA-256."""
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    return ECDSA(SHA256())


def pae(payload_type: str, payload: bytes) -> bytes:
    """The pre-authentication encoding of DSSE v1: what is signed, so that no type passes for another."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
