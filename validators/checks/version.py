"""The version that model.yaml gives its artifact."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.yamlio import Document
from sluicegate.validators.runner.finding import Finding, Position, fail, inconclusive, passed, skipped
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.candidate import BaseRevision, Reading
from sluicegate.validators.submission.changes import NO_BASE


@check(
    "version-rises",
    family="spec",
    remedy="Set spec.version above the base's; what runs goes back by `sluice gate rollback`.",
)
def version_rises(
    spec: ModelSpec, base: BaseRevision | None, base_reading: Reading | None, document: Document
) -> Iterator[Finding]:
    """A version number never goes down, and changed bytes need a new one.

    The gate knows a model by its version: an artifact or a signature that changes under the same number
    would never be released, and a lower number never started.
    """
    if base is None:
        yield skipped(NO_BASE)
        return
    if base_reading is None:
        yield passed(f"version {spec.version}; the base has none")
        return
    at = Position(document.path, *document.position(("spec", "version")))
    old = base_reading.spec
    number = _version(base_reading)
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
    """spec.version, also of a model.yaml that breaks other rules; None where it is not a whole number."""
    if reading.spec is not None:
        return reading.spec.version
    value = reading.document.value if reading.document is not None else None
    part = value.get("spec") if isinstance(value, dict) else None
    number = part.get("version") if isinstance(part, dict) else None
    return number if type(number) is int else None
