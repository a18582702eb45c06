"""Read main and the evidence, and go through all commits, oldest first."""

from __future__ import annotations

from collections.abc import Callable

from sluicegate.gate.adapters.git.objects import changed_paths, log
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.signing import TrustedKeys
from sluicegate.gate.verification.archive import Archive
from sluicegate.gate.verification.report import Report
from sluicegate.gate.verification.reviews import check_reviews
from sluicegate.gate.verification.trust import Trust
from sluicegate.gate.verification.walk import Walk

Progress = Callable[[int, int], None]
"""(commits of main done, all of them) -> None."""


def verify(
    repository: Repository,
    main: str,
    evidence: str | None,
    *,
    keys: TrustedKeys | None = None,
    require_signature: bool = False,
    progress: Progress = lambda *_: None,
) -> Report:
    """Check all decisions up to the commit `main` against the records at the commit `evidence`.

    `keys` are trusted instead of those that the repository names. Raises GitError for a repository that
    cannot be read.
    """
    history = log(repository.git, main)[::-1]
    changes = changed_paths(repository.git, [commit.sha for commit in history])
    archive = Archive(repository, evidence)
    trust = Trust(repository, keys, require_signature)
    walk = Walk(repository, archive, trust, Report(main, evidence, len(history)))
    for number, commit in enumerate(history):
        progress(number, len(history))
        letters = {path: letter for letter, paths in changes[commit.sha].items() for path in paths}
        walk.step(commit, letters)
    report = walk.report
    report.orphans = tuple(record.path for record in archive if record.digest not in walk.used)
    report.findings.extend(archive.findings())
    check_reviews(repository, report, trust)
    progress(len(history), len(history))
    return report
