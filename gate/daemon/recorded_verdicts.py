"""Recorded verdicts on the branch of the evidence, as the gate and `sluice verify` read them."""

from __future__ import annotations

import logging

from sluicegate.gate.adapters.git.repository import EVIDENCE, Repository
from sluicegate.gate.adapters.signing import TrustedKeys
from sluicegate.gate.core import verdict_record
from sluicegate.gate.core.envelope import EvidenceError
from sluicegate.gate.core.judged import Judged, JudgedAs
from sluicegate.gate.core.verdict_record import GOOD, SealedVerdict
from sluicegate.gate.daemon.keys import trusted, why_untrusted
from sluicegate.gate.daemon.state import State
from sluicegate.gate.daemon.verdicts import Wanted
from sluicegate.specs import layout

logger = logging.getLogger(__name__)


class RecordedVerdicts:
    """The source that every gate has: records that a key of environments/gate.pub signed.

    `evidence` is the commit to read them at; without it the branch's tip.
    """

    def __init__(self, evidence: str | None = None) -> None:
        self._evidence = evidence

    def find(self, state: State, wanted: Wanted) -> Judged:
        """See `VerdictSource`: the newest one of these contents decides."""
        tip = self._evidence or state.repository.tip(EVIDENCE)
        keys = trusted(state.repository, state.tip)
        found, unsigned = _of(state.repository, tip, wanted, keys)
        if not found:
            return Judged("none", _why_none(keys, unsigned))
        newest = max(found, key=lambda sealed: sealed.verdict.at)
        said = newest.verdict
        told = f"judged {said.verdict} at {said.head[:12]} by {said.by} ({said.code})"
        if said.verdict not in GOOD:
            return Judged("none", told)
        kind: JudgedAs = "pass" if said.verdict == "pass" else "waived"
        return Judged(kind, told, said.content, said.head, newest.digest, said.overridden)


def _why_none(keys: TrustedKeys, unsigned: int) -> str:
    if unsigned:
        return f"a verdict is recorded, and {why_untrusted(keys)}"
    return "none is recorded"


def _of(
    repository: Repository, tip: str | None, wanted: Wanted, keys: TrustedKeys
) -> tuple[list[SealedVerdict], int]:
    """The trusted records of these contents, and how many others there are."""
    if tip is None:
        return [], 0
    directory = layout.verdicts_directory(wanted.model)
    found: list[SealedVerdict] = []
    others = 0
    for name, blob in repository.listing(tip, directory).items():
        named = layout.verdict_named(f"{directory}/{name}")
        if named is None or named.content not in wanted.contents:
            continue
        sealed = read_record(repository, blob)
        if sealed is not None and vouches(sealed, wanted.model, named.content, keys):
            found.append(sealed)
        else:
            others += 1
    return found, others


def read_record(repository: Repository, blob: str) -> SealedVerdict | None:
    """A record; None for one that cannot be read, which is logged. Raises GitError."""
    try:
        return verdict_record.unseal(repository.blob(blob))
    except EvidenceError as error:
        logger.warning("a recorded verdict (blob %s) does not count: %s", blob[:12], error)
        return None


def vouches(sealed: SealedVerdict, model: str, content: str, keys: TrustedKeys) -> bool:
    """Whether a record is of this content of this model, and signed by one of the keys."""
    verdict = sealed.verdict
    if (verdict.model, verdict.content) != (model, content):
        return False
    return keys.signed(sealed.envelope)
