"""After a push: ask Argo CD to compare with git now, not at its next poll. The only write to a cluster."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sluicegate.gate.adapters import argocd
from sluicegate.gate.adapters.kubeapi import KubeApi
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.gate.daemon.state import State
from sluicegate.specs.environment import EnvironmentSpec

logger = logging.getLogger(__name__)

AT_ONCE = 8
"""Requests at a time."""
REFRESH = "SLUICE_REFRESH"
"""The variable that is `0` where the gate may not request it, and Argo CD only polls."""
Refresh = Callable[[EnvironmentSpec, str], str | None]
"""(environment, model) -> why Argo CD got no request; None when it got one, or where no Argo CD runs."""
_NOT_ASKED = "Argo CD was not asked to refresh, it polls"


def ask_argocd(environment: EnvironmentSpec, model: str) -> str | None:
    """Ask the Argo CD beside the gate; nobody where traffic is embedded, or SLUICE_REFRESH is 0."""
    setting = os.environ.get(REFRESH) or "1"
    if environment.traffic == "embedded" or setting == "0":
        return None
    if setting != "1":
        return f"{_NOT_ASKED}: {REFRESH} is {setting[:20]!r}; set it to 0 or 1"
    return argocd.refresh(KubeApi(), environment.name, model)


def request_refreshes(state: State, published: Sequence[Outcome], refresh: Refresh) -> list[Outcome]:
    """Request a refresh for each release whose tracks or weight changed; counts do not affect manifests.

    Gives the same outcomes, with why a request failed. Never raises: Argo CD polls anyway.
    """

    moving = [at for at, outcome in enumerate(published) if outcome.commit and outcome.moves_traffic]
    outcomes = list(published)

    def request(at: int) -> None:
        outcome = outcomes[at]
        failure = _failure(state, outcome, refresh)
        if failure is not None:
            logger.warning("%s in %s: %s", outcome.model, outcome.environment, failure)
        outcomes[at] = replace(outcome, refresh=failure)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(request, moving))
    return outcomes


def _failure(state: State, outcome: Outcome, refresh: Refresh) -> str | None:
    """Make the request; why it failed."""
    try:
        return refresh(state.environment(outcome.environment), outcome.model)
    except Exception as error:
        logger.debug("traceback of a failed refresh", exc_info=True)
        return f"{_NOT_ASKED}: {type(error).__name__}: {error}"
