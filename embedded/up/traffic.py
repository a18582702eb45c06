"""As soon as a model answers in an environment: the curl that shows it, and load where it is wanted."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from sluicegate.embedded.runtime.errors import RowsUnusable
from sluicegate.embedded.up.asking import Bodies, curl
from sluicegate.embedded.up.host import Host
from sluicegate.embedded.up.screen import Screen
from sluicegate.gate.adapters.git.repository import MAIN, Repository
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.repository import release

_LOOK_SECONDS = 0.5


class Traffic:
    """A thread that looks at what the routers serve, from `start` until it is closed.

    `copy` is a bare copy of what is served, which somebody else keeps up to date; `rate` is in requests a
    second and model, 0 for none.
    """

    def __init__(
        self, copy: Path, hosts: Sequence[Host], bodies: Bodies, rate: float, screen: Screen
    ) -> None:
        self._copy = copy
        self._hosts = hosts
        self._bodies = bodies
        self._rate = rate
        self._screen = screen
        self.curls: dict[tuple[str, str], str] = {}
        """By environment and model that answers: what gets a prediction; empty where nothing is known."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="traffic", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """End it; the loads are their hosts' own."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _work(self) -> None:
        with Repository.in_place(self._copy) as repository:
            while not self._stop.wait(_LOOK_SECONDS):
                for host in self._hosts:
                    for model, tracks in host.served().items():
                        if any(track.ready and track.weight > 0 for track in tracks.values()):
                            self._see(repository, host, model)

    def _see(self, repository: Repository, host: Host, model: str) -> None:
        """Say how a model is asked where that is new, and keep its load going."""
        key = (host.name, model)
        try:
            revision = _served_revision(repository, host.name, model)
            if revision is None:
                return
            bodies = self._bodies.file(repository.tree(revision), model, revision)
        except RowsUnusable as error:
            self._tell(key, "", f"{model} answers in {host.name}; no request is known: {error}")
            return
        except SluiceError as error:
            self._screen.line(f"{model} in {host.name}: {error}", "yellow")
            return
        url = host.infer_url(model)
        command = curl(url, bodies)
        self._tell(key, command, f"{model} answers in {host.name}:\n  {command}")
        if self._rate and not self._stop.is_set():
            host.load(model, revision, bodies, self._rate)

    def _tell(self, key: tuple[str, str], command: str, text: str) -> None:
        if self.curls.get(key) != command:
            self._screen.line(text, "" if command else "yellow")
            self.curls[key] = command


def _served_revision(repository: Repository, environment: str, model: str) -> str | None:
    """Whose requests are sent: stable's; a first version's, which needs traffic before it is stable."""
    tip = repository.tip_now(MAIN)
    if tip is None:
        return None
    known = release(repository.tree(tip), environment, model)
    version = known.stable or known.canary
    return None if version is None else version.revision
