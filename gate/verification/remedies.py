"""What to do about each kind of finding."""

from __future__ import annotations

from collections.abc import Mapping

from sluicegate.gate.adapters.git.repository import EVIDENCE
from sluicegate.gate.verification.report import FindingKind
from sluicegate.specs import layout

_REWRITTEN = "find out who wrote it; any older clone has the branches as they were"
_REMEDIES: Mapping[FindingKind, str] = {
    "no-decision": "revert it, or let a person adopt it by name (`sluice gate adopt`)",
    "not-signed": f"give the gate its key (`--signing-key`, SLUICE_SIGNING_KEY), or {_REWRITTEN}",
    "untrusted-key": f"if it is the gate's own key, add it to {layout.TRUSTED_KEYS} first; else {_REWRITTEN}",
    "keys-removed": "restore the keys: what comes behind is not accepted without a signature",
    "keys-unreadable": "repair the file; until then no signature is trusted",
    "evidence-missing": f"fetch the branch {EVIDENCE}; if the remote has none, any older clone has it",
    "record-missing": "fetch the branch of the evidence again; if it is whole, find out who rewrote it",
    "record-edited": "find out who rewrote the branch of the evidence; any older clone has the record",
    "record-unreadable": "verify with the code that wrote it",
    "other-decision": f"verify with the code that its record names; if it says the same, {_REWRITTEN}",
    "other-verdict": f"judge its content (`sluice validate --record`), and {_REWRITTEN}",
    "chain": "find out who rewrote the branch of the evidence; any older clone has the records",
    "evidence-rewritten": "find out who rewrote the branch of the evidence; any older clone has the record",
}


def remedy(kind: FindingKind) -> str:
    """What to do about a finding of this kind."""
    return _REMEDIES.get(kind, _REWRITTEN)
