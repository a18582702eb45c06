"""One environment on this machine: its runtime, which is started again when it ends, and its models' load."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from sluicegate.embedded.runtime.runtime import Effect, Runtime
from sluicegate.embedded.up.asking import Load
from sluicegate.specs.errors import SluiceError

_AGAIN_SECONDS = 5.0
"""Between two attempts to start a runtime that ended."""


class Host:
    """Raises what Runtime raises."""

    def __init__(self, name: str, source: Path | str, folder: Path, port: int, provider: str) -> None:
        self.name = name
        self._source = source
        self._folder = folder
        self._port = port
        self._provider = provider
        self._next_start = 0.0
        self._loads: dict[str, tuple[str, Load]] = {}
        self._runtime = self._start()

    def _start(self) -> Runtime:
        self._next_start = time.monotonic() + _AGAIN_SECONDS
        root = self._folder / "runtime" / self.name
        return Runtime(self._source, self.name, root, port=self._port, provider=self._provider)

    @property
    def url(self) -> str:
        """The router's address."""
        return self._runtime.url

    def infer_url(self, model: str) -> str:
        """Where a model's requests go."""
        return self._runtime.infer_url(model)

    def kept(self) -> str | None:
        """Start the runtime again if it ended; what was done about it, None where it runs."""
        if self._runtime.alive or time.monotonic() < self._next_start:
            return None
        self._runtime.stop()
        try:
            self._runtime = self._start()
        except SluiceError as error:
            return f"{self.name}: the runtime ended, and does not start: {error}"
        return f"{self.name}: the runtime ended, and was started again"

    def served(self) -> Mapping[str, Mapping[str, Effect]]:
        """What is in effect, by model and track; nothing where the router does not answer."""
        try:
            return self._runtime.served()
        except OSError:
            return {}

    def load(self, model: str, revision: str, bodies: Path, rate: float) -> None:
        """Send a model the requests of a revision, in place of those of another one."""
        known = self._loads.get(model)
        if known is not None and known[0] == revision and known[1].alive:
            return
        if known is not None:
            known[1].close()
        log = self._folder / "logs" / f"load-{self.name}-{model}.log"
        self._loads[model] = (revision, Load(self.infer_url(model), bodies, rate, log))

    def close(self) -> None:
        """End load and runtime."""
        for _, load in self._loads.values():
            load.close()
        self._runtime.stop()
