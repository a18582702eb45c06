"""After a push: ask Argo CD to look at git now, not at its next poll. It is the only write to a cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sluicegate.gate.adapters import argocd
from sluicegate.gate.adapters.kubeapi import KubeApi
from sluicegate.gate.daemon.evaluate import Outcome
from sluicegate.gate.daemon.state import State
from sluicegate.specs.environment import EnvironmentSpec

AT_ONCE = 8
"""Requests at a time."""
REFRESH = "SLUICE_REFRESH"
"""The variable that is `0` where the gate has no right to ask, and Argo CD only polls."""
Refresh = Callable[[EnvironmentSpec, str], str | None]
"""(environment, model) -> why Argo CD could not be asked; None when it was, or when there is none."""


def ask_argocd(environment: EnvironmentSpec, model: str) -> str | None:
    """Ask the Argo CD beside the gate; nobody where traffic is embedded, or SLUICE_REFRESH is 0."""
    wanted = os.environ.get(REFRESH) or "1"
    if environment.traffic == "embedded" or wanted == "0":
        return None
    if wanted != "1":
        return f"Argo CD was not asked to refresh, it polls: {REFRESH} is {wanted[:20]!r}; set it to 0 or 1"
    return argocd.refresh(KubeApi(), environment.name, model)


def refreshed(state: State, written: Sequence[Outcome], refresh: Refresh) -> list[Outcome]:
    """Ask for every release whose tracks or weight the push changed; counts alone render nothing anew.

    Never raises: what is pushed is done, and Argo CD polls.
    """

    def asked(outcome: Outcome) -> Outcome:
        if outcome.commit is None or outcome.decision is None or not _moves(outcome):
            return outcome
        try:
            return replace(outcome, refresh=refresh(state.environment(outcome.environment), outcome.model))
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            return replace(outcome, refresh=f"Argo CD was not asked to refresh, it polls: {said}")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(asked, written))


def _moves(outcome: Outcome) -> bool:
    assert outcome.decision is not None  # noqa: S101 - for the type checker: asked of decisions only
    before, after = outcome.decision.before, outcome.decision.release
    return (before.stable, before.canary, before.weight) != (after.stable, after.canary, after.weight)
