"""Ticks in which many releases move, beside git alone.

Git alone fetches what people merged, and writes and pushes the same commits, by one process each. It decides
nothing, so what deciding takes is a figure of its own, and the gate without it is held beside git as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sluicegate.embedded.bench.fleet import Fleet
from sluicegate.embedded.bench.spending import ratio, run, sluice, spent
from sluicegate.embedded.bench.steady import Steady
from sluicegate.gate.adapters.git.repository import EVIDENCE, MAIN, Repository
from sluicegate.gate.core.commands import Command
from sluicegate.gate.core.machine import decide
from sluicegate.gate.daemon.evaluate import evaluate
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.gate.daemon.publish import publish
from sluicegate.gate.daemon.reconcile import tick
from sluicegate.gate.daemon.state import state_of

LATER = timedelta(minutes=10)
"""From one step of the canaries to the tick that lets them take the next."""


def starting(fleet: Fleet, models: int) -> dict[str, Any]:
    """A tick that starts models which nobody has released yet."""
    with _stage(fleet) as stage:
        stage.tick()
        return stage.measured(lambda people: fleet.bring(people, models))


def advancing(fleet: Fleet, models: int) -> dict[str, Any]:
    """A tick that starts dark canaries of higher versions, and the one that lets all advance to 5 percent."""
    with _stage(fleet) as stage:
        stage.tick()
        names = fleet.names[:models]
        stage.adopt(names)
        start = stage.measured(lambda people: fleet.raise_versions(people, names))
        stage.now += LATER
        stage.tick()
        stage.now += LATER
        return {"start": start, "advance": stage.measured()}


def verifying(fleet: Fleet) -> dict[str, Any]:
    """`sluice verify` over five decisions of each model, beside `git log -p` of the same commits."""
    with _stage(fleet) as stage:
        stage.tick()
        stage.adopt(fleet.names)
        with Repository(str(stage.bare)) as people:
            fleet.raise_versions(people, fleet.names)
        decided = fleet.models
        for _ in range(4):
            decided += sum(outcome.commit is not None for outcome in stage.tick())
            stage.now += LATER
        verified = spent(lambda: sluice(stage.bare, "verify"))
        shown = spent(lambda: run(stage.bare, "git", "log", "-p", MAIN, EVIDENCE))
    return {
        "decisions": decided,
        "verify_ms_each": round(1000 * verified / decided, 1),
        **ratio(verified, shown),
    }


@dataclass
class _Stage:
    """A fleet, and a gate that watches it; `now` is the time that the gate has."""

    folder: Path
    bare: Path
    gate: Repository
    environment: str
    now: datetime

    def tick(self) -> list[Outcome]:
        """One tick of the gate; what came of each release."""
        return tick(self.gate, lambda _: Steady(), clock=lambda: self.now)

    def _tick_and_end(self) -> list[Outcome]:
        """A tick, and the end of the process that read for it: only then its CPU is counted."""
        outcomes = self.tick()
        self.gate.blobs.close()
        return outcomes

    def adopt(self, models: Sequence[str]) -> None:
        """Accept the releases that the fleet was written with: each has a record of evidence from here on."""
        state = state_of(self.gate, MAIN)
        command = Command("adopt", "the fleet as it was written")
        publish(
            state,
            [
                evaluate(state, self.environment, name, readings={}, clock=lambda: self.now, command=command)
                for name in models
            ],
        )

    def measured(self, merge: Callable[[Repository], str] | None = None) -> dict[str, Any]:
        """A tick beside git alone, after people merged something, where they do: both have to fetch that."""
        with TemporaryDirectory(dir=self.folder) as folder:
            copy, target = (Path(folder, f"{name}.git") for name in ("copy", "target"))
            for path in (copy, target):
                run(self.folder, "git", "clone", "--quiet", "--bare", str(self.bare), str(path))
            before = self._tips()
            if merge is not None:
                with Repository(str(self.bare)) as people:
                    before[MAIN] = merge(people)
                run(target, "git", "fetch", "--quiet", str(self.bare), f"{MAIN}:{MAIN}")
            self.gate.blobs.close()
            outcomes: list[Outcome] = []
            decided = spent(lambda: outcomes.extend(self._tick_and_end()))
            deciding = spent(lambda: _decide_again(outcomes))
            known = [f"^{sha}" for sha in before.values()]
            number = int(run(self.bare, "git", "rev-list", "--count", MAIN, *known))
            commits = run(
                self.bare, "git", "fast-export", "--reference-excluded-parents", MAIN, EVIDENCE, *known
            )

            def git_alone() -> None:
                if merge is not None:
                    run(copy, "git", "fetch", "--quiet", str(self.bare), f"{before[MAIN]}:refs/heads/{MAIN}")
                run(copy, "git", "fast-import", "--quiet", stdin=commits)
                run(copy, "git", "push", "--quiet", "--atomic", str(target), MAIN, EVIDENCE)

            alone = spent(git_alone)
            if self._tips() != self._tips(target):
                raise AssertionError("git alone did not write what the gate wrote")
        return {
            "decisions": number,
            **ratio(decided, alone),
            "decide_ms_each": round(1000 * deciding / number, 1),
            "ratio_without_decide": round((decided - deciding) / alone, 2),
        }

    def _tips(self, path: Path | None = None) -> dict[str, str]:
        form = "--format=%(refname:short) %(objectname)"
        lines = run(path or self.bare, "git", "for-each-ref", form).decode().splitlines()
        return dict(line.split() for line in lines)


def _decide_again(outcomes: Sequence[Outcome]) -> None:
    """Every decision that was committed, once more: from the same figures, and without git."""
    for outcome in outcomes:
        decision, policy, observations = outcome.decision, outcome.policy, outcome.observations
        if outcome.commit is None or decision is None or policy is None or observations is None:
            continue
        if decide(decision.before, policy, observations, outcome.at) != decision:
            raise AssertionError(f"{outcome.model} is decided otherwise from the same figures")


@contextmanager
def _stage(fleet: Fleet) -> Iterator[_Stage]:
    with TemporaryDirectory() as folder:
        bare = Path(folder, "models.git")
        fleet.write(bare)
        with Repository(str(bare), Path(folder, "cache.git")) as gate:
            yield _Stage(Path(folder), bare, gate, fleet.places[0], datetime.now(UTC))
