"""Look at everything, commit what is decided, and again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sluicegate.gate.adapters.git.command import NotARepository, RaceLost
from sluicegate.gate.adapters.git.repository import MAIN, Repository
from sluicegate.gate.core.commands import Command
from sluicegate.gate.daemon.argocd_refresh import Refresh, ask_argocd, refreshed
from sluicegate.gate.daemon.evaluate import Clock, Outcome, Sources, look, source_of
from sluicegate.gate.daemon.publish import write
from sluicegate.gate.daemon.state import State
from sluicegate.specs.suggestions import suggest
from sluicegate.specs.yamlio import InputError

ATTEMPTS = 10
"""How often a lost race is read and decided again before it is given up."""
AT_ONCE = 8
"""Looks at a time: most of one is waiting for metrics."""
Only = Callable[[str, str], bool]
"""(environment, model) -> whether it is looked at."""


def require(
    repository: Repository, environments: Sequence[str], models: Sequence[str], branch: str = MAIN
) -> None:
    """Make sure that the branch has these names. Raises InputError for the first that it lacks, GitError."""
    _known(_state(repository, branch), environments, models)


def plan(
    repository: Repository,
    sources: Sources = source_of,
    *,
    clock: Clock,
    only: Only | None = None,
    branch: str = MAIN,
) -> list[Outcome]:
    """What the gate would do now, in the order of the environments. Writes nothing. Raises GitError."""
    return _look_at_all(_state(repository, branch), sources, clock, only)


def tick(
    repository: Repository,
    sources: Sources = source_of,
    *,
    clock: Clock,
    only: Only | None = None,
    branch: str = MAIN,
    refresh: Refresh = ask_argocd,
) -> list[Outcome]:
    """Decide everything at one tip, commit it. Raises PushRefused (RaceLost after many tries), GitError."""

    def attempt() -> list[Outcome]:
        state = _state(repository, branch)
        return refreshed(state, write(state, _look_at_all(state, sources, clock, only), branch), refresh)

    return _until_won(attempt)


def command(
    repository: Repository,
    environment: str,
    model: str,
    asked: Command,
    sources: Sources = source_of,
    *,
    clock: Clock,
    branch: str = MAIN,
    refresh: Refresh = ask_argocd,
) -> Outcome:
    """Carry out what a person asked for.

    Raises CommandError where it makes no sense, InputError for an unknown name, PushRefused, GitError.
    """

    def attempt() -> list[Outcome]:
        state = _state(repository, branch)
        _known(state, (environment,), (model,))
        looked = look(state, environment, model, sources=sources, clock=clock, command=asked)
        return refreshed(state, write(state, [looked], branch), refresh)

    return _until_won(attempt)[0]


def run(
    repository: Repository,
    sources: Sources = source_of,
    *,
    clock: Clock,
    interval: float,
    stop: threading.Event,
    on_look: Callable[[Outcome], None] = lambda _: None,
    on_error: Callable[[Exception], None] = lambda _: None,
    only: Only | None = None,
    branch: str = MAIN,
    until_idle: bool = False,
    refresh: Refresh = ask_argocd,
) -> None:
    """Tick every `interval` seconds until `stop` is set or, with `until_idle`, until nothing moves by itself.

    `on_look` gets every outcome, `on_error` what kept a whole tick from being done; the next one tries again.
    """
    while not stop.is_set():
        try:
            outcomes = tick(repository, sources, clock=clock, only=only, branch=branch, refresh=refresh)
        # A gate that died of one bad tick would roll nothing back any more.
        except Exception as error:
            on_error(error)
        else:
            for outcome in outcomes:
                on_look(outcome)
            if until_idle and all(map(_idle, outcomes)):
                return
        stop.wait(interval)


def _idle(outcome: Outcome) -> bool:
    """Whether nothing happens here until a person does something."""
    decision = outcome.decision
    if decision is None:
        return not outcome.crashed
    return not decision.commits and (decision.release.canary is None or decision.release.hold is not None)


def _known(state: State, environments: Sequence[str], models: Sequence[str]) -> None:
    for names, known, what in (
        (environments, state.environments, "environment"),
        (models, state.models, "model"),
    ):
        for name in names:
            if name not in known:
                remedy = suggest(name, known, f"name one of: {', '.join(known) or 'none yet'}")
                raise InputError.of(f"there is no {what} {name!r}", remedy)


def _state(repository: Repository, branch: str) -> State:
    repository.fetch()
    tip = repository.tip(branch)
    if tip is None:
        raise NotARepository(f"{repository.url} has no branch {branch!r}; push one, or name another")
    return State(repository, tip)


def _look_at_all(state: State, sources: Sources, clock: Clock, only: Only | None) -> list[Outcome]:
    pairs = [(e, m) for e in state.environments for m in state.models if only is None or only(e, m)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda pair: look(state, *pair, sources=sources, clock=clock), pairs))


def _until_won(attempt: Callable[[], list[Outcome]]) -> list[Outcome]:
    """Try, and after a lost race read and decide again: never only repeat the push."""
    for _ in range(ATTEMPTS - 1):
        try:
            return attempt()
        except RaceLost:
            continue
    return attempt()
