from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import TypeAdapter, ValidationError

from sluicegate.gate.metrics.shadow import Shadow
from sluicegate.specs.buckets import DIFFERENCES
from sluicegate.specs.model import ModelSpec, Unit
from sluicegate.specs.policy import Gate
from sluicegate.specs.yamlio import InputError


def test_it_judges_pairs_by_themselves(model: ModelSpec) -> None:
    gate = Shadow(0.01).gate(model)
    assert gate == Gate("shadow", 0.01, paired=True)
    assert gate.parameters == {"max_absolute_difference": (0.001,)}
    assert Shadow(0.01, 0.05, "relative").gate(model).parameters == {"max_relative_difference": (0.05,)}


def test_beside_a_unit_it_is_refused_since_pairs_of_one_user_differ_together(model: ModelSpec) -> None:
    by_user = replace(model, rollout=replace(model.rollout, unit=Unit("X-User-Id")))
    with pytest.raises(InputError, match=r"counts users by X-User-Id.*leave out shadow, or unit"):
        Shadow(0.01).gate(by_user)


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
