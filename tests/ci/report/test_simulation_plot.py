from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from sluicegate.ci.report.simulation_plot import plots
from sluicegate.gate.simulate.rules import Ending
from sluicegate.gate.simulate.scenarios import BY_NAME
from sluicegate.gate.simulate.score import score

ENDINGS = [Ending("finish", 270, 26_950, 4852, 25)] * 3 + [Ending("rollback", 70, 7000, 71, 8)]


def scored(rule, name):
    return score(rule, BY_NAME[name].at(0.01), 0.01, ENDINGS)


@pytest.fixture(scope="module")
def drawn():
    return plots([scored(rule, name) for name in ("null", "at-margin") for rule in ("sluice", "flagger")])


def test_each_is_an_svg_document_that_describes_itself(drawn):
    assert {*drawn} == {"false-rollbacks.svg", "false-promotions.svg", "delay.svg"}
    for text in drawn.values():
        assert ET.fromstring(text).tag.endswith("svg")
        assert "sluice: 75.0 % finished, 25.0 % rolled back" in text


def test_scenarios_are_where_their_error_is(drawn):
    assert "null  flagger" in drawn["false-rollbacks.svg"]
    assert "at-margin" not in drawn["false-rollbacks.svg"]
    assert "null" not in drawn["false-promotions.svg"]


def test_what_was_not_run_is_not_drawn():
    assert {*plots([scored("sluice", "null")])} == {"false-rollbacks.svg"}
