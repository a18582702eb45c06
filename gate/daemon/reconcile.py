"""What the gate does once (plan, tick, execute a command), each on the repository as it is now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sluicegate.gate.adapters.git.repository import MAIN, Repository
from sluicegate.gate.adapters.sources import Sources, source_of
from sluicegate.gate.core.commands import Command
from sluicegate.gate.core.envelope import Signer
from sluicegate.gate.daemon.argocd_refresh import Refresh, ask_argocd, request_refreshes
from sluicegate.gate.daemon.blindness import Blindness
from sluicegate.gate.daemon.clock import last_commit
from sluicegate.gate.daemon.company import crowds, within_caps
from sluicegate.gate.daemon.evaluate import JUDGED, Clock, evaluate
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.gate.daemon.pictures import Picture
from sluicegate.gate.daemon.publish import publish
from sluicegate.gate.daemon.racing import until_its_turn, until_won
from sluicegate.gate.daemon.readings import read_all
from sluicegate.gate.daemon.smoke import SmokeTests
from sluicegate.gate.daemon.state import Pair, State, state_of
from sluicegate.gate.daemon.verdicts import VerdictSource
from sluicegate.gate.metrics.base import gates
from sluicegate.specs.environment_file import environment_shape
from sluicegate.specs.model_file import gates_shape
from sluicegate.specs.suggestions import suggest_one_of
from sluicegate.specs.yamlio import InputError

AT_ONCE = 8
"""Evaluations at a time."""
UNHURRIED = ("promote", "release", "retry", "approve")
"""Commands that only raise traffic, or let it rise: they can wait while others write."""
Only = Callable[[str, str], bool]
"""(environment, model) -> whether it is evaluated."""


def require(
    repository: Repository, environments: Sequence[str], models: Sequence[str], branch: str = MAIN
) -> None:
    """Refuse names that the branch does not have: they would be evaluated for ever without a word.

    Raises InputError for the first one, GitError.
    """
    if not environments and not models:
        return
    _require(state_of(repository, branch), environments, models)


def plan(
    repository: Repository,
    sources: Sources = source_of,
    *,
    clock: Clock,
    smoke: SmokeTests | None = None,
    only: Only | None = None,
    branch: str = MAIN,
    blindness: Blindness | None = None,
    verdicts: Sequence[VerdictSource] = (),
) -> list[Outcome]:
    """What the gate would do now, in the order of the environments. A dry run. Raises GitError."""
    return _evaluate_all(
        state_of(repository, branch),
        sources,
        clock,
        only,
        blindness=blindness,
        smoke=smoke,
        verdicts=verdicts,
    )


def tick(
    repository: Repository,
    sources: Sources = source_of,
    *,
    clock: Clock,
    smoke: SmokeTests | None = None,
    only: Only | None = None,
    branch: str = MAIN,
    refresh: Refresh = ask_argocd,
    blindness: Blindness | None = None,
    signer: Signer | None = None,
    picture: Picture | None = None,
    verdicts: Sequence[VerdictSource] = (),
) -> list[Outcome]:
    """Decide everything at one tip and commit it, its evidence signed where there is a signer.

    `verdicts` are asked for a verdict where none is recorded.

    Raises PushRefused (RaceLost after ATTEMPTS), GitError.
    """

    def attempt() -> list[Outcome]:
        state = state_of(repository, branch)
        outcomes = _evaluate_all(
            state, sources, clock, only, blindness=blindness, smoke=smoke, verdicts=verdicts
        )
        return request_refreshes(state, publish(state, outcomes, branch, signer, picture), refresh)

    return until_won(attempt)


def execute(
    repository: Repository,
    environment: str,
    model: str,
    command: Command,
    sources: Sources = source_of,
    *,
    clock: Clock,
    smoke: SmokeTests | None = None,
    branch: str = MAIN,
    refresh: Refresh = ask_argocd,
    signer: Signer | None = None,
    precondition: Callable[[State], None] = lambda _: None,
    verdicts: Sequence[VerdictSource] = (),
) -> Outcome:
    """Carry out a person's command; `precondition` raises where the state is another than they spoke of.

    Raises CommandError where it makes no sense, InputError for an unknown name, PushRefused, GitError.
    """

    def attempt() -> list[Outcome]:
        state = state_of(repository, branch)
        precondition(state)
        _require(state, (environment,), (model,))
        # A rollback by hand must not wait for metrics that do not come.
        judged = [(environment, model)] if command.name in JUDGED else []
        readings = read_all(state, judged, sources, clock)
        outcome = evaluate(
            state,
            environment,
            model,
            readings=readings,
            clock=clock,
            command=command,
            smoke=smoke,
            verdicts=verdicts,
        )
        return request_refreshes(state, publish(state, [outcome], branch, signer), refresh)

    if command.name in UNHURRIED:
        return until_its_turn(repository, attempt)[0]
    return until_won(attempt)[0]


def _require(state: State, environments: Iterable[str], models: Iterable[str]) -> None:
    for name in environments:
        _require_one("environment", name, state.environments)
    for name in models:
        _require_one("model", name, state.models)


def _require_one(what: str, name: str, known: Sequence[str]) -> None:
    if name in known:
        return
    raise InputError.of(f"there is no {what} {name!r}", suggest_one_of(name, known))


def _evaluate_all(
    state: State,
    sources: Sources,
    clock: Clock,
    only: Only | None,
    *,
    blindness: Blindness | None,
    smoke: SmokeTests | None,
    verdicts: Sequence[VerdictSource],
) -> list[Outcome]:
    pairs = [
        (environment, model)
        for environment in state.environments
        for model in state.models
        if only is None or only(environment, model)
    ]
    # Python 3.11 may fail to build a form's reader in several threads at once.
    environment_shape()
    gates_shape(gates())
    settled = state.memo.settled
    due = [(environment, model) for environment, model in pairs if environment not in settled.get(model, ())]
    readings = read_all(state, due, sources, clock)
    at_tip = crowds(state, due)
    if due:
        last_commit(state)  # else each thread below starts a process to read it

    def one(pair: Pair, crowded: str | None = None) -> Outcome:
        crowd = at_tip.get(pair[0])
        why = crowded or (None if crowd is None else crowd.reason)
        return evaluate(
            state,
            *pair,
            readings=readings,
            clock=clock,
            blindness=blindness,
            crowded=why,
            smoke=smoke,
            verdicts=verdicts,
        )

    with ThreadPoolExecutor(AT_ONCE) as pool:
        evaluated = within_caps(list(pool.map(one, due)), at_tip, one)
    outcomes = dict(zip(due, evaluated, strict=True))
    for (environment, model), outcome in outcomes.items():
        if outcome.settled:
            settled.setdefault(model, {})[environment] = outcome
    return [outcomes.get((environment, model)) or settled[model][environment] for environment, model in pairs]
