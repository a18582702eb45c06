"""What model.yaml declares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sluicegate.specs.layout import model_path
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.selection import output_problems
from sluicegate.specs.yamlio import Document
from sluicegate.validators.runner.finding import Finding, Position, fail, passed, refused
from sluicegate.validators.runner.registry import NEVER_WAIVED, check, checks
from sluicegate.validators.submission.candidate import Candidate, Reading


@check("spec-valid", family="spec", remedy="Fix model.yaml at the line that is named.")
def spec_valid(reading: Reading, candidate: Candidate) -> Iterator[Finding]:
    """model.yaml can be read, and says what a model must say.

    It is checked against models/model.schema.json; unknown and duplicate keys, aliases, tags and numbers that
    are not finite are refused, since two readers could take them for different things. A waiver names a
    check that can be waived. One output is what the task is judged on, and the score is one number a row:
    a class label is not taken for a probability, nor a row of several numbers for a score.
    """
    path = model_path(candidate.model)
    for problem in reading.problems:
        yield refused(problem if problem.path else replace(problem, path=path))
    if reading.spec is None or reading.document is None:
        return
    unjudged = output_problems(reading.document, reading.spec)
    faults = [*map(refused, unjudged), *_waivers(reading.spec, reading.document)]
    yield from faults
    if reading.spec.name != candidate.model:
        position = Position(path, *reading.document.position(("metadata", "name")))
        message = f"the name is {reading.spec.name!r}, and the directory's {candidate.model!r}"
        yield fail(message, position, remedy="Make them the same.")
    elif not reading.problems and not faults:
        yield passed(f"version {reading.spec.version} of {reading.spec.name} is valid")


def _waivers(spec: ModelSpec, document: Document) -> Iterator[Finding]:
    if not spec.waivers:
        return
    known = checks()
    waivable = ", ".join(id for id, one in known.items() if one.waivable)
    for number, waiver in enumerate(spec.waivers):
        if waiver.check not in known:
            why = "there is no such check"
        elif known[waiver.check].scope != "model":
            why = f"it judges the {known[waiver.check].scope}, which a model cannot waive"
        elif not known[waiver.check].waivable:
            why = f"the checks of {', '.join(NEVER_WAIVED)} cannot be waived"
        else:
            continue
        position = Position(document.path, *document.position(("spec", "waivers", number, "check")))
        message = f"a waiver names {waiver.check!r}, and {why}"
        yield fail(message, position, remedy=f"Name one of {waivable}.")
