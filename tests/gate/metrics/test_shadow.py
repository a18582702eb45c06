from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from sluicegate.gate.metrics.shadow import Shadow
from sluicegate.specs.buckets import DIFFERENCES
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Gate


def test_it_judges_pairs_by_themselves(model: ModelSpec) -> None:
    gate = Shadow(0.01).gate(model)
    assert gate == Gate("shadow", 0.01, paired=True)
    assert gate.parameters == {"max_absolute_difference": (0.001,)}
    assert Shadow(0.01, 0.05, "relative").gate(model).parameters == {"max_relative_difference": (0.05,)}


@pytest.mark.parametrize("limit", DIFFERENCES)
def test_a_failure_is_a_pair_that_is_not_within_the_limit(limit: float, model: ModelSpec) -> None:
    (counter,) = Shadow(0.01, limit, "relative").failure_counters(model)
    (within,) = counter.minus
    assert (counter.at, counter.plus[0].sample) == ("shadow", "sluice_shadow_pairs_total")
    assert within.matches(
        "sluice_shadow_within_total", {"measure": "relative", "limit": f"{limit:g}", "track": "canary"}
    )
    assert not within.matches(
        "sluice_shadow_within_total", {"measure": "absolute", "limit": f"{limit:g}", "track": "canary"}
    )


def test_a_limit_that_nobody_counts_at_is_refused() -> None:
    adapter = TypeAdapter(Shadow)
    assert adapter.validate_python({"margin": 0.01, "max_difference": 0.02}).max_difference == 0.02
    for wrong in (0.003, -1, "x"):
        with pytest.raises(ValidationError):
            adapter.validate_python({"margin": 0.01, "max_difference": wrong})
