"""The gate of `sluice up`: the loop of `sluice gate run`, on a thread of this process."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from sluicegate.embedded.up.screen import Screen
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.signing import KeySigner
from sluicegate.gate.core.evaluation import Evaluation
from sluicegate.gate.daemon.daemon import Daemon
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.gate.daemon.pictures import Picture
from sluicegate.gate.daemon.smoke import SmokeTest
from sluicegate.gate.daemon.verdicts import VerdictSource

MOST_EVALUATIONS = 2000
"""Of one model in one environment, that the page of its rollout shows."""
Sentences = Callable[[Outcome], Iterator[str]]


class Gate:
    """Evaluates until it is closed; `see` gets every outcome, `ended` is called should it end by itself."""

    def __init__(
        self,
        repository: Repository,
        environments: frozenset[str],
        *,
        interval: float,
        smoke: SmokeTest,
        picture: Picture | None,
        signer: KeySigner | None,
        verdicts: Sequence[VerdictSource],
        see: Callable[[Outcome], None],
        sentences: Sentences,
        screen: Screen,
        ended: Callable[[], None],
    ) -> None:
        self._repository = repository
        self._environments = environments
        self._see = see
        self._sentences = sentences
        self._screen = screen
        self._ended = ended
        self._problems: dict[tuple[str, str], str | None] = {}
        self._fault = ""
        self.last: dict[tuple[str, str], Outcome] = {}
        """By environment and model."""
        self.evaluations: dict[tuple[str, str], deque[Evaluation]] = {}
        self.broken: Exception | None = None
        """Why it ended by itself."""
        self._daemon = Daemon(
            clock=_now, interval=interval, smoke=smoke, picture=picture, signer=signer, verdicts=verdicts
        )
        self._thread = threading.Thread(target=self._work, name="gate", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End it after the evaluation under way."""
        self._daemon.stop()
        if self._thread.ident is not None:
            self._thread.join()

    def _work(self) -> None:
        try:
            self._daemon.run(
                self._repository, only=self._selected, on_outcome=self._outcome, on_error=self._error
            )
        except Exception as error:
            self.broken = error
            self._ended()

    def _selected(self, environment: str, _model: str) -> bool:
        return environment in self._environments

    def _outcome(self, outcome: Outcome) -> None:
        key = (outcome.environment, outcome.model)
        self._fault = ""
        self.last[key] = outcome
        if outcome.evaluation is not None:
            kept = self.evaluations.setdefault(key, deque(maxlen=MOST_EVALUATIONS))
            kept.append(outcome.evaluation)
        if outcome.commit or self._problems.get(key) != outcome.problem:
            style = "yellow" if outcome.problem or outcome.kind in ("hold", "rollback") else ""
            self._screen.line("\n".join(self._sentences(outcome)), style)
        self._problems[key] = outcome.problem
        self._see(outcome)

    def _error(self, error: Exception) -> None:
        if str(error) != self._fault:
            self._screen.line(f"the gate could not evaluate: {error}", "red")
        self._fault = str(error)


def _now() -> datetime:
    return datetime.now(UTC)
