"""What model.yaml says, and what a pull request may not touch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.yamlio import Document
from sluicegate.validators.runner.candidate import BaseRevision, Candidate, Reading
from sluicegate.validators.runner.finding import Finding, Place, fail, inconclusive, passed, waived
from sluicegate.validators.runner.registry import NEVER_WAIVED, check, checks

NO_BASE = "nothing is compared: no base was given, as a pull request has one"


@check("spec-valid", family="spec", remedy="Mend model.yaml at the line that is named.")
def spec_valid(reading: Reading, subject: Candidate) -> Iterator[Finding]:
    """model.yaml can be read, and says what a model must say.

    It is held against models/model.schema.json; unknown and duplicate keys, aliases, tags and numbers that
    are not finite are refused, since two readers could take them for different things. A waiver names a
    check that can be waived.
    """
    for problem in reading.problems:
        where = f"{problem.where}: " if problem.where else ""
        at = Place(problem.path or f"{subject.path}/model.yaml", problem.line, problem.column)
        yield fail(where + problem.message, at, remedy=problem.remedy)
    if reading.spec is None or reading.document is None:
        return
    folder, faults = PurePosixPath(subject.path).name, list(_waivers(reading.spec, reading.document))
    yield from faults
    if reading.spec.name != folder:
        at = Place(f"{subject.path}/model.yaml", *reading.document.place(("metadata", "name")))
        yield fail(
            f"the name is {reading.spec.name!r}, and the directory's {folder!r}; make them the same", at
        )
    elif not reading.problems and not faults:
        yield passed(f"version {reading.spec.version} of {reading.spec.name}, read without a fault")


def _waivers(spec: ModelSpec, document: Document) -> Iterator[Finding]:
    known = checks()
    for number, waiver in enumerate(spec.waivers):
        if waiver.check in known and known[waiver.check].waivable:
            continue
        why = (
            f"the checks of {', '.join(NEVER_WAIVED)} cannot be" if waiver.check in known else "there is none"
        )
        can = ", ".join(id for id, one in known.items() if one.waivable)
        at = Place(document.path, *document.place(("spec", "waivers", number, "check")))
        yield fail(f"a waiver names {waiver.check!r}, and {why}", at, remedy=f"Name one of {can}.")


@check(
    "release-untouched",
    family="spec",
    remedy="Take the file out of the pull request; `sluice gate` has commands for what a person may decide.",
)
def release_untouched(base: BaseRevision | None) -> Iterator[Finding]:
    """The pull request leaves every release.yaml alone.

    environments/*/*/release.yaml is the gate's own record of what gets traffic. Whoever writes it by hand
    opens traffic without evidence.
    """
    if base is None:
        yield waived(NO_BASE)
        return
    for path in base.releases:
        yield fail(f"{path} is written by the gate alone", Place(path))
    if not base.releases:
        yield passed("no release.yaml is changed")


@check("version-rises", family="spec", remedy="Set spec.version to a whole number above the base's.")
def version_rises(
    spec: ModelSpec, base: BaseRevision | None, base_reading: Reading | None, document: Document
) -> Iterator[Finding]:
    """A version never goes back, and other bytes are another version.

    The gate knows a model by its version: an artifact or a signature that changes under the same number
    would never be released, and a lower number never started.
    """
    if base is None:
        yield waived(NO_BASE)
        return
    if base_reading is None:
        yield passed(f"version {spec.version}; the base has none")
        return
    at = Place(document.path, *document.place(("spec", "version")))
    old, number = base_reading.spec, _version(base_reading)
    if number is None:
        yield inconclusive("the base has a model.yaml, and no version can be read from it", at)
        return
    numbers = {"observed": spec.version, "threshold": number}
    if spec.version < number:
        yield fail(f"version {spec.version} is below the base's {number}", at, **numbers)
    elif spec.version > number:
        yield passed(f"version {spec.version}; the base has {number}", at, **numbers)
    elif old is None:
        message = f"version {spec.version} stays, and the base's model.yaml cannot be read to compare"
        yield inconclusive(message, at, **numbers)
    elif spec.artifact != old.artifact:
        yield fail(f"the artifact changes, and the version stays {spec.version}", at, **numbers)
    elif spec.signature != old.signature:
        yield fail(f"the signature changes, and the version stays {spec.version}", at, **numbers)
    else:
        yield passed(f"version {spec.version}; the base has {number}", at, **numbers)


def _version(reading: Reading) -> int | None:
    """spec.version, also of a model.yaml that breaks other rules; None where it is no whole number."""
    if reading.spec is not None:
        return reading.spec.version
    value = reading.document.value if reading.document is not None else None
    part = value.get("spec") if isinstance(value, dict) else None
    number = part.get("version") if isinstance(part, dict) else None
    return number if type(number) is int else None
