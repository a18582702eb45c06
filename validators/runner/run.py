"""Run every check on what it is about: light ones here, the others in the child, and one report."""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sluicegate.specs.model import Waiver
from sluicegate.validators.runner.cache_key import judge_digest
from sluicegate.validators.runner.finding import (
    Finding,
    FromCache,
    Report,
    Verdict,
    inconclusive,
    skipped,
)
from sluicegate.validators.runner.inputs import Inputs, provider_modules
from sluicegate.validators.runner.judge import judge, settled, unmade
from sluicegate.validators.runner.keeping import Keeping
from sluicegate.validators.runner.limits import Limits
from sluicegate.validators.runner.registry import Check
from sluicegate.validators.runner.result_cache import ResultCache
from sluicegate.validators.runner.sandbox import LIMITS_NOTE, MAIN, contained_here, run_isolated
from sluicegate.validators.runner.subject import Subject
from sluicegate.validators.runner.template import Template, template_of
from sluicegate.validators.runner.temporary_paths import repeatable

log = logging.getLogger(__name__)

LEFT_OUT = "not run: left out by --check"

OUR_CHECKS = "sluicegate.validators.checks."

NOTES = {"model": "notes", "repository": "repository_notes"}
"""By scope, the input that has what line 1 must say of a subject."""

Progress = Callable[[str, str, Verdict | None], None]
"""Called with the subject's name, the check's id, and its verdict; None when the check begins."""


def validate(
    subjects: Sequence[Subject],
    checks: Mapping[str, Check],
    *,
    today: date,
    left_out: Sequence[Check] = (),
    limits: Limits | None = None,
    progress: Progress | None = None,
    head: str | None = None,
    contained: bool | None = None,
    cache: ResultCache | None = None,
) -> Report:
    """Run these checks, each on the subjects of its scope. `today` is what waivers are checked against.

    `contained` False leaves out the containment by the kernel, and says so; None asks `contained_here`.
    `cache` gives what contained children found of the very same inputs before, and keeps what they find.

    Every check has at least one finding for every subject of its scope; those `left_out` have one that says
    so. Never raises for what a model, its data or a check does.
    """
    began = time.monotonic()
    findings: list[Finding] = []
    skips: dict[Finding, None] = {}
    # What was left out, once for all environments.
    contained = contained_here() if contained is None else contained
    uncontained = not contained and any(check.isolated for check in checks.values())
    notes: list[str] = [LIMITS_NOTE] if uncontained else []
    models: dict[str, Verdict] = {}
    from_cache: dict[str, FromCache] = {}
    versions: dict[str, tuple[int | None, int | None]] = {}
    loads = dict.fromkeys(module for check in checks.values() for module in check.loads)
    with (
        tempfile.TemporaryDirectory(prefix="sluice-validate-") as folder,
        template_of(MAIN, tuple(loads)) as template,
    ):
        for number, subject in enumerate(subjects):
            workdir = Path(folder, str(number))  # made by what needs it, which few checks do
            inputs = Inputs({**subject.given, "workdir": workdir, "today": today})
            run = checks_of(subject, checks)
            # Without containment a child can read whatever its user can: no key would have all of it.
            kept = Keeping(cache if contained else None)
            isolation = Isolation(limits or Limits(), template, contained, kept)
            answers = _judged(subject, inputs, run, isolation, progress or _silent)
            if (found := kept.taken()) is not None:
                from_cache[subject.name] = found
            findings += answers
            not_run = _left_out(subject, left_out)
            skips |= dict.fromkeys(not_run)
            if subject.scope == "model":
                models[subject.name] = Verdict.of(one.verdict for one in (*answers, *not_run))
                versions[subject.name] = inputs.get_or_none("versions") or (None, None)
            notes += inputs.get_or_none(NOTES.get(subject.scope, "")) or ()
            if workdir.exists():
                shutil.rmtree(workdir)
    if cache is not None:
        cache.trim()
        notes += _refused(cache)
    return Report(
        findings=(*findings, *skips),
        seconds=time.monotonic() - began,
        head=head,
        notes=tuple(notes),
        models=models,
        versions=versions,
        checks=tuple(checks),
        judge=judge_digest() if contained else "",
        cached=from_cache,
        left_out=tuple(_missing(findings, checks, left_out)),
    )


def _missing(findings: Sequence[Finding], run: Collection[str], left_out: Sequence[Check]) -> Iterator[str]:
    """What was not judged although it is asked of a change."""
    if left_out:
        yield f"only {', '.join(run)} was run"
    absent: dict[str, list[str]] = {}
    for finding in findings:
        if finding.tool is not None:
            absent.setdefault(finding.tool, []).append(finding.check)
    for tool, names in absent.items():
        yield f"{tool} is absent, so {', '.join(dict.fromkeys(names))} judged nothing"


@dataclass(frozen=True)
class Isolation:
    """What children are started with."""

    limits: Limits
    template: Template
    contained: bool
    keeping: Keeping


def _refused(cache: ResultCache) -> Iterator[str]:
    """What line 1 says of entries that are not believed."""
    if cache.refused:
        first = f"{cache.refused[0][:12]}…"
        others = f" and {len(cache.refused) - 1} more" if len(cache.refused) > 1 else ""
        yield f"result cache: {first}{others} not believed, and judged anew"


def checks_of(subject: Subject, checks: Mapping[str, Check]) -> list[Check]:
    """Those of the subject's scope, in their order."""
    return [check for check in checks.values() if check.scope == subject.scope]


def _judged(
    subject: Subject, inputs: Inputs, checks: Sequence[Check], isolation: Isolation, progress: Progress
) -> list[Finding]:
    answers: dict[str, list[Finding]] = {}

    def starts(check: Check) -> None:
        progress(subject.name, check.id, None)

    def ends(check: Check, findings: list[Finding]) -> None:
        findings = list(map(repeatable, findings))
        if check.informative:
            findings = list(map(_not_shown, findings))
        if check.waivable:
            waivers = inputs.get_or_none("waivers") or ()
            findings = [waive(finding, waivers, inputs["today"]) for finding in findings]
        answers[check.id] = [replace(finding, model=subject.model) for finding in findings]
        verdict = Verdict.of(finding.verdict for finding in findings)
        log.debug("%s of %s: %s", check.id, subject.name or "the repository", verdict)
        progress(subject.name, check.id, verdict)

    for check in checks:
        if not check.isolated:
            starts(check)
            ends(check, list(judge(check, inputs)))
    isolated = []
    for check in checks:
        known = (settled(check, inputs) or unmade(check, inputs)) if check.isolated else []
        if known:
            starts(check)
            ends(check, known)
        elif check.isolated:
            isolated.append(check)
    limits = limits_of(inputs, isolation.limits) if isolated else isolation.limits
    template, contained, keeping = isolation.template, isolation.contained, isolation.keeping
    for check, known in keeping.known(isolated, inputs, limits):
        starts(check)
        ends(check, known)
        isolated.remove(check)
    static = [check for check in isolated if check.static]
    if static:
        template.prepare(_of_static_checks(static))
    for check, findings in run_isolated(static, inputs, limits, starts, template, contained=contained):
        keeping.keep(check, findings)
        ends(check, findings)
    dynamic = [check for check in isolated if not check.static]
    refusing = _refusing(checks, answers)
    for check in dynamic if refusing else ():
        starts(check)
        ends(check, [_not_loaded(check, refusing)])
    if dynamic and not refusing:
        if any(check.loads for check in dynamic):
            template.load()
        for check, findings in run_isolated(dynamic, inputs, limits, starts, template, contained=contained):
            keeping.keep(check, findings)
            ends(check, findings)
    return [finding for check in checks for finding in answers[check.id]]


def _of_static_checks(checks: Sequence[Check]) -> tuple[str, ...]:
    """What each child that judges statically would import anew: our own modules only, all of them light."""
    modules = dict.fromkeys(check.function.__module__ for check in checks)
    return (*(name for name in modules if name.startswith(OUR_CHECKS)), *provider_modules())


def limits_of(inputs: Inputs, limits: Limits) -> Limits:
    """The limits of this model's child: more address space where its engine needs it."""
    needed = inputs.get_or_none("address_space")
    return limits if needed is None else replace(limits, memory=max(limits.memory, needed))


def _refusing(checks: Sequence[Check], answers: Mapping[str, Sequence[Finding]]) -> list[str]:
    """The static checks, and those of the files themselves, that refuse what was to be loaded."""
    return [
        check.id
        for check in checks
        if (check.static or check.family == "artifact")
        and any(one.verdict in (Verdict.FAIL, Verdict.ERROR) for one in answers.get(check.id, ()))
    ]


def _not_loaded(check: Check, refusing: Sequence[str]) -> Finding:
    names = " and ".join(refusing)
    message = f"not judged: nothing is loaded of a model that {names} refuses (see {refusing[0]})"
    remedy = f"Correct what {names} reports."
    return replace(inconclusive(message, remedy=remedy), check=check.id)


def _left_out(subject: Subject, checks: Sequence[Check]) -> list[Finding]:
    return [
        replace(skipped(LEFT_OUT), check=check.id, model=subject.model)
        for check in checks
        if check.scope == subject.scope
    ]


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
    message = f"{finding.message} (waived until {waiver.until}: {waiver.reason})"
    return replace(finding, verdict=Verdict.WAIVED, message=message)


def _not_shown(finding: Finding) -> Finding:
    """What only shows something and could not: a reason, and nothing to stop for."""
    if finding.verdict.good:
        return finding
    return replace(finding, verdict=Verdict.SKIPPED, message=f"not shown: {finding.message}", remedy=None)


def _silent(subject: str, check: str, verdict: Verdict | None) -> None:
    del subject, check, verdict
