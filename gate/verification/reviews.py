"""What people approved or overrode: each record in its place, whole, and signed by a key that was trusted."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.core.envelope import EvidenceError
from sluicegate.gate.core.review import unseal
from sluicegate.gate.verification.remedies import remedy
from sluicegate.gate.verification.report import Finding, FindingKind, Report
from sluicegate.gate.verification.trust import Trust
from sluicegate.specs import layout


def check_reviews(repository: Repository, report: Report, trust: Trust) -> None:
    """Add to the report how many reviews there are, and what is wrong with them. Raises GitError."""
    if report.evidence is None:
        return
    numbers: dict[str, int] = {}
    for entry in sorted(repository.entries(report.evidence, layout.REVIEWS), key=lambda one: one.path):
        name = layout.review_named(entry.path)
        if name is None:
            continue  # the archive names it
        report.reviews += 1
        numbers[name.directory] = numbers.get(name.directory, 0) + 1
        for kind, problem in _problems(repository, entry.path, entry.oid, numbers[name.directory], trust):
            words = f"{entry.path}: {problem}"
            report.findings.append(
                Finding(kind, words, remedy(kind), report.evidence, entry.path, entry.path)
            )


def _problems(
    repository: Repository, path: str, blob: str, number: int, trust: Trust
) -> Iterator[tuple[FindingKind, str]]:
    name = layout.review_named(path)
    if name is None:
        return
    try:
        sealed = unseal(repository.blob(blob))
    except EvidenceError as error:
        yield "record-unreadable", error.message
        return
    review = sealed.review
    if not sealed.digest.removeprefix("sha256:").startswith(name.digest):
        yield "record-edited", f"it has the digest {sealed.digest} now"
    if name.number != number:
        yield "chain", f"it is review {number} of its pull request by count: one is missing or there twice"
    if layout.reviews_directory(review.pull) != name.directory:
        yield "chain", f"it is of #{review.pull}"
    yield from trust.ever_mismatches(sealed.envelope)
