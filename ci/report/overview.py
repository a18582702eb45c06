"""What every rendering takes from a report: blockers, models, versions, the effect on traffic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC

from sluicegate.ci.report.text_format import clean, quantity
from sluicegate.validators.runner.finding import Finding, Report, Verdict

EXCUSED = ("skipped", "waived")
"""Verdicts that stop nothing although nothing was shown to be good; the message gives the reason."""
MOST_MODELS = 3
"""Models that the sentence on traffic names."""


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """By verdict, the worst first; the checks' own order within one verdict."""
    return sorted(findings, key=lambda finding: -finding.verdict.rank)


def blockers(report: Report) -> list[Finding]:
    """The findings that refuse the change, worst first."""
    return worst_first(finding for finding in report.findings if not finding.verdict.good)


def by_model(report: Report) -> dict[str, list[Finding]]:
    """Every model's findings, worst first; the models in the order of their names."""
    found: dict[str, list[Finding]] = {name: [] for name in report.models}
    for finding in report.findings:
        found.setdefault(finding.model, []).append(finding)
    return {name: worst_first(found[name]) for name in sorted(found)}


def verdict_of(report: Report, model: str) -> Verdict:
    """A model's verdict; the worst of the findings where the report does not list it."""
    if model in report.models:
        return report.models[model]
    return Verdict.of(finding.verdict for finding in report.findings if finding.model == model)


def excuses(report: Report) -> str:
    """What a verdict of EXCUSED means for this report: `nothing stops it; 2 findings waived, ...`.

    Empty for any other verdict.
    """
    if str(report.verdict) not in EXCUSED:
        return ""
    verdicts = [str(finding.verdict) for finding in report.findings]
    counts = ", ".join(
        f"{quantity(verdicts.count(name), 'finding')} {name}"
        for name in reversed(EXCUSED)
        if name in verdicts
    )
    return f"nothing stops it; {counts}, with the reasons below"


def of_parts(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """By check: the findings that are each of one part of the model, and make one table or plot together."""
    parts: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.part is not None:
            parts.setdefault(finding.check, []).append(finding)
    return parts


def of_wholes(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that are not of a part, or that stop the change."""
    return [finding for finding in findings if finding.part is None or not finding.verdict.good]


def grouped(findings: Iterable[Finding]) -> list[Finding]:
    """The findings; those that judge nothing for the same reason as one that lists the checks.

    That is where a check is excused, or inconclusive, without a figure and without a place: what several
    checks are in want of, such as a model.yaml that can be read, is said once.
    """
    groups: dict[object, list[Finding]] = {}
    for position, finding in enumerate(findings):
        bare = Finding(finding.check, finding.verdict, finding.message, finding.model, remedy=finding.remedy)
        alike = finding == bare and str(finding.verdict) in (*EXCUSED, Verdict.INCONCLUSIVE)
        key = (finding.model, finding.verdict, finding.message, finding.remedy) if alike else position
        groups.setdefault(key, []).append(finding)
    return [_as_one(group) for group in groups.values()]


def common_excuses(report: Report) -> tuple[list[Finding], dict[str, list[Finding]]]:
    """What all models are excused for alike, once and for no model; and each model's other findings.

    With a single model there is nothing in common.
    """
    findings = by_model(report)
    models = [name for name in findings if name]
    alike = [grouped(findings[name]) for name in models]
    if len(models) < 2:
        return [], {name: grouped(own) for name, own in findings.items()}
    bare = [{replace(one, model="") for one in own if str(one.verdict) in EXCUSED} for own in alike]
    common = set.intersection(*bare)
    others: dict[str, list[Finding]] = {name: grouped(own) for name, own in findings.items()}
    for name, own in zip(models, alike, strict=True):
        others[name] = [one for one in own if replace(one, model="") not in common]
    return [one for one in (replace(one, model="") for one in alike[0]) if one in common], others


def _as_one(group: list[Finding]) -> Finding:
    names = list(dict.fromkeys(finding.check for finding in group))
    if len(names) == 1:
        return group[0]
    message = f"{group[0].message}: {', '.join(names)}"
    return replace(group[0], check=quantity(len(names), "check"), message=message)


def duration(report: Report) -> str:
    """`51 findings in 4.6 s`."""
    return f"{quantity(len(report.findings), 'finding')} in {report.seconds:.1f} s"


def from_cache(report: Report) -> str:
    """`; from the cache: 19 checks of 1 of 1 model, judged 2026-11-26 18:30 UTC`; empty where nothing is."""
    if not report.cached:
        return ""
    count = sum(len(one.checks) for one in report.cached.values())
    oldest = min(one.judged for one in report.cached.values())
    models = f"{len(report.cached)} of {quantity(len(report.models), 'model')}"
    judged = f"{oldest.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"; from the cache: {quantity(count, 'check')} of {models}, judged {judged}"


def versions(report: Report, model: str) -> str:
    """`2 → 3`: production's version and the candidate's; empty when neither is known."""
    before, after = report.versions.get(model, (None, None))
    if before is None:
        return "" if after is None else f"new → {after}"
    if after is None:
        return f"{before} → none"
    return f"{after}, unchanged" if before == after else f"{before} → {after}"


def traffic_impact(report: Report) -> str:
    """What a merge would do to traffic, in one clause."""
    if not report.verdict.good:
        return f"no traffic moves: refused by {quantity(len(blockers(report)), 'finding')}"
    moving = [
        f"{clean(model, 63)} ({versions(report, model)})"
        for model in sorted(report.models)
        if _moves(*report.versions.get(model, (None, None)))
    ]
    if not moving:
        return "no traffic moves: no version changes"
    listed = ", ".join(moving[:MOST_MODELS])
    if len(moving) > MOST_MODELS:
        listed += f" and {len(moving) - MOST_MODELS} more"
    return f"a merge starts the release of {listed}, step by step"


def _moves(before: int | None, after: int | None) -> bool:
    """Whether a merge starts a release: of a model that is removed none starts."""
    return after is not None and after != before
