"""Keys by file and environment; what each kind signs, only its public key accepts."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from support.keys import ED25519, P256, Key

from sluicegate.gate.adapters.signing import KeyProblem, public_keys, signer
from sluicegate.gate.core.envelope import Signature

DATA = b"DSSEv1 1 a 1 b"


def private(key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public(key) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture(autouse=True)
def no_key_around(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SLUICE_SIGNING_KEY", raising=False)


@pytest.mark.parametrize("kind", [ED25519, P256])
def test_what_a_key_signs_its_public_key_accepts_and_no_other(kind: str):
    key = Key(kind)
    signature = Signature(key.signer.keyid, key.signer.sign(DATA))
    trusted = public_keys(key.public, "here")
    assert trusted.signer_of(DATA, [signature]) == key.signer.keyid
    assert trusted.signer_of(DATA + b"c", [signature]) is None
    assert public_keys(Key(kind).public, "here").signer_of(DATA, [signature]) is None


def test_the_id_that_a_signature_names_proves_nothing():
    key = Key()
    other = Key()
    trusted = public_keys(key.public, "here")
    assert trusted.signer_of(DATA, [Signature(key.signer.keyid, other.signer.sign(DATA))]) is None
    assert trusted.signer_of(DATA, [Signature("", key.signer.sign(DATA))]) == key.signer.keyid


def test_one_of_several_signatures_and_of_several_keys_is_enough():
    keys = [Key(), Key(P256)]
    trusted = public_keys(b"the first\n" + keys[0].public + b"\nthe second\n" + keys[1].public, "here")
    stranger = Key()
    signatures = [Signature(one.signer.keyid, one.signer.sign(DATA)) for one in (stranger, keys[1])]
    assert trusted.signer_of(DATA, signatures) == keys[1].signer.keyid


def test_a_signature_of_another_kind_or_of_no_kind_is_refused_without_a_crash():
    trusted = public_keys(Key().public + Key(P256).public, "here")
    for value in (b"", b"x", Key(P256).signer.sign(DATA), Key().signer.sign(DATA)):
        assert trusted.signer_of(DATA, [Signature("", value)]) is None


def test_the_key_comes_from_a_file_else_from_the_environment(tmp_path: Path, monkeypatch):
    filed = Key()
    around = Key(P256)
    file = tmp_path / "gate.key"
    file.write_bytes(filed.private)
    assert signer(None) is None
    monkeypatch.setenv("SLUICE_SIGNING_KEY", around.private.decode())
    assert signer(None).keyid == around.signer.keyid
    assert signer(file).keyid == filed.signer.keyid


def test_a_key_has_the_name_that_openssl_gives_it():
    # RFC 8410, section 10.1; the id by `openssl pkey -pubin -in FILE -outform DER | sha256sum`.
    pem = b"""-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
"""
    keyid = "a1e9156054e04fac899ae9f275132cdc07a5dbc4ea2c2ad3a1ffc6e0d253681f"
    assert list(public_keys(pem, "here").keys) == [keyid]


@pytest.mark.parametrize(
    ("pem", "message"),
    [
        (Key().encrypted, "is encrypted"),
        (b"", "holds no private key"),
        (Key().public, "holds no private key"),
        (private(generate_rsa(65537, 2048)), "neither Ed25519 nor ECDSA on P-256"),
        (private(generate_ec(SECP384R1())), "neither Ed25519 nor ECDSA on P-256"),
    ],
    ids=["encrypted", "empty", "public", "rsa", "p384"],
)
def test_a_private_key_that_cannot_sign_is_named(pem: bytes, message: str, tmp_path: Path):
    file = tmp_path / "gate.key"
    file.write_bytes(pem)
    with pytest.raises(KeyProblem, match=message):
        signer(file)


def test_a_key_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(KeyProblem, match=r"gate\.key cannot be read"):
        signer(tmp_path / "gate.key")


@pytest.mark.parametrize(
    ("pem", "message"),
    [
        (b"nothing\n", "holds no public key"),
        (Key().public + Key().private, "holds a PRIVATE KEY"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "cannot be read"),
        (public(generate_rsa(65537, 2048)), "neither Ed25519 nor ECDSA on P-256"),
    ],
    ids=["empty", "private", "damaged", "rsa"],
)
def test_public_keys_that_cannot_be_trusted_are_named(pem: bytes, message: str):
    with pytest.raises(KeyProblem, match=message):
        public_keys(pem, "environments/gate.pub")
