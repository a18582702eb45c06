"""One run of the harness: its folder, its addresses, its processes."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from harness import process
from harness.process import Record

NONE: Mapping[str, str] = MappingProxyType({})
TAIL = 30
"""Lines of a log that an error shows."""


class NotReady(Exception):
    """A component did not come up: its name, the end of its log, and the remedy."""


class CommandFailed(Exception):
    """A command ended with an exit status other than 0: the command and what it printed."""


@dataclass(frozen=True)
class Run:
    """The files and addresses of one cluster; two of different `name` and `index` run side by side."""

    root: Path
    name: str
    index: int

    @staticmethod
    def here() -> Run:
        """The run that the environment names (`SLUICE_CLUSTER_NAME`, `_INDEX`, `_DIR`); else `main`, index 1.

        Raises `ValueError` for an index that is no number from 1 to 254.
        """
        name = os.environ.get("SLUICE_CLUSTER_NAME", "main")
        text = os.environ.get("SLUICE_CLUSTER_INDEX", "1")
        if not text.isdigit() or not 1 <= int(text) <= 254:
            raise ValueError(f"SLUICE_CLUSTER_INDEX is {text!r}; give a number from 1 to 254")
        if not name.replace("-", "").isalnum() or len(name) > 8:
            raise ValueError(f"SLUICE_CLUSTER_NAME is {name!r}; give at most 8 letters, digits and hyphens")
        base = os.environ.get("SLUICE_CLUSTER_DIR") or Path.home() / ".cache/sluicegate/clusters"
        return Run(Path(base) / name, name, int(text))

    @property
    def namespace(self) -> str:
        """The network namespace."""
        return f"sluice-{self.name}"

    @property
    def node(self) -> str:
        """The address of the node, reached from pods and from the host."""
        return f"10.250.{self.index}.1"

    @property
    def outside(self) -> str:
        """The address of the host on the link to the node."""
        return f"10.250.{self.index}.2"

    @property
    def kubeconfig(self) -> Path:
        """An administrator's kubeconfig that works inside the namespace and from the host."""
        return self.root / "kubeconfig"

    @property
    def api(self) -> str:
        """The address of the API server."""
        return f"https://{self.node}:6443"

    def file(self, *parts: str) -> Path:
        """A path below the run folder, the folder above it made."""
        path = self.root.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def folder(self, *parts: str) -> Path:
        """A folder below the run folder, made where it is missing."""
        path = self.root.joinpath(*parts)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def log(self, name: str) -> Path:
        """The log of a daemon."""
        return self.root / "logs" / f"{name}.log"

    def tool(self, name: str) -> Path:
        """A Go tool such as `helm` or `kubelet`, built where the cache has none."""
        from harness.build import tool

        return tool(name)

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str] = NONE,
        ready: Callable[[], bool] | None = None,
        seconds: float = 60,
    ) -> None:
        """Start a daemon in the namespace and wait until it is ready; one that runs already is left as it is.

        Raises `NotReady` where it ended, or was not ready within `seconds`.
        """
        if not self.running(name):
            inside = [*self._enter, *map(str, command)]
            process.spawn(inside, env, self.log(name)).write(self._record(name))
        if ready is not None:
            self._await(name, ready, seconds)

    def stop(self, name: str, *, grace: float = process.STOP_SECONDS) -> None:
        """SIGTERM by pid, and SIGKILL after `grace` seconds; returns once the process is gone.

        Nothing where it does not run.
        """
        record = Record.read(self._record(name))
        if record is not None:
            process.end(record, grace)

    def restart(
        self,
        name: str,
        *,
        ready: Callable[[], bool] | None = None,
        seconds: float = 60,
        grace: float = process.STOP_SECONDS,
    ) -> None:
        """End a daemon where it still runs, and start it again with the command and environment of before.

        Raises `KeyError` for one that was never started, `NotReady` like `start`.
        """
        record = Record.read(self._record(name))
        if record is None:
            raise KeyError(f"{name} was never started in {self.root}")
        process.end(record, grace)
        self.start(name, record.command[len(self._enter) :], env=record.env, ready=ready, seconds=seconds)

    def running(self, name: str) -> bool:
        """Whether the daemon of that name runs."""
        record = Record.read(self._record(name))
        return record is not None and record.alive

    def listening(self, name: str, port: int) -> bool:
        """Whether anything listens on a TCP port in the namespace of that daemon, loopback included."""
        record = Record.read(self._record(name))
        return record is not None and port in process.ports(record.pid)

    def daemons(self) -> list[str]:
        """The names of all daemons that were started, the latest first."""
        records = sorted((self.root / "pids").glob("[!.]*"), key=lambda path: path.stat().st_mtime_ns)
        return [path.name for path in reversed(records)]

    def record(self, name: str) -> Record | None:
        """What is kept of a daemon; None for one that was never started."""
        return Record.read(self._record(name))

    def forget(self, name: str) -> None:
        """Drop the record of a daemon that was stopped."""
        self._record(name).unlink(missing_ok=True)

    def call(
        self,
        command: Sequence[str | Path],
        *,
        inside: bool = True,
        input: str | None = None,
        env: Mapping[str, str] = NONE,
        seconds: float = 600,
    ) -> str:
        """Run a command to its end, in the namespace unless told otherwise, and return what it printed.

        Raises `CommandFailed` with its output for any other exit status than 0, or after `seconds`.
        """
        whole = [*(self._enter if inside else ()), *map(str, command)]
        return call(whole, input=input, env=env, seconds=seconds)

    @property
    def _enter(self) -> tuple[str, ...]:
        """`ip netns exec` would mount /sys anew and hide the cgroups from the kubelet."""
        return ("nsenter", f"--net=/run/netns/{self.namespace}")

    def _record(self, name: str) -> Path:
        return self.root / "pids" / name

    def _await(self, name: str, ready: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not ready():
            alive = self.running(name)
            if alive and time.monotonic() < end:
                time.sleep(0.1)
                continue
            how = f"is not ready after {seconds:g} s" if alive else "ended"
            tail = "\n".join(self.log(name).read_text(errors="replace").splitlines()[-TAIL:])
            raise NotReady(
                f"{name} {how}. Its log, {self.log(name)}, ends with:\n{tail}\n"
                "Remedy: read the log; `make cluster-down` clears what an earlier run left."
            )


def call(
    command: Sequence[str],
    *,
    input: str | None = None,
    env: Mapping[str, str] = NONE,
    seconds: float = 600,
    folder: Path | None = None,
) -> str:
    """Run a command to its end, in a folder or here, and return what it printed on stdout.

    Raises `CommandFailed` for any other exit status than 0, for a missing program, or after `seconds`.
    """
    shown = " ".join(command)
    try:
        done = subprocess.run(
            list(command),
            cwd=folder,
            input=input,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(f"{shown}\nstill ran after {seconds:g} s") from error
    except FileNotFoundError as error:
        raise CommandFailed(
            f"{shown}\n{error.filename} is not installed; `make cluster` names the package"
        ) from error
    if done.returncode:
        raise CommandFailed(f"{shown}\nexit status {done.returncode}\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout
