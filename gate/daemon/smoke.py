"""The smoke tests of dark canaries: each is run once its canary is ready, beside the ticks, and remembered.

What is tested is not known here: a callable says what the canary answers. It loads the model, which takes
seconds, and a tick must not wait for it: another release may have to be rolled back.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from sluicegate.gate.core.decision import Reading, Smoke
from sluicegate.specs import crash_log
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.policy import Policy
from sluicegate.specs.redaction import redacted
from sluicegate.specs.release import Release, Version
from sluicegate.specs.tree import Tree

logger = logging.getLogger(__name__)

AT_ONCE = 2
"""Tests at a time: each loads a model."""
SOONEST = 5.0
"""Seconds until a test that could not be run is tried again; twice as many each time."""
LATEST = 300.0


@dataclass(frozen=True)
class DarkCanary:
    """A canary that is ready and has no traffic yet."""

    environment: EnvironmentSpec
    model: str
    version: Version
    tree: Tree
    """The repository at the version's revision."""


SmokeTest = Callable[[DarkCanary], Smoke]
"""Lets the canary answer rows of its own evaluation set. May take minutes, may raise."""
Key = tuple[str, str, str, datetime | None]
"""(environment, model, digest, when the release began)"""


def no_smoke_test(canary: DarkCanary) -> Smoke:
    """Where the program brings none: never a pass."""
    return Smoke(
        "not_run",
        f"nothing here can ask {canary.model}; run the gate by `sluice gate`, or write `smoke: false` in "
        "environment.yaml",
    )


@dataclass
class _Run:
    """The tests of one started canary: how often it was begun, and the one that is running or done."""

    future: Future[Smoke]
    attempts: int = 1
    ended: float | None = None
    """By the monotonic clock: when the last one was first seen to be done."""

    @property
    def pause(self) -> float:
        """Seconds until the next attempt."""
        return min(SOONEST * 2.0 ** min(self.attempts - 1, 10), LATEST)


class SmokeTests:
    """Runs each test once for each canary that was started, and again where it could not be run.

    Without `in_background` a result is waited for, as one tick by itself must. Any thread may call it.
    """

    def __init__(
        self,
        test: SmokeTest = no_smoke_test,
        *,
        in_background: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._test = test
        self._in_background = in_background
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="smoke")
        self._runs: dict[Key, _Run] = {}

    def close(self) -> None:
        """Begin no test any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def result(
        self,
        release: Release,
        policy: Policy,
        reading: Reading | None,
        environment: EnvironmentSpec,
        tree: Callable[[str], Tree],
    ) -> Smoke | None:
        """The result for a release's dark canary; `tree` gives the repository at a revision.

        None where none is asked: with traffic, for a canary that is not ready, where the policy has none; and
        while there is no result yet.
        """
        version = release.canary
        if version is None or release.weight != 0 or not policy.smoke:
            return None
        if reading is None or not reading.ready:
            return None
        canary = DarkCanary(environment, release.model, version, tree(version.revision))
        return self._result((environment.name, release.model, version.digest, release.started), canary)

    def _result(self, key: Key, canary: DarkCanary) -> Smoke | None:
        with self._lock:
            run = self._runs.get(key)
            if run is None:
                self._forget(key)
                run = self._runs[key] = _Run(self._begin(canary))
        if not self._in_background:
            return run.future.result()
        if not run.future.done():
            return None
        smoke = run.future.result()
        if smoke.verdict == "not_run":
            self._try_again(run, canary)
        return smoke

    def _try_again(self, run: _Run, canary: DarkCanary) -> None:
        now = self._monotonic()
        if run.ended is None:
            run.ended = now
        elif now - run.ended >= run.pause:
            run.future = self._begin(canary)
            run.attempts += 1
            run.ended = None

    def _begin(self, canary: DarkCanary) -> Future[Smoke]:
        return self._pool.submit(self._run, canary)

    def _run(self, canary: DarkCanary) -> Smoke:
        """Make the test. Whatever it raises is why it could not be run."""
        where = f"{canary.model} in {canary.environment.name}"
        try:
            smoke = self._test(canary)
        except Exception as error:
            details = crash_log.reference(error)
            logger.error("%s: the smoke test crashed: %r; %s", where, error, details)
            return Smoke("not_run", f"it crashed ({type(error).__name__}: {redacted(str(error))}); {details}")
        logger.info("%s: smoke test %s: %s", where, smoke.verdict.replace("_", " "), smoke.reason)
        return smoke

    def _forget(self, key: Key) -> None:
        """Let go of earlier canaries of the same model in the same environment."""
        for old in [old for old in self._runs if old[:2] == key[:2]]:
            del self._runs[old]
