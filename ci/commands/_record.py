"""`sluice validate --record`: a complete run's verdict as a signed record on the branch of the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sluicegate.ci.commands._checkout import Checkout
from sluicegate.ci.commands._person import person
from sluicegate.gate.adapters.git.repository import EVIDENCE, Repository
from sluicegate.gate.adapters.signing import KeySigner, signer
from sluicegate.gate.core.verdict_record import RecordedVerdict
from sluicegate.gate.daemon.code import code_commit
from sluicegate.gate.daemon.verdict_writing import add
from sluicegate.specs import layout
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.runner.finding import Report, Verdict


@dataclass(frozen=True)
class Recording:
    """Where the verdict goes, and by which key it is signed."""

    address: str
    key: KeySigner

    @classmethod
    def of(cls, source: Checkout, signing_key: Path | None) -> Recording:
        """Before anything is judged. Raises InputError without a repository or a key, KeyProblem."""
        if source.git is None:
            raise InputError.of(f"{source.root} is in no git repository", "name a clone with -C")
        key = signer(signing_key)
        if key is None:
            raise InputError.of(
                "there is no key: a recorded verdict counts only where one signed it",
                f"give --signing-key or SLUICE_SIGNING_KEY, and its public key in {layout.TRUSTED_KEYS}",
            )
        return cls(source.origin() or str(source.git), key)

    def write(self, report: Report) -> str:
        """Push a record for each model; what was written, in a sentence.

        Raises InputError for a partial run, PushRefused, GitError.
        """
        if not report.complete or report.head is None:
            why = "; ".join(report.left_out) or "no commit was judged"
            raise InputError.of(f"no verdict is recorded: {why}", "judge all of a commit, by every check")
        if not report.contents:
            return "no verdict is recorded: no model was judged"
        now = datetime.now(UTC)
        verdicts = [_recorded(report, model, tree, now) for model, tree in sorted(report.contents.items())]
        with Repository(self.address, branches=(EVIDENCE,)) as repository:
            commit = add(repository, verdicts, self.key, now)
        named = ", ".join(f"{one.model} {one.verdict}" for one in verdicts)
        return f"recorded in {EVIDENCE} {commit[:12]}: {named}"


def _recorded(report: Report, model: str, tree: str, now: datetime) -> RecordedVerdict:
    production, version = report.versions.get(model, (None, None))
    return RecordedVerdict(
        model=model,
        content=tree,
        verdict=str(report.models[model] if report.verdict.good else report.verdict),
        version=version,
        head=str(report.head),
        base=report.base,
        at=now,
        by=person(None),
        code=report.code,
        code_commit=code_commit(),
        checks=report.checks,
        production=production,
        overridden=tuple(
            f"{finding.check}: {finding.message}"
            for finding in report.findings
            if finding.verdict is Verdict.WAIVED and finding.model in (model, "")
        ),
    )
