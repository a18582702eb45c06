"""Whether the rollout that model.yaml asks for can come to a decision."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sluicegate.gate.core.budget import LIMIT, clean_requests
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Policy
from sluicegate.specs.yamlio import Document
from sluicegate.validators.runner.finding import Finding, Place, fail, passed, waived
from sluicegate.validators.runner.registry import check

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


@check(
    "rollout-decidable",
    family="rollout",
    remedy="Widen a margin, take steps out, extend the deadline, or correct the declared traffic.",
)
def rollout_decidable(spec: ModelSpec, document: Document) -> Iterator[Finding]:
    """The rollout can prove itself within its deadline, at the declared traffic.

    Counted for a release without one bad request, which is the least that the gate's statistics can do
    with; a rollout that cannot finish even so would be held at its deadline every time.
    """
    rollout = spec.rollout
    at = Place(document.path, *document.place(("spec", "rollout")))
    steps = clean_requests(policy(spec))
    requests = sum(steps)
    deadline = seconds(rollout.deadline)
    if any(step >= LIMIT for step in steps):
        yield fail("a step cannot be proven by any number of requests: its margin is too small", at)
        return
    if rollout.traffic is None:
        times = ", ".join(f"{duration(requests / rate)} at {rate}" for rate in (1, 10, 100))
        yield waived(
            f"no traffic is declared (spec.rollout.traffic, requests a second); it needs about "
            f"{requests:,} clean requests: {times} requests/s",
            at,
            observed=requests,
        )
        return
    waits = rollout.min_seconds
    needed = sum(max(step / rollout.traffic, waits) for step in steps)
    message = (
        f"about {requests:,} clean requests are needed: {duration(needed)} at {rollout.traffic:g} "
        f"requests/s, and the deadline is {rollout.deadline}"
    )
    judged = passed if needed <= deadline else fail
    yield judged(message, at, observed=needed, threshold=deadline)


def policy(spec: ModelSpec) -> Policy:
    """The rollout as the gate's core judges it."""
    rollout = spec.rollout
    return Policy(
        steps=rollout.steps,
        gates=tuple(gate.gate(spec) for gate in rollout.gates),
        min_requests=rollout.min_requests,
        min_seconds=rollout.min_seconds,
        deadline=timedelta(seconds=seconds(rollout.deadline)),
        alpha=rollout.alpha,
    )


def seconds(text: str) -> int:
    """A duration as model.yaml writes it (`90s`, `30m`, `24h`, `7d`), in seconds."""
    return int(text[:-1]) * UNITS[text[-1]]


def duration(value: float) -> str:
    """Seconds in words, in the largest unit of which there is one."""
    name, size = next(((n, s) for n, s in reversed(UNITS.items()) if value >= s), ("s", 1))
    return f"{value / size:.1f} {name}"
