"""Check a repository's decisions from its objects alone: nothing is fetched, nothing is written.

`archive` reads the branch of the evidence, `trust` the keys that people trust at each commit, `decisions`
compares one commit with its record, `policies` derives the policy that had to enter it; `verify` goes through
main, oldest commit first, and `report` has what is found.
"""

from sluicegate.gate.verification.report import Finding, Note, Report
from sluicegate.gate.verification.verify import verify

__all__ = ["Finding", "Note", "Report", "verify"]
