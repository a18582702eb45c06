"""Runs of pytest over a copy of our package, each a fork of one process: `python -m support.pytest_forks`.

Starting Python and importing what no copy changes takes several times as long as the tests of one module. So
one process imports pytest, the libraries and `sluicegate.specs`, and forks a child for each run, which takes
the rest of the package from its copy. Each line of its input is a run as JSON, each line of its output the
run's exit code.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120
"""CPU seconds that one run may take, whatever the machine's load; then its exit code is below 0."""
COMMON = (
    "hypothesis.strategies", "numpy", "pytest", "_pytest.assertion.rewrite", "scipy.stats",
    "sluicegate.specs.policy", "sluicegate.specs.release_file", "sluicegate.specs.model_file",
)  # fmt: skip
"""What is imported once for all runs."""
PER_COPY = "sluicegate.gate"
"""What each run imports from its copy."""


@dataclass(frozen=True)
class Run:
    """One run: the folder that has the copy of the package, pytest's arguments, the file for its output."""

    at: str
    arguments: tuple[str, ...]
    output: str


@dataclass(frozen=True)
class Done:
    """How a run ended."""

    code: int
    output: str


class PytestForks:
    """The process that forks, from the side of a test; `close` ends it."""

    def __init__(self) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "support.pytest_forks"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
            env={
                **kept,
                "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}",
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )  # fmt: skip

    def run(self, at: Path, *arguments: str) -> Done:
        """Run pytest in a child whose `sluicegate` is the copy in `at`."""
        assert self._process.stdin is not None and self._process.stdout is not None
        output = at / "output.txt"
        run = Run(str(at), arguments, str(output))
        self._process.stdin.write(json.dumps(asdict(run)) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the process that forks died"
        return Done(int(answer), output.read_text(encoding="utf-8"))

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def main() -> None:
    for name in COMMON:
        import_module(name)
    for line in sys.stdin:
        run = Run(**json.loads(line))
        child = os.fork()
        if not child:
            _pytest_in_copy(run)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _pytest_in_copy(run: Run) -> None:
    """The child: pytest on the copy, then its end."""
    code = 4
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        output = os.open(run.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        package = sys.modules["sluicegate"]
        early = [name for name in sys.modules if name.startswith(PER_COPY)]
        assert not early, f"imported before there was a copy: {early}"
        package.__path__[:] = [str(Path(run.at) / "sluicegate")]
        import_module("hypothesis.configuration").set_hypothesis_home_dir(Path(run.at) / "hypothesis")
        code = import_module("pytest").main(list(run.arguments))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(code))


if __name__ == "__main__":
    main()
