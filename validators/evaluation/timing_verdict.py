"""From timings to a finding: what is not fast enough is timed again, and fails only where all runs agree."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace

from sluicegate.validators.evaluation.estimates import Estimate
from sluicegate.validators.evaluation.timing import Times
from sluicegate.validators.runner.finding import Finding, Verdict

MOST_RUNS = 4
"""After which what is still open is inconclusive."""
RESTLESS = 1.5
"""How far a machine's own speed may move, as a ratio, before an open question is put down to it."""


class Criterion(ABC):
    """A limit that timings are held against."""

    @abstractmethod
    def good(self, times: Times) -> bool:
        """Whether the timings show that it is kept."""

    @abstractmethod
    def bad(self, times: Times) -> bool:
        """Whether the timings show that it is not."""

    @abstractmethod
    def estimate(self, times: Times) -> Estimate:
        """What is held against the limit."""

    @abstractmethod
    def finding(self, verdict: Verdict, times: Times, where: str) -> Finding:
        """The finding of all runs together; its remedy is that of a fail."""


@dataclass(frozen=True)
class Level(Criterion):
    """The most milliseconds that 95 of 100 calls may take."""

    p95_ms: float

    def good(self, times: Times) -> bool:
        """The whole interval is below."""
        return self.estimate(times).upper <= self.p95_ms

    def bad(self, times: Times) -> bool:
        """The whole interval is above."""
        return self.estimate(times).lower > self.p95_ms

    def estimate(self, times: Times) -> Estimate:
        """The 95th percentile, in milliseconds."""
        return times.percentile(0, 95)

    def finding(self, verdict: Verdict, times: Times, where: str) -> Finding:
        """With the median and the 99th percentile."""
        p50, p95, p99 = (times.milliseconds(0, q) for q in (50, 95, 99))
        message = f"p50 {p50:.3f} ms, p95 {p95:.3f} ms, p99 {p99:.3f} ms ({where})"
        remedy = f"95 of 100 calls take {p95:.3g} ms: make the model smaller, or raise `latency.p95_ms`."
        if times.rivals > 1 and times.percentile(1, 95).lower > self.p95_ms:
            old = times.milliseconds(1, 95)
            remedy = (
                f"Production takes {old:.3g} ms here as well: judge on a machine like the one that serves, "
                "or raise `latency.p95_ms`."
            )
        return _finding(verdict, message, self.estimate(times), self.p95_ms, remedy)


@dataclass(frozen=True)
class Comparison(Criterion):
    """The most that a call may take of production's time; a loss below `floor_ms` is ignored."""

    ratio: float
    floor_ms: float

    def good(self, times: Times) -> bool:
        """The whole interval is below the ratio, or the loss below the floor."""
        return self.estimate(times).upper <= self.ratio or times.slowdown().upper <= self.floor_ms

    def bad(self, times: Times) -> bool:
        """The whole interval is above the ratio, and the loss above the floor."""
        return self.estimate(times).lower > self.ratio and times.slowdown().lower > self.floor_ms

    def estimate(self, times: Times) -> Estimate:
        """The ratio of both times."""
        return times.ratio()

    def finding(self, verdict: Verdict, times: Times, where: str) -> Finding:
        """With the difference in milliseconds, and whether the floor alone lets it pass."""
        ratio = times.ratio()
        loss = times.slowdown()
        message = (
            f"{ratio.value:.2f} times production's time ({ratio.lower:.2f} to {ratio.upper:.2f}), "
            f"{loss.value:+.3f} ms a call ({where})"
        )
        if verdict == Verdict.PASS and ratio.upper > self.ratio:
            message += f"; differences below {self.floor_ms:g} ms are ignored"
        remedy = (
            f"A call takes {loss.value:.3g} ms more than production's: make the model smaller, or raise "
            "`latency.ratio`."
        )
        old = f"p50 {times.milliseconds(1, 50):.3f} ms"
        return replace(_finding(verdict, message, ratio, self.ratio, remedy), production=old)


def judged(first: Times, again: Callable[[], Times], criterion: Criterion, where: str) -> Finding:
    """The first run's finding where it shows that the limit is kept; else that of up to `MOST_RUNS` runs.

    `again` times once more, interleaved as the first run was. It fails where two or more runs, each by
    itself, show that the limit is not kept, and none of them differs; it passes where all together show
    that it is kept; else it is inconclusive. `where` says on what it ran.
    """
    runs = [first]
    whole = first
    while not criterion.good(whole):
        if len(runs) > 1 and all(map(criterion.bad, runs)):
            return criterion.finding(Verdict.FAIL, whole, f"{where}; {len(runs)} runs agree")
        if len(runs) == MOST_RUNS:
            undecided = criterion.finding(
                Verdict.INCONCLUSIVE, whole, f"{where}; {len(runs)} runs, undecided"
            )
            return replace(undecided, remedy=_unsettled(whole))
        runs.append(again())
        whole = whole.joined(runs[-1])
    return criterion.finding(Verdict.PASS, whole, where if len(runs) == 1 else f"{where}; {len(runs)} runs")


def _finding(verdict: Verdict, message: str, estimate: Estimate, limit: float, remedy: str) -> Finding:
    return Finding(
        "",
        verdict,
        f"{message}; the limit is {limit:g}",
        observed=estimate.value,
        interval=(estimate.lower, estimate.upper),
        threshold=limit,
        remedy=None if verdict == Verdict.PASS else remedy,
    )


def _unsettled(times: Times) -> str:
    """What to do where the runs do not agree: the cause is the machine, or a time near the limit."""
    if times.unrest > RESTLESS:
        cores = len(os.sched_getaffinity(0))
        return (
            f"The speed of this machine moved by a factor of {times.unrest:.1f} meanwhile, with a load of "
            f"{os.getloadavg()[0]:.1f} on {cores} processors: run it again on a quieter one."
        )
    return "The time is too near the limit to tell: make the model smaller, or raise the limit."
