"""The embedded runtime as a context manager: supervisor, router and servers, ended together."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from sluicegate.embedded.listening import PortTaken
from sluicegate.embedded.runtime.errors import NotServed, RuntimeDied
from sluicegate.gate.adapters.git.command import GitAbsent, GitError, NotARepository
from sluicegate.specs.errors import SluiceError

_STOP_SECONDS = 20.0
_FAULTS: dict[str, type[SluiceError]] = {
    fault.__name__: fault for fault in (PortTaken, GitAbsent, GitError, NotARepository)
}
"""What the supervisor's process ends with at its start, by the name that it announces."""


class Effect(NamedTuple):
    """What is in effect for one track."""

    version: int
    weight: float
    """Percent of the requests."""
    ready: bool


def _whose(sample: Sample) -> tuple[str, str]:
    return sample.labels["model"], sample.labels["track"]


class Runtime:
    """The runtime of one environment, following `main` of `repository` (a git directory or a URL).

    Starts at once; `url` is the router's address. It runs in a session of its own, so that Ctrl-C reaches
    only the caller, and ends when the caller stops it or dies. `timeout` is in seconds;
    `provider` is what the servers run on: cpu or cuda.

    Raises PortTaken, NotARepository, GitAbsent, RuntimeDied.
    """

    def __init__(
        self,
        repository: Path | str,
        environment: str,
        root: Path,
        *,
        port: int = 0,
        seed: int = 0,
        timeout: float = 2.0,
        provider: str = "cpu",
    ) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.log = root / "runtime.log"
        source = str(repository) if "://" in str(repository) else str(Path(repository).resolve())
        read_end, write_end = os.pipe()
        command = [sys.executable, "-P", "-m", "sluicegate.embedded.runtime.supervisor"]
        command += ["--repository", source, "--environment", environment]
        command += ["--root", str(root.resolve()), "--port", str(port)]
        command += ["--seed", str(seed), "--timeout", str(timeout), "--ready-fd", str(write_end)]
        command += ["--provider", provider]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=(write_end,),
                start_new_session=True,
            )
        os.close(write_end)
        with os.fdopen(read_end, "rb") as pipe:
            announced = json.loads(pipe.readline() or b"{}")
        if "port" not in announced:
            self.stop()
            raise self._fault(announced)
        self.url = f"http://127.0.0.1:{announced['port']}"
        self.metrics_url = f"{self.url}/metrics"

    def _fault(self, announced: Mapping[str, str]) -> SluiceError:
        """Why the supervisor ended before it was ready."""
        fault = _FAULTS.get(announced.get("error", ""), RuntimeDied)
        message = announced.get("message", "the runtime ended at its start")
        return fault(message, announced.get("remedy") or f"read {self.log}")

    @property
    def alive(self) -> bool:
        """Whether the supervisor still runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        return self._process.pid

    def infer_url(self, model: str) -> str:
        """Where a model's requests go."""
        return f"{self.url}/v2/models/{model}/infer"

    def dark_infer_url(self, model: str, track: str) -> str:
        """Where a track's server is asked whatever its weight; such requests are not counted as traffic."""
        return f"{self.url}/servers/{model}/{track}/infer"

    def server_metrics_url(self, model: str, track: str) -> str:
        """Where the metrics of a track's server are read."""
        return f"{self.url}/servers/{model}/{track}/metrics"

    def tracks(self, model: str) -> dict[str, Effect]:
        """What is in effect for a model, by track."""
        return self.served().get(model, {})

    def served(self) -> dict[str, dict[str, Effect]]:
        """What is in effect, by model and track. Raises OSError where the router does not answer."""
        with urllib.request.urlopen(self.metrics_url, timeout=10) as response:  # noqa: S310  # our own address
            families = list(text_string_to_metric_families(response.read().decode()))
        samples = [sample for family in families for sample in family.samples]
        weights = {_whose(s): s.value for s in samples if s.name == "sluice_gateway_weight"}
        found: dict[str, dict[str, Effect]] = {}
        for sample in samples:
            if sample.name == "sluice_gateway_track_ready":
                model, track = _whose(sample)
                effect = Effect(int(sample.labels["version"]), weights[model, track], sample.value == 1)
                found.setdefault(model, {})[track] = effect
        return found

    def wait_for(self, model: str, tracks: Mapping[str, tuple[int, float]], seconds: float = 30.0) -> None:
        """Return once exactly these tracks, {track: (version, weight)}, are in effect and ready.

        Raises NotServed after `seconds`.
        """
        expected = {name: (version, float(weight), True) for name, (version, weight) in tracks.items()}
        deadline = time.monotonic() + seconds
        while (in_effect := self.tracks(model)) != expected:
            if time.monotonic() > deadline:
                message = f"{model}: {in_effect} is in effect after {seconds:.0f} s, not {expected}"
                raise NotServed(message, f"read {self.log}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End the runtime: SIGTERM, then SIGKILL, both to the supervisor's process id."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
