"""A hostile report held against what is known without it: git, the registry of checks, and itself.

What needs no model is found again here, by the code of the base, and takes the place of what the report says.
What only a run of the model can tell (quality, latency, drift) is the job's word; a pull request that changes
what that job runs is refused before anything of it is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace

from sluicegate.ci.github.artifact import Claim, Refusal, Refused
from sluicegate.ci.report.text_format import clean, quantity
from sluicegate.validators.runner.finding import Finding, Report, Verdict
from sluicegate.validators.runner.registry import Check

JUDGES = (".github/",)
"""What a job of a pull request runs: GitHub takes it from the pull request itself."""
OWN_BRANCH = (
    "Bring the change of what judges in a pull request of its own, from a branch of this repository; an "
    "owner has to approve it."
)
REMEDY = "Run the workflow again; if it was not tampered with, its action and this one are of two versions."


def recomputed(checks: Mapping[str, Check]) -> dict[str, Check]:
    """The checks that are run again: those that load no model, and start no other program."""
    return {name: check for name, check in checks.items() if not check.isolated and check.family != "render"}


def require_same_judge(paths: Iterable[str], *, fork: bool, models: bool) -> None:
    """Refuse a change of what the job runs: of a fork, and together with a model. Raises Refused."""
    changed = sorted(path for path in paths if path.startswith(JUDGES))
    if changed and (fork or models):
        whose = "a fork changes" if fork else "it changes a model, and"
        raise Refused("changes-the-judge", f"{whose} what judges it: {clean(', '.join(changed), 200)}")


def believed(
    claim: Claim, found: Report, checks: Mapping[str, Check], waived: Container[tuple[str, str]] = ()
) -> Report:
    """The report, with all that was found again in place of what it says. Raises Refused.

    `found` is what the recomputed checks give, `checks` are all that there are, `waived` the
    (check, model) that somebody waived: by the base's model.yaml, or by an override of this head.
    """
    claimed = claim.report
    _require("other-head", "head", claimed.head, found.head)
    _require("other-base", "base", claimed.base, found.base)
    _require("other-code", "code", claimed.code, found.code)
    _require("other-models", "models", sorted(claimed.models), sorted(found.models))
    _require("other-models", "contents", dict(claimed.contents), dict(found.contents))
    _require("other-models", "versions", dict(claimed.versions), dict(found.versions))
    if claimed.complete:
        _require_checks(claimed, checks)
    _require_facts(claimed, found)
    _require_verdicts(claim)
    _require_waivers(claimed, checks, waived)
    again = set(found.checks)
    findings = [finding for finding in claimed.findings if finding.check not in again]
    kept = [finding for finding in found.findings if finding.check in again]
    partial = [note for note in claimed.notes if note.startswith("partial: ")][:1]
    own = [note for note in found.notes if not note.startswith("partial: ")]
    return replace(claimed, findings=(*kept, *findings), notes=(*partial, *own))


def _require(kind: Refusal, what: str, claimed: object, found: object) -> None:
    if claimed != found:
        raise Refused(kind, f"its {what} is {clean(claimed, 120)}, and here it is {clean(found, 120)}")


def _require_checks(claimed: Report, checks: Mapping[str, Check]) -> None:
    """Every check of its scope has a finding for each model, and no other one has any."""
    if set(claimed.checks) != set(checks):
        differ = ", ".join(sorted(set(claimed.checks) ^ set(checks)))
        raise Refused("fewer-checks", f"it was not run by all checks: {clean(differ, 200)}")
    had = {(finding.check, finding.model) for finding in claimed.findings}
    wanted = {
        (name, model)
        for name, check in checks.items()
        for model in (claimed.models if check.scope == "model" else [""])
        if check.scope != "environment"
    }
    missing = sorted(wanted - had)
    if missing:
        name, model = missing[0]
        of = f" of {model}" if model else ""
        more = f", and {quantity(len(missing) - 1, 'other')}" if len(missing) > 1 else ""
        raise Refused("fewer-checks", f"{name} found nothing{of}{more}")
    known = {(name, model) for name in checks for model in (*claimed.models, "")}
    strange = sorted(had - known)
    if strange:
        raise Refused("other-models", f"it has findings of {clean(strange[0], 120)}")


def _require_facts(claimed: Report, found: Report) -> None:
    """What needs no model is as the checks here find it."""
    again = set(found.checks) & set(claimed.checks)  # a partial run gives no status, whatever it left out
    says, is_so = (_facts(report.findings, again) for report in (claimed, found))
    differ = sorted((says - is_so) + (is_so - says))
    if differ:
        check, model, verdict = differ[0]
        of = f" of {clean(model, 63)}" if model else ""
        one = "finds" if (is_so - says)[differ[0]] else "does not find"
        raise Refused("other-facts", f"{check}{of}: the base's own code {one} {verdict}")


def _require_waivers(
    claimed: Report, checks: Mapping[str, Check], waived: Container[tuple[str, str]]
) -> None:
    """Nothing is waived that nobody waived, or that nobody may."""
    for finding in claimed.findings:
        if finding.verdict is not Verdict.WAIVED:
            continue
        if not checks[finding.check].waivable or (finding.check, finding.model) not in waived:
            of = f" of {clean(finding.model, 63)}" if finding.model else ""
            raise Refused("not-waived", f"it says that {finding.check}{of} is waived, and nobody waived it")


def _facts(findings: Iterable[Finding], checks: set[str]) -> Counter[tuple[str, str, str]]:
    return Counter(
        (finding.check, finding.model, str(finding.verdict))
        for finding in findings
        if finding.check in checks and finding.verdict is not Verdict.WAIVED
    )


def _require_verdicts(claim: Claim) -> None:
    """The verdicts follow from the findings, and completeness from what was left out."""
    claimed = claim.report
    if claim.verdict is not claimed.verdict:
        raise Refused("other-verdict", f"it says {claim.verdict}, and its findings are {claimed.verdict}")
    if claim.complete is not claimed.complete:
        raise Refused("other-verdict", "what it says of what was left out contradicts itself")
    absent = sorted({finding.tool for finding in claimed.findings if finding.tool is not None})
    if absent and claimed.complete:
        raise Refused("other-verdict", f"it says complete, and lacked {clean(', '.join(absent), 100)}")
    for model, verdict in claimed.models.items():
        is_so = Verdict.of(finding.verdict for finding in claimed.findings if finding.model == model)
        if verdict is not is_so:
            message = f"it says {verdict} of {clean(model, 63)}, whose findings are {is_so}"
            raise Refused("other-verdict", message)


def refusal(problem: Refused, head: str) -> Report:
    """The report in place of one that is not believed: a failure by its name, whose first line says why."""
    judge = problem.kind == "changes-the-judge"
    finding = Finding(
        "report-believed",
        Verdict.FAIL,
        f"the report of this run is not believed ({problem.kind}): {problem.message}",
        remedy=OWN_BRANCH if judge else REMEDY,
    )
    return Report((finding,), 0.0, head=head, notes=(problem.message,) if judge else ())
