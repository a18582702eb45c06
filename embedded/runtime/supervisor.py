"""The supervisor: does for one environment what Argo CD does in a cluster.

It watches main, reads environments/ENV/MODEL/release.yaml, keeps one server per track running, and configures
the router. A commit takes effect when every server that it needs is ready; until then the former tracks
serve, so a finish or a rollback fails no request, and a canary that cannot start gets none. (A model that is
not served at all yet takes effect track by track, as its servers come up.) Servers that are no longer needed
are drained by the router before they are stopped.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from sluicegate.embedded.listening import listen
from sluicegate.embedded.runtime import log
from sluicegate.embedded.runtime.errors import RuntimeDied
from sluicegate.embedded.runtime.lifeline import parent_ended
from sluicegate.embedded.runtime.repository import MainBranch
from sluicegate.embedded.runtime.server import Server, ServerKey, server_command
from sluicegate.embedded.runtime.tracks import Tracks, copied_percent, read_tracks, read_unit
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.repository import released_models

PROVIDERS = ("cpu", "cuda")
"""What the servers may run on, as `onnx-server --provider` takes it."""
_POLL_SECONDS = 0.1
_log = logging.getLogger(__name__)


def _keys(model: str, tracks: Tracks) -> dict[str, ServerKey]:
    return {name: ServerKey(model, name, track.version, track.digest) for name, track in tracks.items()}


class Supervisor:
    """Desired releases, running servers, and what the router was last configured with."""

    def __init__(
        self,
        main: MainBranch,
        environment: str,
        root: Path,
        router: asyncio.StreamWriter,
        provider: str = "cpu",
    ):
        self._main = main
        self._provider = provider
        self._environment = environment
        self._cache = root / "cache"
        self._logs = root / "logs"
        for directory in (self._cache, self._logs):
            directory.mkdir(parents=True, exist_ok=True)
        self._router = router
        self._tip: str | None = None
        self._desired: dict[str, Tracks] = {}
        self._in_effect: dict[str, Tracks] = {}
        self._copied: dict[str, int] = {}
        self._routes: dict[str, dict[str, Any]] = {}
        self._told: dict[str, int] = {}
        self._servers: dict[ServerKey, Server] = {}
        self._routed: set[tuple[str, int | None]] = set()
        self._stopping: set[asyncio.Task[None]] = set()
        self._units: dict[tuple[str, str], str | None] = {}
        self._faults: dict[str, str] = {}
        self.changed = asyncio.Event()

    async def watch(self) -> None:
        """Follow main and the servers until cancelled; what fails is logged, and the rest goes on."""
        while True:
            self.changed.clear()
            with self._guarded("the repository"):
                await asyncio.to_thread(self._main.fetch)
                self._read()
            for model in {*self._desired, *self._in_effect}:
                with self._guarded(f"servers of {model}"):
                    self._reconcile(model)
            with self._guarded("retired servers"):
                self._retire()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.changed.wait(), _POLL_SECONDS)

    @contextlib.contextmanager
    def _guarded(self, part: str) -> Iterator[None]:
        """Keep a part's error to that part: log it, once until it changes, and go on."""
        try:
            yield
        except Exception as error:
            fault = f"{part}: {type(error).__name__}: {error}"
            if self._faults.get(part) != fault:
                _log.warning("%s", fault)
            self._faults[part] = fault
        else:
            self._faults.pop(part, None)

    def _read(self) -> None:
        """Take over the releases of main's commit, if it is another one than before."""
        tip = self._main.tip()
        if tip is None or tip == self._tip:
            return
        tree = self._main.tree(tip)
        desired: dict[str, Tracks] = {}
        for model in released_models(tree, self._environment):
            if model in self._desired:  # an unreadable release changes nothing: what it was before stays
                desired[model] = self._desired[model]
            with self._guarded(f"release of {model}"):
                desired[model] = read_tracks(tree, self._environment, model)
            self._copied[model] = 0
            with self._guarded(f"shadow traffic of {model}"):
                self._copied[model] = copied_percent(self._main.tree, model, desired.get(model, {}))
        self._desired = desired
        self._tip = tip
        _log.info("main is at %s: %d releases", tip[:12], len(desired))

    def _reconcile(self, model: str) -> None:
        """Run the servers of a model's release; it takes effect once all of them are ready."""
        desired = self._desired.get(model, {})
        keys = _keys(model, desired)
        for name, key in keys.items():
            if key not in self._servers:
                command = partial(
                    server_command, self._main, self._cache, key, desired[name], provider=self._provider
                )
                self._servers[key] = Server(key, command, self._logs / f"{key.id}.log", self.changed)
        ready = all(self._servers[key].port is not None for key in keys.values())
        if ready or model not in self._in_effect:
            self._in_effect[model] = desired
        self._update_router(model)
        if model not in self._desired and not self._in_effect[model]:
            del self._in_effect[model]

    def _update_router(self, model: str) -> None:
        """Send the tracks in effect to the router if anything about them is new."""
        tracks = self._in_effect[model]
        routes: dict[str, Any] = {}
        for name, key in _keys(model, tracks).items():
            track = tracks[name]
            routes[name] = {
                "id": key.id,
                "port": self._servers[key].port,
                "version": track.version,
                "digest": track.digest,
                "weight": track.weight,
            }
        percent = self._copied.get(model, 0)
        if routes != self._routes.get(model, {}) or percent != self._told.get(model, 0):
            self._routes[model] = routes
            self._told[model] = percent
            self._routed |= {(route["id"], route["port"]) for route in routes.values()}
            unit = self._unit(model, tracks)
            message = {"model": model, "tracks": routes, "shadow": percent, "unit": unit}
            self._router.write(json.dumps(message).encode() + b"\n")

    def _unit(self, model: str, tracks: Tracks) -> str | None:
        """By which header users are counted, as the canary's own version says; without a canary none are.

        One that cannot be read is taken for none: the gate, which counts users then, gets no figures of them.
        """
        canary = tracks.get("canary")
        if canary is None:
            return None
        key = (model, canary.revision)
        if key not in self._units:
            self._units[key] = None
            with self._guarded(f"the unit of {model}"):
                self._units[key] = read_unit(self._main.tree(canary.revision), model)
        return self._units[key]

    def _retire(self) -> None:
        """Stop the servers that are no longer needed, once the router has drained them."""
        needed = {
            key
            for releases in (self._desired, self._in_effect)
            for model, tracks in releases.items()
            for key in _keys(model, tracks).values()
        }
        busy = {server_id for server_id, _ in self._routed}
        for key in [key for key in self._servers if key not in needed and key.id not in busy]:
            stopping = asyncio.create_task(self._servers.pop(key).stop())
            self._stopping.add(stopping)
            stopping.add_done_callback(self._stopping.discard)

    async def read_router_events(self, router: asyncio.StreamReader) -> None:
        """Take the router's reports of drained backends until it ends."""
        while text := await router.readline():
            report = json.loads(text)
            routed = {(r["id"], r["port"]) for routes in self._routes.values() for r in routes.values()}
            self._routed -= {(report["idle"], report["port"])} - routed
            self.changed.set()

    async def stop(self) -> None:
        """End all servers."""
        await asyncio.gather(*(server.stop() for server in self._servers.values()), *self._stopping)


async def _stop_signal() -> None:
    """Return on SIGTERM, on SIGINT, or when the parent dies."""
    loop = asyncio.get_running_loop()
    signalled = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, signalled.set)
    ended = asyncio.create_task(parent_ended())
    waiting = asyncio.create_task(signalled.wait())
    await asyncio.wait({ended, waiting}, return_when=asyncio.FIRST_COMPLETED)


async def _run(options: argparse.Namespace) -> None:
    main_branch = MainBranch(options.repository, options.root)
    listener = listen(options.port)
    router = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "sluicegate.embedded.runtime.router", "--fd", str(listener.fileno())),
        *("--seed", str(options.seed), "--timeout", str(options.timeout)),
        pass_fds=(listener.fileno(),),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert router.stdin is not None and router.stdout is not None  # noqa: S101  # narrows the type for mypy
    supervisor = Supervisor(main_branch, options.environment, options.root, router.stdin, options.provider)
    stop = asyncio.create_task(_stop_signal())
    tasks: set[asyncio.Task[Any]] = {stop}
    try:
        if await router.stdout.readline():
            port = listener.getsockname()[1]
            _log.info("%s is served on http://127.0.0.1:%d", options.environment, port)
            _announce(options.ready_fd, {"port": port})
            listener.close()
            tasks.add(asyncio.create_task(supervisor.watch()))
            tasks.add(asyncio.create_task(supervisor.read_router_events(router.stdout)))
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks - {stop}:
            if task.done():
                task.result()
        if not stop.done():
            raise RuntimeDied(
                "the router ended by itself", "see the lines above, and start the runtime again"
            )
    finally:
        for task in tasks:
            task.cancel()
        router.stdin.close()
        await supervisor.stop()
        await router.wait()
        main_branch.close()


def _announce(ready_fd: int | None, message: dict[str, Any]) -> None:
    if ready_fd is not None:
        os.write(ready_fd, json.dumps(message).encode() + b"\n")


def main() -> int:
    """Run until a signal, or until standard input ends, if it is a pipe.

    The first line on `--ready-fd` is the port, or the error's name.
    """
    parser = argparse.ArgumentParser(prog="sluicegate.embedded.runtime.supervisor")
    parser.add_argument("--repository", required=True, help="a git directory, or a URL")
    parser.add_argument("--environment", required=True)
    parser.add_argument("--root", type=Path, required=True, help="where artifacts and logs are kept")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--timeout", type=float, default=2.0)
    parser.add_argument("--provider", choices=PROVIDERS, default="cpu", help="what the servers run on")
    parser.add_argument("--ready-fd", type=int)
    options = parser.parse_args()
    log.configure()
    try:
        asyncio.run(_run(options))
    except SluiceError as error:
        _log.error("%s: %s", type(error).__name__, error)
        fault = {"error": type(error).__name__, "message": error.message, "remedy": error.remedy}
        _announce(options.ready_fd, fault)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
