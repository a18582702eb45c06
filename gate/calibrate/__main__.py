"""`python -m sluicegate.gate.calibrate [ROLLOUTS]`: prints the table of docs/gate.md.

The seed is fixed: the same figures every time.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from sluicegate.gate.calibrate.simulation import Outcome, simulate
from sluicegate.gate.calibrate.traffic import (
    TrafficModel,
    autocorrelated,
    bursts,
    diurnal,
    flat,
    independent,
    round_robin,
    sticky,
)
from sluicegate.specs.policy import Gate, Policy

STEPS = (1, 5, 25, 50, 100)


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    name: str
    traffic: TrafficModel
    margin: float = 0.01

    def run(self, rollouts: int, seed: int) -> Outcome:
        """With one gate, `error_rate`, and the policy's defaults."""
        policy = Policy(STEPS, (Gate("error_rate", self.margin),))
        return simulate(self.traffic, policy, rollouts, seed)


def table() -> list[Case]:
    """Each row."""
    return [
        Case("no harm, 0.5 %: flat", independent(flat(0.005))),
        Case("no harm: diurnal, +-90 %", independent(diurnal(0.005))),
        Case("no harm: AR(1) 0.7", independent(autocorrelated(0.005))),
        Case("no harm: bursts of outage", independent(bursts(0.005))),
        Case("no harm: smooth round robin", round_robin(0.005)),
        Case("no harm: sticky users, 50 requests each, clustered failures", sticky(0.005)),
        Case("rate difference exactly at the margin", independent(flat(0.005), 0.01)),
        Case("no failures at all", independent(flat(0.0))),
        Case("no failures at all, margin 0.002", independent(flat(0.0)), 0.002),
        Case("0 -> 11 %", independent(flat(0.0), 0.11)),
        Case("0.5 -> 2 %", independent(flat(0.005), 0.015)),
    ]


def main(rollouts: int) -> None:
    """Print the table."""
    print("| case | margin | finish | rollback | undecided | total / canary requests (median) |")
    print("|---|---|---|---|---|---|")
    for case in table():
        end = case.run(rollouts, seed=20240601)
        undecided = 1 - end.finished - end.rolled_back
        print(
            f"| {case.name} | {case.margin} | {end.finished:.1%} | {end.rolled_back:.1%} | {undecided:.1%} "
            f"| {end.requests:,.0f} / {end.canary_requests:,.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m sluicegate.gate.calibrate", description=__doc__)
    parser.add_argument("rollouts", type=int, nargs="?", default=1000, help="of each case [default: 1000]")
    main(parser.parse_args().rollouts)
