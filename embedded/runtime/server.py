"""One onnx-server process a track: its artifact, its command, its restarts and its end."""

import asyncio
import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from sluicegate.embedded.runtime.errors import ArtifactMissing
from sluicegate.embedded.runtime.log import say
from sluicegate.embedded.runtime.release import READ_BYTES, Track, as_text, read_serving
from sluicegate.embedded.runtime.repository import Repository

_FIRST_DELAY = 1.0
_LONGEST_DELAY = 60.0
_HEALTHY_SECONDS = 30.0
_DRAIN_SECONDS = 12.0


@dataclass(frozen=True)
class ServerKey:
    """What one server process is for; another key means another process."""

    model: str
    track: str
    version: int
    digest: str

    @property
    def id(self) -> str:
        """A short unique name, for the router and the log's file name."""
        return f"{self.model}-{self.track}-{self.version}-{self.digest[7:19]}"


def server_command(repository: Repository, cache: Path, key: ServerKey, track: Track) -> list[str]:
    """The command that serves a track, its artifact written to `cache` by digest and checked.

    Raises ReleaseUnreadable, ArtifactMissing.
    """
    description = repository.read(track.revision, f"models/{key.model}/model.yaml", READ_BYTES)
    if description is None:
        raise ArtifactMissing(f"{track.revision} has no models/{key.model}/model.yaml; push that revision")
    serving = read_serving(as_text(description))
    artifact = cache / f"{key.digest[7:]}.onnx"
    if not artifact.exists():
        path = f"models/{key.model}/{serving.path}"
        content = repository.read(track.revision, path)
        found = f"sha256:{hashlib.sha256(content or b'').hexdigest()}"
        if content is None or found != key.digest:
            raise ArtifactMissing(
                f"{track.revision}:{path} is {found if content is not None else 'absent'}, not {key.digest}; "
                "release a revision that holds the artifact"
            )
        partial = artifact.with_suffix(".part")
        partial.write_bytes(content)
        partial.replace(artifact)
    command = [sys.executable, "-P", "-m", "sluicegate.onnx_server", "--model-file", str(artifact)]
    command += ["--sha256", key.digest, "--name", key.model, "--version", str(key.version)]
    command += ["--track", key.track, "--exit-with-parent"]
    if serving.score_output:
        command += [f"--score-output={serving.score_output}"]
    if serving.score_reduce:
        command += [f"--score-reduce={serving.score_reduce}"]
    if serving.score_edges:
        command += [f"--score-edges={','.join(map(str, serving.score_edges))}"]
    return command


class Server:
    """A process that is started again when it ends, after 1, 2, 4 ... 60 seconds, until it is stopped.

    A server that hangs is left alone: its failures show at the router, and are the gate's to judge.
    """

    def __init__(
        self, key: ServerKey, command: Callable[[], list[str]], log: Path, changed: asyncio.Event
    ) -> None:
        self.key = key
        self.port: int | None = None
        self.pid: int | None = None
        self._command = command
        self._log = log
        self._changed = changed
        self._task = asyncio.create_task(self._keep_running())

    async def _keep_running(self) -> None:
        delay = _FIRST_DELAY
        while True:
            started = monotonic()
            try:
                await self._run_once(self._command())
            except Exception as error:  # whatever a revision holds, it is this server's own trouble
                say(f"{self.key.id}: {type(error).__name__}: {error}")
            if monotonic() - started > _HEALTHY_SECONDS:
                delay = _FIRST_DELAY
            say(f"{self.key.id}: down; started again in {delay:.0f} s")
            await asyncio.sleep(delay)
            delay = min(2 * delay, _LONGEST_DELAY)

    async def _run_once(self, command: list[str]) -> None:
        """Run the process until it ends; it says its port on a pipe once it is ready."""
        read_end, write_end = os.pipe()
        try:
            with self._log.open("ab") as log:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    "--ready-fd",
                    str(write_end),
                    pass_fds=(write_end,),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
        finally:
            os.close(write_end)
        self.pid = process.pid
        try:
            announced = await _first_line(read_end)
            if announced:
                self.port = json.loads(announced)["port"]
                self._changed.set()
            code = await process.wait()
            say(f"{self.key.id}: ended with code {code}; see {self._log.name}")
        finally:
            self.port = self.pid = None
            self._changed.set()
            await _end(process)

    async def stop(self) -> None:
        """End the process: it answers what it has in hand, then it is killed if need be."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task


async def _first_line(read_end: int) -> bytes:
    reader = asyncio.StreamReader()
    pipe = os.fdopen(read_end, "rb", 0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        return await reader.readline()
    finally:
        transport.close()


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _DRAIN_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
