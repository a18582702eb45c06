import pytest

from sluicegate.gate.adapters.gateways.base import FAMILIES, SeriesSelector, dialect, dialects, edges, quoted
from sluicegate.gate.adapters.gateways.sluice import SLUICE
from sluicegate.specs.environment_file import environment_shape

ASKED = SeriesSelector(("m",), "n", {"cluster": 'a"b\\c'})


def test_every_file_is_a_dialect_that_environments_can_name():
    named = environment_shape().schema["$defs"]["Metrics"]["properties"]["gateway"]["enum"]
    assert list(dialects()) == named == ["istio", "sluice", "traefik"]
    assert all(name == made.name for name, made in dialects().items())


def test_a_name_is_given_once():
    with pytest.raises(ValueError, match="there twice"):
        dialect(SLUICE)


@pytest.mark.parametrize("name", ["sluice", "traefik", "istio"])
def test_every_selector_keeps_the_labels_of_the_environment(name: str):
    made = dialects()[name]
    selectors = [made.alive(ASKED), made.series(ASKED)] + [
        made.series(ASKED, frozenset({f})) for f in FAMILIES
    ]
    assert all(f"cluster={quoted(ASKED.labels['cluster'])}" in text for text in selectors)
    assert made.edges_remedy and made.translate([], ASKED) == []


def test_edges_are_those_of_the_gate_in_either_unit():
    assert edges() == "5,10,20,50,100,200,500,1000,2000"
    assert edges(1000) == "0.005,0.01,0.02,0.05,0.1,0.2,0.5,1,2"
