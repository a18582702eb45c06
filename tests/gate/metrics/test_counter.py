"""Counters of the business as a gate: what it counts, what it is called, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.specs import model_yaml

from sluicegate.gate.metrics.base import gates
from sluicegate.gate.metrics.counter import Counted, Counter
from sluicegate.specs.model import ModelSpec, Unit
from sluicegate.specs.model_file import load_model
from sluicegate.specs.policy import Gate
from sluicegate.specs.strictness import counts_alike
from sluicegate.specs.yamlio import InputError, parse

CHECKOUT = Counter(
    "checkout",
    failed=Counted("checkout_failures_total", {"shop": "de"}),
    of=Counted("checkout_total"),
    margin=0.02,
)


def test_its_name_and_its_series_are_those_of_the_gate(model: ModelSpec) -> None:
    counted = 'checkout_failures_total{shop="de"} of checkout_total by track canary/stable, 1m later'
    assert CHECKOUT.gate(model) == Gate("counter/checkout", 0.02, series=counted)
    relative = replace(CHECKOUT, at_most=0.5, relative=0.1, tolerance=0.02)
    assert relative.gate(model) == Gate("counter/checkout", 0.02, 0.02, 0.5, 0.1, series=counted)


def test_failures_and_all_are_counted_at_the_same_place(model: ModelSpec) -> None:
    (counter,) = replace(CHECKOUT, model_label="model", delay="90s").failure_counters(model)
    business = counter.business
    assert business is not None
    assert (counter.at, counter.minus, business.delay_seconds) == ("business", (), 90)
    assert (counter.plus[0].sample, counter.plus[0].equal) == (
        "checkout_failures_total",
        {"shop": "de", "model": "m"},
    )
    assert (business.requests.sample, business.requests.equal) == ("checkout_total", {"model": "m"})


def test_several_values_of_a_label_count_and_what_is_counted_has_a_name(model: ModelSpec) -> None:
    of = Counted("checkout_total", any_of={"shop": ("de", "a.t")}, none_of={"method": ("HEAD",)})
    gate = replace(CHECKOUT, of=of, unit="checkouts").gate(model)
    assert r'of checkout_total{shop=~"de|a\\.t",method!~"HEAD"} by track' in gate.series
    assert gate.unit == "checkouts"


def test_a_counter_as_a_share_of_itself_is_refused(model: ModelSpec) -> None:
    with pytest.raises(InputError, match="of and failed are the same counter"):
        replace(CHECKOUT, failed=Counted("checkout_total")).gate(model)
    replace(CHECKOUT, failed=Counted("checkout_total", {"code": "500"})).gate(model)


@pytest.mark.parametrize(
    "other",
    [
        {"failed": Counted("checkout_failures_total", {"shop": "none"})},
        {"of": Counted("page_views_total")},
        {"track_label": "variant"},
        {"canary": "stable", "stable": "canary"},
        {"model_label": "model"},
        {"delay": "2m"},
    ],
)
def test_a_gate_that_counts_something_else_is_no_longer_alike(
    model: ModelSpec, other: dict[str, object]
) -> None:
    changed = replace(CHECKOUT, **other)  # type: ignore[arg-type]
    assert counts_alike(CHECKOUT.gate(model), replace(CHECKOUT, margin=0.5).gate(model))
    assert not counts_alike(CHECKOUT.gate(model), changed.gate(model))


@pytest.mark.parametrize(
    ("other", "where", "message"),
    [
        ({"stable": "canary"}, "stable", "canary and stable have the same value"),
        ({"of": Counted("x", {"track": "y"})}, "of", "the label track is set twice"),
        ({"of": Counted("x", none_of={"track": ("y",)})}, "of", "the label track is set twice"),
        ({"of": Counted("x", {"a": "1"}, any_of={"a": ("2",)})}, "of", "the label a is set twice"),
        ({"failed": Counted("x", {"model": "y"}), "model_label": "model"}, "failed", "the label model is"),
    ],
)
def test_labels_that_contradict_each_other_are_refused(
    model: ModelSpec, other: dict[str, object], where: str, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        replace(CHECKOUT, **other).gate(model)  # type: ignore[arg-type]
    (problem,) = caught.value.problems
    assert problem.where == where and problem.message.startswith(message)


def read(*counters: str) -> list[str]:
    """The problems of a model with these gates beside its own."""
    listed = "".join(f", {{metric: counter, margin: 0.01, {text}}}" for text in counters)
    text = model_yaml().decode().replace("margin: 0.01}]", f"margin: 0.01}}{listed}]")
    try:
        load_model(parse(text.encode(), "models/m/model.yaml"), gates=gates(), sections=None)
    except InputError as error:
        return [f"{problem.where}: {problem.message}" for problem in error.problems]
    return []


def test_several_are_declared_under_different_names() -> None:
    of = "of: {series: b_total}, failed: {series: a_total, labels: {shop: de}}"
    assert read(f"name: a, {of}", f"name: b, {of}") == []
    assert read(f"name: a, {of}", f"name: a, {of}") == [
        "spec.rollout.gates[2].name: there are two gates 'counter/a'"
    ]
    several = "of: {series: b_total, any_of: {shop: [de, at]}, none_of: {method: [HEAD]}}"
    assert read(f"name: a, unit: checkouts, {several}, failed: {{series: a_total}}") == []
    (empty,) = read("name: a, of: {series: b_total, any_of: {shop: []}}, failed: {series: a_total}")
    assert empty.startswith("spec.rollout.gates[1].of.any_of.shop: ")
    (refused,) = read("name: a, of: {series: 'b total'}, failed: {series: a_total}")
    assert refused == 'spec.rollout.gates[1].of.series: "b total" has the wrong form'


def test_where_users_are_counted_it_is_refused_by_name(model: ModelSpec) -> None:
    by_user = replace(model, rollout=replace(model.rollout, unit=Unit("X-User-Id")))
    with pytest.raises(InputError, match="leave out counter, or unit"):
        CHECKOUT.gate(by_user)
