"""What one release owes to others: how long a version bakes before it goes on, and the cap on releases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.core.change import same
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.gate.daemon.state import Pair, State
from sluicegate.specs.durations import duration
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.release import Version
from sluicegate.specs.yamlio import InputError


def baking_until(state: State, spec: EnvironmentSpec, model: str, version: Version) -> datetime | None:
    """Until when this version has to stay where it is stable; None where it may go on.

    A release.yaml that does not say since when its version is stable counts from its last change. Raises
    InputError, GitError.
    """
    if spec.bake is None:
        return None
    moments = []
    for name in spec.upstream:
        release = state.release(name, model)
        since = release.stable_since or release.since
        if release.stable is not None and same(release.stable, version) and since is not None:
            moments.append(since)
    return max(moments) + duration(spec.bake) if moments else None


@dataclass(frozen=True)
class Crowd:
    """The releases that run in one environment, where their number is limited."""

    most: int
    running: tuple[str, ...]

    @property
    def reason(self) -> str | None:
        """Why no other may start; None where one may."""
        if len(self.running) < self.most:
            return None
        return f"no more than {self.most} may run here at a time, and these do: {', '.join(self.running)}"


def crowds(state: State, pairs: Sequence[Pair]) -> dict[str, Crowd]:
    """By environment with a cap: what runs there at the tip, evaluated now or not."""
    found: dict[str, Crowd] = {}
    for environment in dict.fromkeys(name for name, _ in pairs):
        most = _cap(state, environment)
        if most is not None:
            running = [model for model in state.models if _runs(state, environment, model)]
            found[environment] = Crowd(most, tuple(running))
    return found


def within_caps(
    outcomes: Sequence[Outcome], at_tip: Mapping[str, Crowd], again: Callable[[Pair, str], Outcome]
) -> list[Outcome]:
    """The same outcomes, but no more of them start a release than may; the first in order do.

    `again` evaluates a pair once more, with the reason why it may not start.
    """
    crowd = dict(at_tip)
    kept: list[Outcome] = []
    for outcome in outcomes:
        here = crowd.get(outcome.environment)
        if here is not None and _starts(outcome):
            if here.reason is not None:
                kept.append(again((outcome.environment, outcome.model), here.reason))
                continue
            crowd[outcome.environment] = Crowd(here.most, (*here.running, outcome.model))
        kept.append(outcome)
    return kept


def _starts(outcome: Outcome) -> bool:
    decision = outcome.decision
    return decision is not None and decision.before.canary is None and decision.release.canary is not None


def _cap(state: State, environment: str) -> int | None:
    try:
        return state.environment(environment).max_canaries
    except (InputError, GitError):
        # Nothing starts in an environment that cannot be read.
        return None


def _runs(state: State, environment: str, model: str) -> bool:
    try:
        return state.release(environment, model).canary is not None
    except (InputError, GitError):
        # It may be running: what cannot be read makes no room.
        return True
