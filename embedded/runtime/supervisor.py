"""The supervisor: stands where Argo CD stands, for one environment.

It watches main, reads environments/ENV/MODEL/release.yaml, keeps one server a track running, and tells the
router. A commit takes effect when every server that it needs is ready; until then the former tracks serve,
so a finish or a rollback fails no request, and a canary that cannot start gets none. (A model that is not
served at all yet takes effect track by track, as its servers come up.) Servers that are needed no more are
drained by the router before they are stopped.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from sluicegate.embedded.runtime.errors import RuntimeDied, RuntimeFault
from sluicegate.embedded.runtime.log import say
from sluicegate.embedded.runtime.release import READ_BYTES, Tracks, as_text, read_release
from sluicegate.embedded.runtime.repository import Repository
from sluicegate.embedded.runtime.server import Server, ServerKey, server_command
from sluicegate.embedded.runtime.sockets import listen

_POLL_SECONDS = 0.1


def _keys(model: str, tracks: Tracks) -> dict[str, ServerKey]:
    named = tracks.named().items()
    return {name: ServerKey(model, name, track.version, track.digest) for name, track in named}


class Supervisor:
    """Desired releases, running servers, and what was last told to the router."""

    def __init__(self, repository: Repository, environment: str, root: Path, router: asyncio.StreamWriter):
        self._repository = repository
        self._environment = environment
        self._cache, self._logs = root / "cache", root / "logs"
        for directory in (self._cache, self._logs):
            directory.mkdir(parents=True, exist_ok=True)
        self._router = router
        self._tip: str | None = None
        self._desired: dict[str, Tracks] = {}
        self._in_effect: dict[str, Tracks] = {}
        self._told: dict[str, dict[str, Any]] = {}
        self._servers: dict[ServerKey, Server] = {}
        self._routed: set[tuple[str, int | None]] = set()
        self._stopping: set[asyncio.Task[None]] = set()
        self._said: dict[str, str] = {}
        self.changed = asyncio.Event()

    async def watch(self) -> None:
        """Follow main and the servers until cancelled; what fails is said, and the rest goes on."""
        while True:
            self.changed.clear()
            with self._guarded("the repository"):
                await asyncio.to_thread(self._repository.fetch)
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
        """Keep a part's error to that part: say it, once until it changes, and go on."""
        try:
            yield
        except Exception as error:
            said = f"{part}: {type(error).__name__}: {error}"
            if self._said.get(part) != said:
                say(said)
            self._said[part] = said
        else:
            self._said.pop(part, None)

    def _read(self) -> None:
        tip = self._repository.tip()
        if tip is None or tip == self._tip:
            return
        directory, desired = f"environments/{self._environment}", {}
        for model in self._repository.names(tip, directory):
            content = self._repository.read(tip, f"{directory}/{model}/release.yaml", READ_BYTES)
            if content is None:
                continue
            if model in self._desired:  # an unreadable release changes nothing: what it was before stays
                desired[model] = self._desired[model]
            with self._guarded(f"release of {model}"):
                desired[model] = read_release(as_text(content))
        self._desired, self._tip = desired, tip

    def _reconcile(self, model: str) -> None:
        wanted = self._desired.get(model, Tracks(None, None))
        for name, key in _keys(model, wanted).items():
            if key not in self._servers:
                command = partial(server_command, self._repository, self._cache, key, wanted.named()[name])
                log = self._logs / f"{key.id}.log"
                self._servers[key] = Server(key, command, log, self.changed)
        ready = all(self._servers[key].port is not None for key in _keys(model, wanted).values())
        if ready or model not in self._in_effect:
            self._in_effect[model] = wanted
        self._tell(model)
        if model not in self._desired and not self._in_effect[model].named():
            del self._in_effect[model]

    def _tell(self, model: str) -> None:
        """Send the tracks in effect to the router if anything about them is new."""
        tracks = self._in_effect[model]
        message: dict[str, Any] = {}
        for name, key in _keys(model, tracks).items():
            track = tracks.named()[name]
            message[name] = {
                "id": key.id,
                "port": self._servers[key].port,
                "version": track.version,
                "digest": track.digest,
                "weight": track.weight,
            }
        if message != self._told.get(model, {}):
            self._told[model] = message
            self._routed |= {(track["id"], track["port"]) for track in message.values()}
            self._router.write(json.dumps({"model": model, "tracks": message}).encode() + b"\n")

    def _retire(self) -> None:
        """Stop the servers that are needed no more, once the router has drained them."""
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

    async def hear(self, router: asyncio.StreamReader) -> None:
        """Take the router's reports of drained backends until it ends."""
        while text := await router.readline():
            report = json.loads(text)
            told = {(t["id"], t["port"]) for tracks in self._told.values() for t in tracks.values()}
            self._routed -= {(report["idle"], report["port"])} - told
            self.changed.set()

    async def stop(self) -> None:
        """End all servers."""
        await asyncio.gather(*(server.stop() for server in self._servers.values()), *self._stopping)


async def _stop_asked() -> None:
    """Return on SIGTERM, on SIGINT, or when standard input ends, as it does when the parent dies."""
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, asked.set)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    ended = asyncio.create_task(reader.read())
    waiting = asyncio.create_task(asked.wait())
    await asyncio.wait({ended, waiting}, return_when=asyncio.FIRST_COMPLETED)


async def _run(options: argparse.Namespace) -> None:
    repository = Repository(options.repository, options.root)
    listener = listen(options.port)
    router = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "sluicegate.embedded.runtime.router", "--fd", str(listener.fileno())),
        *("--seed", str(options.seed), "--timeout", str(options.timeout)),
        pass_fds=(listener.fileno(),),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert router.stdin is not None and router.stdout is not None  # noqa: S101  # narrows the type for mypy
    supervisor = Supervisor(repository, options.environment, options.root, router.stdin)
    asked = asyncio.create_task(_stop_asked())
    tasks: set[asyncio.Task[Any]] = {asked}
    try:
        if await router.stdout.readline():
            _announce(options.ready_fd, {"port": listener.getsockname()[1]})
            listener.close()
            tasks.add(asyncio.create_task(supervisor.watch()))
            tasks.add(asyncio.create_task(supervisor.hear(router.stdout)))
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks - {asked}:
            if task.done():
                task.result()
        if not asked.done():
            raise RuntimeDied("the router ended by itself; see the lines above, and start the runtime again")
    finally:
        for task in tasks:
            task.cancel()
        router.stdin.close()
        await supervisor.stop()
        await router.wait()
        repository.close()


def _announce(ready_fd: int | None, message: dict[str, Any]) -> None:
    if ready_fd is not None:
        os.write(ready_fd, json.dumps(message).encode() + b"\n")


def main() -> int:
    """Run until standard input ends; the first line on `--ready-fd` is the port, or the error's name."""
    parser = argparse.ArgumentParser(prog="sluicegate.embedded.runtime.supervisor")
    parser.add_argument("--repository", required=True, help="a git directory, or a URL")
    parser.add_argument("--environment", required=True)
    parser.add_argument("--root", type=Path, required=True, help="where artifacts and logs are kept")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--timeout", type=float, default=2.0)
    parser.add_argument("--ready-fd", type=int)
    options = parser.parse_args()
    try:
        asyncio.run(_run(options))
    except RuntimeFault as error:
        say(f"{type(error).__name__}: {error}")
        _announce(options.ready_fd, {"error": type(error).__name__, "message": str(error)})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
