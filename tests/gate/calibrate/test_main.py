"""The documented table, at alpha 5 %, measured on the gate's own decisions; only the traffic is simulated.

Bounds are binomial: of N rollouts that err with probability alpha, more than `most(N, alpha)` err in 1 run of
1,000. Seeds are fixed, so a pass stays a pass.
"""

from __future__ import annotations

import pytest
from scipy.stats import binom

from sluicegate.gate.calibrate import __main__ as program

ROLLOUTS = 100
CASES = {case.name: case for case in program.table()}


def most(rollouts, alpha):
    return int(binom.ppf(0.999, rollouts, alpha))


def run(name):
    return CASES[name].run(ROLLOUTS, seed=1)


@pytest.mark.parametrize("name", [n for n in CASES if n.startswith("no harm") and "sticky" not in n])
def test_a_harmless_version_finishes(name):
    end = run(name)
    assert end.rolled_back * ROLLOUTS <= most(ROLLOUTS, 0.05)
    assert end.finished + end.rolled_back == pytest.approx(1)


def test_a_rate_difference_at_the_margin_is_not_promoted():
    assert run("rate difference exactly at the margin").finished * ROLLOUTS <= most(ROLLOUTS, 0.05)


def test_harmful_versions_are_rolled_back_early():
    assert run("0 -> 11 %").rolled_back == 1
    assert run("0 -> 11 %").canary_requests < 40
    assert run("0.5 -> 2 %").rolled_back == 1


def test_clean_rollouts_cost_what_is_documented():
    end = run("no failures at all")
    assert end.finished == 1
    assert 7000 < end.requests < 9000


def test_the_same_seed_gives_the_same_figures_and_another_one_others():
    case = CASES["no harm, 0.5 %: flat"]
    assert case.run(10, seed=3) == case.run(10, seed=3) != case.run(10, seed=4)


def test_the_table_has_a_row_for_each_case(capsys, monkeypatch):
    monkeypatch.setattr(program, "table", lambda: [CASES["0 -> 11 %"]])
    program.main(3)
    head, _, row = capsys.readouterr().out.splitlines()
    assert head == "| case | margin | finish | rollback | undecided | total / canary requests (median) |"
    assert row.startswith("| 0 -> 11 % | 0.01 | 0.0% | 100.0% | 0.0% | ")
