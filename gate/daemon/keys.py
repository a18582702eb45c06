"""Whether what the gate signs will be accepted: its key beside those that people trust at the tip."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sluicegate.gate.adapters.git.command import NoSuchFile
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.signing import KeyProblem, TrustedKeys, public_keys
from sluicegate.gate.core.envelope import Signer
from sluicegate.specs import layout

if TYPE_CHECKING:
    from sluicegate.gate.daemon.state import State

logger = logging.getLogger(__name__)
HELPS = "have it recorded again, signed by a key whose public half is merged there (docs/evidence.md)"


def problem(state: State, signer: Signer | None) -> str | None:
    """Why `sluice verify` will refuse a decision made here; None where it will not.

    It is written all the same: no key may hold a rollback up.
    """
    try:
        trusted = public_keys(state.repository.read(state.tip, layout.TRUSTED_KEYS), layout.TRUSTED_KEYS).keys
    except NoSuchFile:
        return None
    except KeyProblem as error:
        return str(error)
    if signer is None:
        return f"{layout.TRUSTED_KEYS} names keys and this gate has none; give it one with --signing-key"
    if signer.keyid not in trusted:
        return f"{layout.TRUSTED_KEYS} does not name the key {signer.keyid}; add its public key there"
    return None


def trusted(repository: Repository, commit: str) -> TrustedKeys:
    """The keys that people trust at a commit of main; none where it names none, or none that can be read."""
    try:
        return public_keys(repository.read(commit, layout.TRUSTED_KEYS), layout.TRUSTED_KEYS)
    except NoSuchFile:
        return TrustedKeys({})
    except KeyProblem as error:
        logger.warning("no verdict and no review counts: %s", error)
        return TrustedKeys({})


def why_untrusted(keys: TrustedKeys) -> str:
    """Why what is recorded does not count, to follow the words that say what it is, and what helps."""
    if not keys.keys:
        return f"{layout.TRUSTED_KEYS} names no key by which it could be trusted; {HELPS}"
    return f"no key of {layout.TRUSTED_KEYS} signed it; {HELPS}"
