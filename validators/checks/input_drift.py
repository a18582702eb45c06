"""What `input_drift` compares the traffic with is what the reference data say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.runner.finding import Finding, fail, passed, skipped
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from sluicegate.gate.metrics.input_drift import Watched
    from sluicegate.validators.evaluation.rows import Rows

ROUNDING = 0.005
"""How far a declared share may be from that of the rows."""


@check(
    "input-drift-reference",
    family="data",
    isolated=True,
    remedy="Write what `sluice columns MODEL COLUMN` prints.",
)
def input_drift_reference(spec: ModelSpec, files: ModelFiles, reference: Rows) -> Iterator[Finding]:
    """The shares that input drift is measured from are those of the reference data.

    They stand in model.yaml, so that the gate, its evidence and whoever verifies it need no table. Each may
    be rounded, by half a percent.
    """
    entries = [one for one in spec.rollout.gates if one.metric == "input_drift"]
    if not entries:
        yield skipped("model.yaml declares no input_drift")
    at = files.position("model.yaml")
    for entry in entries:
        wrong = []
        for name, watched in entry.columns.items():
            for declared, there in _shares(spec, reference, name, watched):
                if not abs(declared - there) <= ROUNDING:
                    message = f"{name}: {declared:.4g} is declared, {there:.4g} of {reference.path} are"
                    wrong.append(fail(message, at, observed=there, threshold=declared))
        yield from wrong
        if not wrong:
            yield passed(f"the shares of {len(entry.columns)} columns are those of {reference.path}")


def _shares(spec: ModelSpec, reference: Rows, name: str, watched: Watched) -> Iterator[tuple[float, float]]:
    """Each declared share, and that of the rows. Raises Unavailable."""
    from sluicegate.validators.evaluation.input_shares import above, equal

    if watched.edges is None:
        there = equal(reference.frame, name, watched.values or ())
        return zip(watched.reference, there.reference, strict=True)
    there = above(reference.frame, spec, name, watched.edges)
    return zip((watched.missing, *watched.reference), (there.missing, *there.reference), strict=True)
