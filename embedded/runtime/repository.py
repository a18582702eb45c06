"""The repository, read without a work tree: one long-lived `git cat-file --batch` over a bare repository."""

import contextlib
import os
import subprocess
from pathlib import Path
from time import monotonic

from sluicegate.embedded.runtime.errors import RepositoryMissing

_MAIN = "refs/heads/main"
_FETCH_SECONDS = 1.0
_SKIP_BYTES = 1 << 20


def _git(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    return subprocess.run(
        ["git", *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


class Repository:
    """Main's commit and the files of any commit; nothing is ever written to the repository itself."""

    def __init__(self, source: Path | str, root: Path) -> None:
        """`source`: a git directory's path, or a URL, which is mirrored under `root`. RepositoryMissing."""
        self._url = str(source) if "://" in str(source) else None
        self._directory = root / "mirror.git" if self._url else Path(source)
        self._process: subprocess.Popen[bytes] | None = None
        self._next_fetch = 0.0
        self._unreachable = ""
        if self._url:
            _git("init", "--quiet", "--bare", str(self._directory))
            self.fetch()
        elif not self._directory.is_dir() or _git("rev-parse", "--git-dir", cwd=self._directory).returncode:
            raise RepositoryMissing(f"{source} is no git repository; give a git directory or a URL")

    def fetch(self) -> None:
        """Bring the mirror of a URL up to date, at most once a second; a directory needs none.

        Raises RepositoryMissing, between two fetches too if the last one failed.
        """
        if self._url is None:
            return
        if monotonic() >= self._next_fetch:
            self._next_fetch = monotonic() + _FETCH_SECONDS
            refspec = f"+{_MAIN}:{_MAIN}"
            result = _git("fetch", "--quiet", "--no-tags", self._url, refspec, cwd=self._directory)
            # A repository without main yet is an empty one, not a missing one.
            failed = result.returncode and "couldn't find remote ref" not in result.stderr
            self._unreachable = result.stderr.strip() or "git failed" if failed else ""
        if self._unreachable:
            raise RepositoryMissing(f"cannot fetch {self._url}: {self._unreachable}; check the address")

    def tip(self) -> str | None:
        """Main's commit id; None while there is no main."""
        found = self._object(_MAIN)
        return found[0] if found else None

    def read(self, commit: str, path: str, at_most: int | None = None) -> bytes | None:
        """The content of a file at a commit, or its first `at_most` bytes; None if there is none."""
        found = self._object(f"{commit}:{path}", at_most)
        return found[2] if found and found[1] == "blob" else None

    def names(self, commit: str, path: str) -> list[str]:
        """The names in a directory at a commit; none if it does not exist."""
        found = self._object(f"{commit}:{path}")
        if found is None or found[1] != "tree":
            return []
        names: list[str] = []
        rest, id_bytes = found[2], len(found[0]) // 2
        while rest:
            head, _, rest = rest.partition(b"\0")
            names.append(head.split(b" ", 1)[1].decode(errors="replace"))
            rest = rest[id_bytes:]
        return names

    def _object(self, name: str, at_most: int | None = None) -> tuple[str, str, bytes] | None:
        """(id, type, content) of an object by its revision expression; None if it is missing."""
        try:
            question = name.encode()
        except UnicodeEncodeError:
            return None
        if b"\n" in question or b"\0" in question:  # the one ends a question, the other a name in git
            return None
        if self._process is None or self._process.poll() is not None:
            self._process = self._start()
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None  # noqa: S101  # narrows the type for mypy
        with contextlib.suppress(BrokenPipeError):  # git has ended; the empty answer below says so
            stdin.write(question + b"\n")
            stdin.flush()
        header = stdout.readline().split()
        if not header:
            self.close()
            raise RepositoryMissing(f"git cannot read {self._directory} any more; restore it")
        if len(header) != 3 or not header[2].isdigit():
            return None
        size = int(header[2])
        content = stdout.read(size if at_most is None else min(size, at_most))
        rest = size - len(content) + 1  # a line end follows
        while rest and (skipped := stdout.read(min(rest, _SKIP_BYTES))):
            rest -= len(skipped)
        return header[0].decode(), header[1].decode(), content

    def _start(self) -> subprocess.Popen[bytes]:
        command = ["git", "cat-file", "--batch"]
        try:
            return subprocess.Popen(
                command, cwd=self._directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        except OSError as error:
            raise RepositoryMissing(f"{self._directory}: {error.strerror}; restore it") from error

    def close(self) -> None:
        """End the git process."""
        if self._process is not None:
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    stream.close()
            self._process.kill()
            self._process.wait()
            self._process = None
