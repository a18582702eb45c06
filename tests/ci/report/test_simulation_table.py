from __future__ import annotations

from sluicegate.ci.report.simulation_table import table
from sluicegate.gate.simulate.rules import Ending
from sluicegate.gate.simulate.scenarios import BY_NAME
from sluicegate.gate.simulate.score import score

ENDINGS = [Ending("finish", 270, 26_950, 4852, 25)] * 3 + [Ending("rollback", 70, 7000, 71, 8)]


def scored(rule, name):
    return score(rule, BY_NAME[name].at(0.01), 0.01, ENDINGS)


def test_a_line_says_how_it_ended_and_what_it_cost():
    *_, line = table([scored("sluice", "null")])
    assert line == (
        "| no harm: 0.5 % fail, 100/s | sluice | 75.0 % | 25.0 % | 0.0 % | 75.1 % rollback | 4.5 min, 26,950 "
        "| 70 s, 71, 8 |"
    )


def test_a_scenario_is_named_once_and_where_either_end_is_right_nothing_is_false():
    _, _, first, second, third = table([scored("a", "null"), scored("b", "null"), scored("a", "at-margin")])
    assert first.startswith("| no harm")
    assert second.startswith("|  | b |")
    assert third.startswith("| exactly the margin, 100/s | a |")
    between = BY_NAME["null"]
    (*_, line) = table([score("a", between.at(0.01), 0.01, ENDINGS)])
    assert "rollback" in line
