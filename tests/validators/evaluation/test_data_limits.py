"""A change that loosens a limit is judged by the one that was accepted before."""

from __future__ import annotations

from types import SimpleNamespace

from support.small_models import FILE, model_spec

from sluicegate.specs.columns import DataLimits
from sluicegate.specs.model import Data
from sluicegate.validators.evaluation.data_limits import counting_limits
from sluicegate.validators.evaluation.reference import ReferenceVersion


def counting(own: DataLimits, *accepted: DataLimits) -> DataLimits:
    specs = [model_spec(data=Data(FILE, FILE, "y", limits=limits)) for limits in (own, *accepted)]
    versions = [ReferenceVersion("the base", spec, SimpleNamespace()) for spec in specs[1:]]
    return counting_limits(specs[0], versions)


def test_the_strictest_limit_counts() -> None:
    own = DataLimits(shared_rows=0.5, weak_segments=0.2, outliers=0.01)
    accepted = DataLimits(shared_rows=0.02, weak_segments=0.8, outliers=0.3)
    assert counting(own, accepted) == DataLimits(shared_rows=0.02, weak_segments=0.8, outliers=0.01)


def test_a_limit_that_was_removed_still_counts() -> None:
    assert counting(DataLimits(), DataLimits(outliers=0.1)).outliers == 0.1


def test_alone_its_own_count() -> None:
    assert counting(DataLimits(shared_rows=0.5)).shared_rows == 0.5
