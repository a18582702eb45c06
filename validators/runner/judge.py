"""Run one check, in the parent or in the child: whatever goes wrong is a finding, never silence."""

from __future__ import annotations

import inspect
import logging
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sluicegate.specs import crash_log
from sluicegate.specs.redaction import redacted
from sluicegate.validators.runner.finding import Finding, error, fail, inconclusive
from sluicegate.validators.runner.inputs import Inputs, Unavailable, made_by_the_parent, sent_for
from sluicegate.validators.runner.registry import Check

log = logging.getLogger(__name__)

NOT_THE_CHECKS = "Mend what the message names, and judge again: the check itself found nothing."
"""The remedy where an input is missing: what a check says to do is about what it would have found."""
REPORT_IT = "Report it to whoever wrote the check: the submission is not known to be at fault."


def judge(check: Check, inputs: Inputs) -> Iterator[Finding]:
    """The check's findings, at least one.

    An input that cannot be made is an `error`; where it is the submission's own fault, it is the `fail` of
    the check that its reason names, and for every other check `inconclusive`: there was nothing to judge.
    """
    silent = True
    try:
        for finding in check.findings(inputs.with_rules(check.section)):
            silent = False
            yield finding
        if silent:
            yield _of(check, error("the check yielded no finding"))
    except Unavailable as problem:
        yield _of(check, _missing(check, problem))
    except MemoryError:
        yield _of(check, error("out of memory: the check asked for more than its limit"))
    except Exception as problem:
        at = traceback.extract_tb(problem.__traceback__)[-1]
        where = f"{Path(at.filename).name}:{at.lineno}"
        message = f"the check broke: {type(problem).__name__} at {where}: {redacted(str(problem))}"
        if not check.isolated:  # the contained child writes nothing outside of its own directory
            log.error("%s broke; %s", check.id, crash_log.reference(problem))
        yield _of(check, error(message, remedy=REPORT_IT))


def settled(check: Check, inputs: Inputs) -> list[Finding]:
    """What an isolated check finds without its child; nothing where it has to run, or an input is missing."""
    if check.settles is None:
        return []
    try:
        needs = inspect.signature(check.settles).parameters
        given = inputs.with_rules(check.section)
        finding = check.settles(**{name: given[name] for name in needs})
    except Unavailable:  # the child says what follows from that
        return []
    return [] if finding is None else [_of(check, finding)]


def unmade(check: Check, inputs: Inputs) -> list[Finding]:
    """What an isolated check says where an input is missing that is made outside of the child; else nothing.

    A child that can only say so costs seconds: what checks import is loaded for it.
    """
    needed = sent_for(check.inputs)
    for name in made_by_the_parent():
        if name in needed:
            try:
                inputs[name]
            except Unavailable as problem:
                return [_of(check, _missing(check, problem))]
    return []


def _missing(check: Check, problem: Unavailable) -> Finding:
    if problem.because is None:
        remedy = problem.remedy or NOT_THE_CHECKS
        return error(f"not judged: {problem.reason}", problem.at, remedy=remedy, tool=problem.tool)
    if problem.because == check.id:
        return fail(problem.reason, problem.at, remedy=problem.remedy)
    remedy = problem.remedy or f"Correct what {problem.because} reports."
    return inconclusive(f"not judged: {problem.reason} (see {problem.because})", problem.at, remedy=remedy)


def _of(check: Check, finding: Finding) -> Finding:
    remedy = finding.remedy or (None if finding.verdict.good else check.remedy)
    return replace(finding, check=check.id, remedy=remedy)
