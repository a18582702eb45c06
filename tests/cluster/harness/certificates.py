"""Keys, certificates and the administrator's token of one run."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from harness.run import Run

LIFE = timedelta(days=30)
SERVICE = "10.96.0.1"
"""The service address of the API server: the first of the service range."""
NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")


def start(run: Run) -> None:
    """Write `pki/` and the kubeconfig, unless they are there.

    `ca.crt`; `apiserver` (serving), `admin` (`system:masters`, for the API server to the kubelet);
    `sa.key` and `sa.pub` for service accounts; `tokens.csv` with the administrator's token.
    """
    if run.kubeconfig.exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("sluicegate cluster", None)
    ca = _builder(name, key.public_key(), name).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), True
    )
    _write(run, "ca.key", _private(key))
    _write(run, "ca.crt", ca.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    issue(run, "apiserver", addresses=("127.0.0.1", run.node, SERVICE), names=NAMES)
    issue(run, "admin", organization="system:masters")
    account = ec.generate_private_key(ec.SECP256R1())
    _write(run, "sa.key", _private(account))
    _write(run, "sa.pub", account.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    token = secrets.token_hex(24)
    _write(run, "tokens.csv", f"{token},admin,admin,system:masters\n".encode())
    _write(run, "token", token.encode())
    write_kubeconfig(run.kubeconfig, run.api, file(run, "ca.crt"), token)


def issue(
    run: Run,
    name: str,
    *,
    organization: str | None = None,
    addresses: Sequence[str] = (),
    names: Sequence[str] = (),
) -> None:
    """Write `NAME.key` and `NAME.crt`, signed by the run's authority, for servers and clients alike."""
    authority = x509.load_pem_x509_certificate(file(run, "ca.crt").read_bytes())
    signer = load_pem_private_key(file(run, "ca.key").read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name(name, organization), key.public_key(), authority.subject)
    others = [*map(x509.DNSName, names), *(x509.IPAddress(IPv4Address(each)) for each in addresses)]
    if others:
        builder = builder.add_extension(x509.SubjectAlternativeName(others), False)
    _write(run, f"{name}.key", _private(key))
    _write(run, f"{name}.crt", builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM))


def file(run: Run, name: str) -> Path:
    """A file of `pki/`."""
    return run.root / "pki" / name


def write_kubeconfig(path: Path, server: str, authority: Path, token: str) -> None:
    """Write a kubeconfig for one user with a token."""
    cluster = {"server": server, "certificate-authority": str(authority)}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "sluicegate", "cluster": cluster}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "sluicegate", "context": {"cluster": "sluicegate", "user": "admin"}}],
        "current-context": "sluicegate",
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(config, indent=2))


def _builder(
    subject: x509.Name, key: ec.EllipticCurvePublicKey, issuer: x509.Name
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFE)
    )


def _name(common: str, organization: str | None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if organization:
        parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(parts)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def _write(run: Run, name: str, content: bytes) -> None:
    path = file(run, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)
