"""A report as a check run with annotations, and as a commit status."""

from __future__ import annotations

import hashlib
import math
from typing import Any

from github.CheckRun import CheckRun
from github.Repository import Repository

from sluicegate.ci.github.client import Client, commit
from sluicegate.ci.report.markdown_report import render
from sluicegate.ci.report.overview import blockers, traffic_impact
from sluicegate.ci.report.text_format import clean, observed
from sluicegate.specs.require import STATUS
from sluicegate.validators.runner.finding import Finding, Report, Verdict

CONTEXT = STATUS
"""The name of the check run and of the status of what goes into the default branch."""
LONGEST_CONTEXT = 255
ANNOTATIONS_PER_REQUEST = 50
"""The most that GitHub accepts at once."""
MOST_ANNOTATIONS = 100
"""In all; some hundred more hang the page (reviewdog#1008)."""
_CONCLUSION = {True: "success", False: "failure"}
_LEVEL = {Verdict.FAIL: "failure", Verdict.ERROR: "failure", Verdict.INCONCLUSIVE: "warning"}


def context_of(repository: Repository, into: str) -> str:
    """The name of the verdict of what goes into this branch.

    A commit may be the head of several pull requests, and whoever may push a branch sets its rules: so a
    verdict by another branch's rules has another name, and lets neither a merge nor a release begin.
    """
    return CONTEXT if into == repository.default_branch else f"{CONTEXT} ({into})"[:LONGEST_CONTEXT]


def put_check_run(client: Client, repository: Repository, report: Report, context: str = CONTEXT) -> CheckRun:
    """A completed check run of the head, with the blockers as annotations, fifty in a request.

    Raises ValueError for a partial run, which vouches for nothing.
    """
    _require_complete(report)
    summary = render(report)
    external_id = hashlib.sha256(summary.encode()).hexdigest()
    notes = blocking_annotations(report)
    output = {"title": clean(f"{report.verdict}: {traffic_impact(report)}", 255), "summary": summary}
    head = str(report.head)

    def create() -> CheckRun:
        for run in commit(repository, head).get_check_runs(check_name=context):
            if run.external_id == external_id:
                return run
        return repository.create_check_run(
            name=context,
            head_sha=head,
            status="completed",
            conclusion=_CONCLUSION[report.verdict.good],
            external_id=external_id,
            output={**output, "annotations": notes[:ANNOTATIONS_PER_REQUEST]},
        )

    run = client.attempt(create)

    def append() -> bool:
        """Add the next fifty to those that the check run has; whether it had all of them."""
        count = repository.get_check_run(run.id).output.annotations_count
        if count < len(notes):
            run.edit(output={**output, "annotations": notes[count : count + ANNOTATIONS_PER_REQUEST]})
        return count >= len(notes)

    for _ in range(math.ceil(len(notes) / ANNOTATIONS_PER_REQUEST) + 1):
        if client.attempt(append):
            break
    return client.attempt(lambda: repository.get_check_run(run.id))


def blocking_annotations(report: Report) -> list[dict[str, Any]]:
    """The blockers that point to a file, worst first, as the API takes them; at most a hundred."""
    return [_annotation(finding) for finding in blockers(report) if finding.path][:MOST_ANNOTATIONS]


def _annotation(finding: Finding) -> dict[str, Any]:
    figures = f"\nobserved {observed(finding)}" if finding.observed is not None else ""
    remedy = f"\n→ {clean(finding.remedy)}" if finding.remedy else ""
    line = finding.line or 1
    return {
        "path": clean(finding.path, 255),
        "start_line": line,
        "end_line": line,
        "annotation_level": _LEVEL[finding.verdict],
        "title": clean(f"{finding.model}: {finding.check}" if finding.model else finding.check, 255),
        "message": f"{clean(finding.message)}{figures}{remedy}",
    }


def put_status(client: Client, repository: Repository, report: Report, context: str = CONTEXT) -> None:
    """The commit status, for branch protection without an App; a second one of the same text is harmless.

    Raises ValueError for a partial run, which vouches for nothing.
    """
    _require_complete(report)
    state = "error" if report.verdict is Verdict.ERROR else _CONCLUSION[report.verdict.good]
    description = clean(f"{report.verdict}: {traffic_impact(report)}", 140)
    head = commit(repository, str(report.head))
    client.attempt(lambda: head.create_status(state=state, description=description, context=context))


def _require_complete(report: Report) -> None:
    if not report.complete:
        raise ValueError(f"a partial run: {'; '.join(report.left_out)}")
