"""The judge: what a merge brings is judged by `sluice validate`, as CI would, and the verdict is recorded.

It works in a clone of its own at the commit that waits, so nothing that lies about in a work tree counts.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sluicegate.embedded.up.screen import Screen
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.clone import Clone
from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.adapters.git.write import Signature
from sluicegate.gate.core.judged import Judged
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.gate.daemon.state import State
from sluicegate.gate.daemon.verdicts import Wanted

_WHO = Signature("sluice up", "up@localhost")
_ENDS_WITH_PARENT = (
    "import sys; from sluicegate.onnx_server.process import exit_with_parent; exit_with_parent(); "
    "from sluicegate.__main__ import main; sys.exit(main())"
)
"""prctl(2) PR_SET_PDEATHSIG, before anything else is imported."""
_STOP_SECONDS = 10


@dataclass(frozen=True)
class _Waiting:
    model: str
    version: int
    revision: str


class Judge:
    """Judges one version after the other, each once, on a thread of its own, until it is closed."""

    def __init__(self, root: Path, folder: Path, address: str, key: Path, screen: Screen) -> None:
        """`root` is where git says whose doing it is; reports and the clone are kept in `folder`."""
        self._root = root
        self._clone = folder / "judge"
        self._folder = folder / "verdicts"
        self._address = address
        self._key = key
        self._screen = screen
        self._seen: set[_Waiting] = set()
        self.refused: set[tuple[str, str]] = set()
        """By model and revision: what nothing starts on."""
        self._queue: queue.Queue[_Waiting | None] = queue.Queue()
        self._process: subprocess.Popen[str] | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="judge", daemon=True)
        self._thread.start()

    def find(self, _state: State, wanted: Wanted) -> Judged:
        """That a version without a verdict is judged here, or was: its verdict is read from the record."""
        if (wanted.model, wanted.version.revision) in self.refused:
            return Judged("none", "what was judged here does not let it start")
        return Judged("none", "it is being judged here", asking=True)

    def see(self, outcome: Outcome) -> None:
        """Take note of a version that waits for a verdict, if this one does."""
        observed = outcome.observations
        if (
            observed is None
            or observed.judged is None
            or observed.judged.counts
            or observed.candidate is None
        ):
            return
        waiting = _Waiting(outcome.model, observed.candidate.version, observed.candidate.revision)
        if waiting not in self._seen:
            self._seen.add(waiting)
            self._queue.put(waiting)

    def _work(self) -> None:
        while (waiting := self._queue.get()) is not None and not self._closing:
            self._screen.line(f"{waiting.model} version {waiting.version}: judging what was merged")
            try:
                said, good = self._judge(waiting)
            except (OSError, GitError) as error:
                said, good = f"could not be judged: {error}", False
            if self._closing:
                return
            if not good:
                self.refused.add((waiting.model, waiting.revision))
            self._screen.line(f"{waiting.model} version {waiting.version}: {said}", "" if good else "red")

    def _judge(self, waiting: _Waiting) -> tuple[str, bool]:
        """What came of it, and whether the version may start. Raises GitError."""
        self._bring(waiting.revision)
        self._folder.mkdir(exist_ok=True)
        report = self._folder / f"{waiting.model}-{waiting.version}-{waiting.revision[:12]}.json"
        report.unlink(missing_ok=True)
        has_parent = BareRepository(self._clone / ".git").commit_named(f"{waiting.revision}^") is not None
        what = ["--changed", f"{waiting.revision}~1..{waiting.revision}"] if has_parent else ["--all"]
        command = [sys.executable, "-P", "-c", _ENDS_WITH_PARENT, "validate", *what, "-C", str(self._clone)]
        command += ["--record", "--signing-key", str(self._key), "--format", "json", "--output", str(report)]
        command += ["--also", f"html={report.with_suffix('.html')}"]
        self._process = subprocess.Popen(
            command, cwd=self._root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        output, _ = self._process.communicate()
        with report.with_suffix(".log").open("w", encoding="utf-8") as log:
            log.write(output)
        return _told(report, waiting.model, self._process.returncode, output)

    def _bring(self, revision: str) -> None:
        clone = Clone(self._clone, _WHO)
        if not (self._clone / ".git").is_dir():
            clone = Clone.create(self._clone, _WHO, self._address)
        clone.git("fetch", "--quiet", "origin", "main")
        clone.git("checkout", "--quiet", "--detach", "--force", revision)

    def close(self) -> None:
        """End it; a judgement under way is given up."""
        self._closing = True
        self._queue.put(None)
        while self._thread.is_alive():
            process = self._process
            if process is not None and process.poll() is None:
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_STOP_SECONDS)
                if process.poll() is None:
                    process.kill()
            self._thread.join(0.1)


def _told(report: Path, model: str, code: int, output: str) -> tuple[str, bool]:
    """The verdict in a sentence, with what failed; whether it is one that a version starts on."""
    try:
        judged = json.loads(report.read_text(encoding="utf-8"))
        verdict = judged["models"].get(model) or judged["verdict"]
    except (OSError, ValueError, KeyError, TypeError):
        last = output.strip().splitlines()[-1:] or [f"`sluice validate` ended with {code}"]
        return f"could not be judged: {last[0][:500]}; see {report.with_suffix('.log')}", False
    bad = [one for one in judged["findings"] if one["verdict"] in ("fail", "error", "inconclusive")]
    said = f"judged {verdict}" + "".join(map(_finding, bad[:5]))
    good = code == 0 and not bad
    if good or bad:
        return f"{said}\n  report: {report.with_suffix('.html')}" if bad else said, good
    last = output.strip().splitlines()[-1:] or [f"`sluice validate` ended with {code}"]
    return f"{said}, and not recorded: {last[0][:500]}", False


def _finding(one: dict[str, Any]) -> str:
    remedy = f"\n    remedy: {one['remedy']}" if one.get("remedy") else ""
    return f"\n  {one['check']}: {one['message']}{remedy}"
