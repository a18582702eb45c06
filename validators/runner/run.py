"""Judge models: every check on every model, light ones here, the others in the child, and one report."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from sluicegate.specs.model import Waiver
from sluicegate.validators.runner.candidate import BaseRevision, Candidate, Unavailable
from sluicegate.validators.runner.finding import Finding, Report, Verdict
from sluicegate.validators.runner.inputs import Inputs
from sluicegate.validators.runner.judge import judge
from sluicegate.validators.runner.limits import Limits
from sluicegate.validators.runner.registry import Check
from sluicegate.validators.runner.sandbox import NOTE, run_isolated

Progress = Callable[[str, str, Verdict | None], None]
"""Told the model, the check, and its verdict; None when the check begins."""


def validate(
    subjects: Sequence[Candidate],
    checks: Mapping[str, Check],
    *,
    today: date,
    limits: Limits | None = None,
    progress: Progress | None = None,
    head: str | None = None,
) -> Report:
    """Run these checks on these models. `today` is what waivers are held against.

    Every check has at least one finding for every model. Never raises for what a model, its data or a check
    does.
    """
    began = time.monotonic()
    findings: list[Finding] = []
    notes: list[str] = [NOTE] if any(check.isolated for check in checks.values()) else []
    versions: dict[str, tuple[int | None, int | None]] = {}
    for subject in subjects:
        with tempfile.TemporaryDirectory(prefix="sluice-validate-") as workdir:
            inputs = Inputs({"subject": subject, "workdir": Path(workdir), "today": today})
            findings += _model(subject, inputs, checks, limits or Limits(), progress or _silent)
            versions[subject.model] = _versions(inputs)
            notes += _exam(subject, inputs)
    return Report(
        findings=tuple(findings),
        seconds=time.monotonic() - began,
        head=head,
        notes=tuple(notes),
        models={
            subject.model: Verdict.worst([f.verdict for f in findings if f.model == subject.model])
            for subject in subjects
        },
        versions=versions,
    )


def _model(
    subject: Candidate,
    inputs: Inputs,
    checks: Mapping[str, Check],
    limits: Limits,
    progress: Progress,
) -> list[Finding]:
    found: dict[str, list[Finding]] = {}

    def starts(check: Check) -> None:
        progress(subject.model, check.id, None)

    def ends(check: Check, findings: list[Finding]) -> None:
        if check.waivable:
            findings = [waive(finding, _waivers(inputs), inputs["today"]) for finding in findings]
        found[check.id] = [replace(finding, model=subject.model) for finding in findings]
        progress(subject.model, check.id, Verdict.worst([f.verdict for f in found[check.id]]))

    for check in checks.values():
        if not check.isolated:
            starts(check)
            ends(check, list(judge(check, inputs)))
    isolated = [check for check in checks.values() if check.isolated]
    for check, findings in run_isolated(isolated, inputs, limits, starts):
        ends(check, findings)
    return [finding for check in checks for finding in found[check]]


def waive(finding: Finding, waivers: Sequence[Waiver], today: date) -> Finding:
    """The finding with the waivers applied: a fail or inconclusive is waived through the waiver's last day.

    An error is never waived: nobody knows what it would have been.
    """
    if finding.verdict not in (Verdict.FAIL, Verdict.INCONCLUSIVE):
        return finding
    own = [waiver for waiver in waivers if waiver.check == finding.check]
    if not own:
        return finding
    waiver = max(own, key=lambda one: one.until)
    if date.fromisoformat(waiver.until) < today:
        return replace(finding, message=f"{finding.message} (its waiver expired after {waiver.until})")
    said = f"{finding.message} (waived until {waiver.until}: {waiver.reason})"
    return replace(finding, verdict=Verdict.WAIVED, message=said)


def _waivers(inputs: Inputs) -> Sequence[Waiver]:
    """The base's waivers, since no pull request waives its own refusal; the model's own where no base is."""
    try:
        base: BaseRevision | None = inputs["base"]
        spec = inputs["spec"] if base is None else base.spec
    except Unavailable:
        return ()
    return spec.waivers if spec is not None else ()


def _versions(inputs: Inputs) -> tuple[int | None, int | None]:
    made, _ = inputs.sent(("production", "spec"))
    production, spec = made.get("production"), made.get("spec")
    return (production.spec.version if production else None, spec.version if spec else None)


def _exam(subject: Candidate, inputs: Inputs) -> list[str]:
    made, _ = inputs.sent(("base", "spec"))
    base: BaseRevision | None = made.get("base")
    changed = base.exam(made["spec"]) if base is not None and "spec" in made else ()
    return [f"{subject.model} changes its own exam: {', '.join(changed)}"] if changed else []


def _silent(model: str, check: str, verdict: Verdict | None) -> None:
    del model, check, verdict
