"""Starting and stopping a forge in a process of its own."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from sluicegate.embedded.forge.auth import Token
from sluicegate.embedded.listening import LOOPBACK, port_taken
from sluicegate.specs.errors import SluiceError

_STOP_SECONDS = 10
_log = logging.getLogger(__name__)


class ForgeFailed(SluiceError):
    """The forge's process ended before it was ready, or does not run."""


class Forge:
    """A running forge: `with Forge(root, [Token("alice", "secret", "admin")]) as forge: forge.url`.

    Its state is ROOT/OWNER/NAME.git and ROOT/forge.sqlite, and outlives it; its log is ROOT/forge.log. The
    process ends when it is closed, and when its parent dies (its standard input comes to its end). Tokens
    travel by that pipe, so that no list of processes shows them. `port` 0 takes a free one. `host` is a
    loopback or private address of this machine; requests may name it, loopback's names and `public_names`.
    """

    def __init__(
        self,
        root: Path,
        tokens: Sequence[Token] = (),
        *,
        port: int = 0,
        host: str = LOOPBACK,
        public_names: Sequence[str] = (),
    ) -> None:
        self.root = Path(root)
        self._tokens = tuple(tokens)
        self._port = port
        self._host = host
        self._public_names = tuple(public_names)
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    @property
    def api(self) -> str:
        """The API's address, PyGithub's `base_url`."""
        return f"{self.url}/api/v3"

    @property
    def pid(self) -> int:
        """The process id. Raises `ForgeFailed` while none runs."""
        if self._process is None:
            raise ForgeFailed("the forge is not running", "call start(), or use it as a context manager")
        return self._process.pid

    def git_url(self, owner: str, repository: str, token: Token | None = None) -> str:
        """The address to clone from; with a token's secret in it, also to push to."""
        scheme, _, host = self.url.partition("://")
        login = f"{quote(token.login)}:{quote(token.secret, safe='')}@" if token else ""
        return f"{scheme}://{login}{host}/{owner}/{repository}.git"

    def start(self) -> Forge:
        """Start, and return when it answers. Raises `PortTaken`, `ForgeFailed`."""
        self.root.mkdir(parents=True, exist_ok=True)
        words = ["-P", "-m", "sluicegate.embedded.forge", "--root", str(self.root), "--lifeline"]
        words += ["--host", self._host, "--port", str(self._port)]
        words += [f"--public-name={name}" for name in self._public_names]
        with (self.root / "forge.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        tokens = [[one.login, one.secret, one.permission, one.id] for one in self._tokens]
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101 - for the type checker: both are pipes
        try:
            self._process.stdin.write(json.dumps(tokens).encode() + b"\n")
            self._process.stdin.flush()
            announced = json.loads(self._process.stdout.readline() or b"{}")
        except (OSError, ValueError) as error:
            self.stop()
            raise self._failed(str(error)) from error
        if "url" not in announced:
            self.stop()
            if announced.get("error") == "port-taken":
                raise port_taken(self._host, self._port)
            raise self._failed(announced.get("reason", "it wrote nothing"))
        self.url = announced["url"]
        _log.info("the forge runs at %s", self.url)
        return self

    def _failed(self, reason: str) -> ForgeFailed:
        return ForgeFailed(f"the forge did not start: {reason}", f"see {self.root / 'forge.log'}")

    def stop(self) -> None:
        """End the process; a second call does nothing."""
        process = self._process
        self._process = None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Forge:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
