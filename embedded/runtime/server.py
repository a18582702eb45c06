"""One onnx-server process per track: its artifact, its command, its restarts and its end."""

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from sluicegate.embedded.runtime.artifacts import lay_out
from sluicegate.embedded.runtime.repository import MainBranch
from sluicegate.embedded.runtime.tracks import Track
from sluicegate.onnx_server.artifact import declared
from sluicegate.specs import layout

_FIRST_DELAY = 1.0
_LONGEST_DELAY = 60.0
_HEALTHY_SECONDS = 30.0
_DRAIN_SECONDS = 12.0
_log = logging.getLogger(__name__)


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


def server_command(
    main: MainBranch, cache: Path, key: ServerKey, track: Track, provider: str = "cpu"
) -> list[str]:
    """The command that serves a track, its artifact written to `cache` by digest and checked.

    The model.yaml is read by the server's own reader, as in its image. Raises GitError, ArtifactMissing,
    ModelFileInvalid, and what a fetch raises.
    """
    tree = main.tree(track.revision)
    description = layout.model_path(key.model)
    model = declared.read(tree.read(description), description)
    artifact = lay_out(tree, model, key.digest, cache)
    command = [sys.executable, "-P", "-m", "sluicegate.onnx_server", "--model-file", str(artifact)]
    command += ["--sha256", model.files[0].sha256, "--digest", key.digest]
    command += [f"--external={path}={file.sha256}" for path, file in model.external]
    command += ["--name", key.model, "--version", str(key.version)]
    command += ["--track", key.track, "--provider", provider, "--exit-with-parent"]
    if model.score_output is not None:
        command += [f"--score-output={model.score_output}"]
    if model.score_reduce is not None:
        command += [f"--score-reduce={model.score_reduce}"]
    if model.score_column is not None:
        command += [f"--score-column={model.score_column}"]
    if model.columns:
        command += [f"--columns={json.dumps(model.columns_as_json())}"]
    return [*command, f"--score-edges={','.join(map(str, model.score_edges))}"]


class Server:
    """A process that is started again when it ends, after 1, 2, 4 ... 60 seconds, until it is stopped.

    A server that hangs is left alone: its failures show at the router, and are the gate's to judge.
    """

    def __init__(
        self, key: ServerKey, command: Callable[[], list[str]], output: Path, changed: asyncio.Event
    ) -> None:
        self.key = key
        self.port: int | None = None
        self.pid: int | None = None
        self._command = command
        self._output = output
        self._changed = changed
        self._task = asyncio.create_task(self._keep_running())

    async def _keep_running(self) -> None:
        delay = _FIRST_DELAY
        while True:
            started = monotonic()
            try:
                await self._run_once(await asyncio.to_thread(self._command))
            except Exception as error:  # whatever a revision holds, it is this server's own trouble
                _log.warning("%s: %s: %s", self.key.id, type(error).__name__, error)
            if monotonic() - started > _HEALTHY_SECONDS:
                delay = _FIRST_DELAY
            _log.info("%s: down; started again in %.0f s", self.key.id, delay)
            await asyncio.sleep(delay)
            delay = min(2 * delay, _LONGEST_DELAY)

    async def _run_once(self, command: list[str]) -> None:
        """Run the process until it ends; it writes its port to a pipe once it is ready."""
        read_end, write_end = os.pipe()
        try:
            with self._output.open("ab") as output:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    "--ready-fd",
                    str(write_end),
                    pass_fds=(write_end,),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
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
            _log.warning("%s: ended with code %s; see %s", self.key.id, code, self._output.name)
        finally:
            self.port = self.pid = None
            self._changed.set()
            await _end(process)

    async def stop(self) -> None:
        """End the process: it answers what it has begun, then it is killed if need be."""
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
