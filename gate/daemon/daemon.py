"""The gate as a process that runs until it is stopped: the loop, its lease, its telemetry."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from sluicegate.gate.adapters.git.command import PushRefused
from sluicegate.gate.adapters.git.repository import MAIN, Repository
from sluicegate.gate.adapters.lease import Lease
from sluicegate.gate.adapters.sources import Sources, remembering
from sluicegate.gate.core.envelope import Signer
from sluicegate.gate.daemon.announce import Announcer
from sluicegate.gate.daemon.announcing import Announcements
from sluicegate.gate.daemon.argocd_refresh import Refresh, ask_argocd
from sluicegate.gate.daemon.blindness import Blindness
from sluicegate.gate.daemon.evaluate import Clock
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.gate.daemon.pictures import Picture
from sluicegate.gate.daemon.reconcile import Only, tick
from sluicegate.gate.daemon.smoke import SmokeTest, SmokeTests, no_smoke_test
from sluicegate.gate.daemon.telemetry import Telemetry
from sluicegate.gate.daemon.telemetry_server import serve
from sluicegate.gate.daemon.verdicts import VerdictSource
from sluicegate.specs import crash_log
from sluicegate.specs.errors import SluiceError

logger = logging.getLogger(__name__)

PATIENCE = 300.0
"""Seconds without a finished tick until the gate is unhealthy; ten intervals where that is more."""
LEASE_POLL = 1.0
"""Seconds at most between two checks of a lease that another gate holds."""


class Daemon:
    """Ticks every `interval` seconds until it is stopped; with a `lease` only while it holds that.

    `clock` gives the time of an evaluation, `monotonic` times the ticks, in seconds; `memory` is a folder
    that keeps since when a release has been without figures; `verdicts` are asked where none is recorded, and
    must answer at once; `announcers` are told what happens, and no tick waits for them; `picture` draws the
    plots beside the evidence. A daemon runs once.
    Any thread may call `stop` and `guard_push`, a signal handler `stop`.
    """

    def __init__(
        self,
        sources: Sources | None = None,
        *,
        clock: Clock,
        interval: float,
        lease: Lease | None = None,
        refresh: Refresh = ask_argocd,
        smoke: SmokeTest = no_smoke_test,
        signer: Signer | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        memory: Path | None = None,
        verdicts: Sequence[VerdictSource] = (),
        announcers: Sequence[Announcer] = (),
        picture: Picture | None = None,
    ) -> None:
        self.interval = interval
        self.lease = lease
        self.telemetry = Telemetry(max(10 * interval, PATIENCE), monotonic)
        self.telemetry.leader.set(lease is None)
        self._sources = remembering() if sources is None else sources
        self._blindness = Blindness(memory)
        self._clock = clock
        self._refresh = refresh
        self._smoke = SmokeTests(smoke, in_background=True)
        self._signer = signer
        self._picture = picture
        self._verdicts = tuple(verdicts)
        self._announcements = Announcements(announcers, monotonic=monotonic, count=self.telemetry.announced)
        self._stop = threading.Event()
        self._problems: dict[tuple[str, str], str | None] = {}

    def stop(self) -> None:
        """End the run after the tick that is under way."""
        self._stop.set()

    @property
    def may_act(self) -> bool:
        """Whether this process may decide now: it holds the lease, or needs none."""
        return self.lease is None or self.lease.held

    def guard_push(self) -> None:
        """Allow a push only while the daemon may act: a tick can outlast the lease. Raises PushRefused.

        For `Repository(push_guard=...)`.
        """
        if self.lease is not None and not self.lease.held:
            raise PushRefused(
                f"the lease {self.lease.namespace}/{self.lease.name} was lost before the push, so nothing is "
                "written",
                "the gate that holds it decides again",
            )

    def serve_telemetry(self, host: str, port: int) -> AbstractContextManager[int]:
        """Serve /metrics and /healthz while inside; gives the port. Raises InputError."""
        return serve(self.telemetry, host, port)

    def run(
        self,
        repository: Repository,
        *,
        branch: str = MAIN,
        only: Only | None = None,
        on_outcome: Callable[[Outcome], None] = lambda _: None,
        on_error: Callable[[Exception], None] = lambda _: None,
        until_idle: bool = False,
    ) -> None:
        """Tick until `stop`, or with `until_idle` until nothing moves by itself.

        `on_outcome` gets every outcome, `on_error` what kept a whole tick from being done; the next one tries
        again. Raises LeaseError where the lease can never be had, and whatever `on_outcome` raises.
        """

        def tick_once() -> list[Outcome]:
            return tick(
                repository,
                self._sources,
                clock=self._clock,
                only=only,
                branch=branch,
                refresh=self._refresh,
                blindness=self._blindness,
                smoke=self._smoke,
                signer=self._signer,
                picture=self._picture,
                verdicts=self._verdicts,
            )

        with self._candidacy(), closing(self._announcements), closing(self._smoke):
            while not self._stop.is_set():
                if not self.may_act:
                    self._stop.wait(min(LEASE_POLL, self.interval))
                    continue
                idle = self._observe(tick_once, on_outcome, on_error)
                if idle and until_idle:
                    return
                self._stop.wait(self.interval)

    def _observe(
        self,
        tick_once: Callable[[], list[Outcome]],
        on_outcome: Callable[[Outcome], None],
        on_error: Callable[[Exception], None],
    ) -> bool:
        """Make one tick and report it; whether it found everything idle."""
        self.telemetry.tick_began()
        try:
            outcomes = tick_once()
        # A gate that died of one bad tick would roll nothing back any more.
        except Exception as error:
            details = "" if isinstance(error, SluiceError) else f"; {crash_log.reference(error)}"
            logger.error("the tick failed, the next one tries again: %s%s", error, details)
            logger.debug("traceback of that tick", exc_info=True)
            self.telemetry.tick_failed(error)
            on_error(error)
            return False
        else:
            for outcome in outcomes:
                self._log_problem(outcome)
                self.telemetry.evaluated(outcome)
                self._announcements.tell(outcome)
                on_outcome(outcome)
            return all(outcome.idle for outcome in outcomes)
        finally:
            self.telemetry.tick_ended()

    def _log_problem(self, outcome: Outcome) -> None:
        """Log a problem once while it stays the same, and when it is gone."""
        release = (outcome.environment, outcome.model)
        if self._problems.get(release) == outcome.problem:
            return
        self._problems[release] = outcome.problem
        if outcome.problem is None:
            logger.info("%s in %s: the problem is gone", outcome.model, outcome.environment)
        else:
            logger.info("%s in %s: problem: %s", outcome.model, outcome.environment, outcome.problem)

    @contextmanager
    def _candidacy(self) -> Iterator[None]:
        """Try to take the lease and renew it while inside, where there is one. Raises LeaseError."""
        if self.lease is None:
            yield
            return
        with self.lease.keep(self._lease_attempted):
            yield

    def _lease_attempted(self, _failure: str | None) -> None:
        self.telemetry.leader.set(self.may_act)
        if not self.may_act:
            self.telemetry.heartbeat()
