"""Whose word the result cache is: that of this machine's own user, or of who holds a trusted key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from sluicegate.gate.adapters.signing import KeySigner, TrustedKeys
from sluicegate.gate.core.envelope import Signature
from sluicegate.specs.keys import pae
from sluicegate.specs.yamlio import InputError

TYPE = "application/vnd.sluicegate.result+json"
"""The type of what is signed, so that no signature of a decision or a verdict passes for one."""


@dataclass(frozen=True)
class OwnSeal:
    """An HMAC by a key that lies beside the user's state and not in the cache.

    A cache that comes from elsewhere, whoever wrote it, is not believed.
    """

    key: bytes

    def sign(self, data: bytes) -> str | None:
        """See `Seal`."""
        return hmac.new(self.key, pae(TYPE, data), hashlib.sha256).hexdigest()

    def counts(self, data: bytes, signature: str) -> bool:
        """See `Seal`."""
        return hmac.compare_digest(str(self.sign(data)), signature)


@dataclass(frozen=True)
class SignedSeal:
    """A signature by a key that people trust; without a signer nothing is written.

    For caches that others can write, as that of GitHub Actions: a pull request can put entries into its own
    part of it, and has no key.
    """

    trusted: TrustedKeys
    signer: KeySigner | None = None

    def sign(self, data: bytes) -> str | None:
        """See `Seal`: the key's id and the signature, by a colon."""
        if self.signer is None:
            return None
        value = base64.b64encode(self.signer.sign(pae(TYPE, data))).decode()
        return f"{self.signer.keyid}:{value}"

    def counts(self, data: bytes, signature: str) -> bool:
        """See `Seal`. Raises ValueError for what is no signature."""
        keyid, _, value = signature.partition(":")
        one = Signature(keyid, base64.b64decode(value, validate=True))
        return self.trusted.signer_of(pae(TYPE, data), [one]) is not None


def own_seal() -> OwnSeal:
    """The seal of this user on this machine; its key is made on first use. Raises InputError."""
    path = _home("XDG_STATE_HOME", ".local/state") / "cache.key"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _create(path)
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise InputError.of(
            f"{path} cannot be read or made: {error}", "mend it, or judge without a cache: --no-cache"
        ) from error
    if len(key) < 32:
        raise InputError.of(f"{path} holds no key of 32 bytes", "remove it: a new one is made")
    return OwnSeal(key)


def default_directory() -> Path:
    """Where results are kept on a person's own machine (XDG Base Directory Specification)."""
    return _home("XDG_CACHE_HOME", ".cache") / "results"


def _home(variable: str, fallback: str) -> Path:
    """The directory `sluicegate` of that kind. Raises InputError where no home directory is known."""
    given = Path(os.environ.get(variable, ""))
    if given.is_absolute():
        return given / "sluicegate"
    try:
        return Path.home() / fallback / "sluicegate"
    except RuntimeError as error:
        raise InputError.of("no home directory is known", f"set {variable}, or give --no-cache") from error


def _create(path: Path) -> None:
    """A new key, whole or not at all, unless one is there."""
    if path.exists():
        return
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
    try:
        os.link(partial, path)  # fails where another process was first, and then that key counts
    except FileExistsError:
        pass
    finally:
        partial.unlink()
