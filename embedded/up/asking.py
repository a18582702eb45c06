"""Requests of each model that is served: the curl that people are told, and the load."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from sluicegate.specs.tree import Tree

Requests = Callable[[Tree, str, int], list[bytes]]
"""(a revision, a model, how many) -> bodies of the Open Inference Protocol v2, each a row of its evaluation
set. May take seconds. Raises RowsUnusable."""
ROWS = 100
LONGEST = 1500
"""Characters of a body that is shown; a longer one, as of an image, is named by its file."""
_STOP_SECONDS = 15
_ENDLESS = ("--requests", str(10**15), "--seconds", str(10**9), "--progress-seconds", "60")


class Bodies:
    """The requests of a model at a revision, computed once and kept in a file, one a line."""

    def __init__(self, folder: Path, requests: Requests) -> None:
        self._folder = folder
        self._requests = requests

    def file(self, tree: Tree, model: str, revision: str) -> Path:
        """The file of a model's requests. Raises RowsUnusable."""
        path = self._folder / f"{model}-{revision[:12]}.jsonl"
        if not path.is_file():
            bodies = self._requests(tree, model, ROWS)
            self._folder.mkdir(exist_ok=True)
            partial = path.with_suffix(".part")
            partial.write_bytes(b"".join(body + b"\n" for body in bodies))
            partial.replace(path)
        return path


def curl(url: str, bodies: Path) -> str:
    """The command that sends the first of these requests."""
    with bodies.open(encoding="utf-8") as lines:
        body = next(lines).rstrip("\n")
    if len(body) <= LONGEST:
        return f"curl -s {url} -d {shlex.quote(body)}"
    one = bodies.with_suffix(".json")
    one.write_text(body, encoding="utf-8")
    return f"curl -s {url} -d @{shlex.quote(str(one))}"


class Load:
    """A process that sends a model's requests again and again, `rate` a second, until it is closed."""

    def __init__(self, url: str, bodies: Path, rate: float, log: Path) -> None:
        command = [sys.executable, "-P", "-m", "sluicegate.embedded.runtime.load", "--url", url]
        command += ["--bodies", str(bodies), "--rate", str(rate), *_ENDLESS, "--until-input-ends"]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True
            )

    @property
    def alive(self) -> bool:
        """Whether it still sends."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it; requests in flight are answered."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
