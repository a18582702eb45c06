"""Running git for the gate: no shell, no configuration of the machine, no hooks, no prompts, a time limit."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from sluicegate.specs.errors import SluiceError

CHUNK = 1 << 20
"""Bytes of a file that are held at once while it is copied."""
SECONDS = 120.0
"""The most that one git command may take."""
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "gc.autoDetach=false",
    "credential.helper=",
    "protocol.allow=never",
    *(f"protocol.{name}.allow=always" for name in ("file", "http", "https", "ssh")),
)
_PASSED_ON = ("PATH", "HOME", "SSH_AUTH_SOCK", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
_CREDENTIALS = re.compile(r"(\w+://)[^/@\s]+@")


class GitError(SluiceError):
    """A git command failed or could not run; the message ends in a remedy."""


class GitAbsent(GitError):
    """There is no git on this machine."""


class NotARepository(GitError):
    """What was named as a repository is none, or cannot be reached."""


class PushRefused(GitError):
    """The remote took none of the refs; nothing was written there."""


class RaceLost(PushRefused):
    """Another writer was first: read again and decide again."""


class NoSuchFile(GitError):
    """A path that a revision does not hold as a plain file."""


class FileTooLarge(GitError):
    """A file above the limit of what the gate reads."""


def shown(url: str) -> str:
    """An address without the user and password it may carry."""
    return _CREDENTIALS.sub(r"\1", url)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment that git gets; HOME stays for ssh's keys, git's configuration there is unread."""
    return {
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
        **(extra or {}),
    }


def words(directory: Path | None, *arguments: str) -> list[str]:
    """A whole command line."""
    place = [] if directory is None else [f"--git-dir={directory}"]
    return ["git", *(part for setting in _SETTINGS for part in ("-c", setting)), *place, *arguments]


def call(
    directory: Path | None, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run git to its end, whatever its exit code. Raises GitAbsent, and GitError past the time limit."""
    try:
        return subprocess.run(
            words(directory, *arguments),
            input=stdin,
            capture_output=True,
            env=environment(extra),
            check=False,
            timeout=SECONDS,
        )
    except FileNotFoundError as error:
        raise GitAbsent("git was not found; install git 2.30 or newer, or put it on PATH") from error
    except subprocess.TimeoutExpired as error:
        message = (
            f"git {arguments[0]} took more than {SECONDS:.0f} s and was ended; see whether the remote answers"
        )
        raise GitError(message) from error


def run(
    directory: Path | None, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None
) -> bytes:
    """Standard output of a command that must succeed. Raises GitError with git's own words."""
    done = call(directory, *arguments, stdin=stdin, extra=extra)
    if done.returncode:
        said = shown(done.stderr.decode("utf-8", "replace")).strip()[:1000]
        where = f"; if the copy at {directory} is damaged, delete it" if directory else "; see what git says"
        raise GitError(f"git {arguments[0]} ended with {done.returncode}: {said}{where}")
    return done.stdout


class Blobs:
    """Contents by object id, from one long-lived `git cat-file --batch`; safe to use from several threads."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def read(self, oid: str) -> bytes:
        """The bytes of one blob. Raises GitError if the object is missing or no blob."""
        data = io.BytesIO()
        self.copy(oid, data)
        return data.getvalue()

    def copy(self, oid: str, target: BinaryIO) -> None:
        """Write the bytes of one blob into an empty file, CHUNK at a time. Raises GitError like `read`."""
        with self._lock:
            try:
                self._copy(oid, target)
            except (OSError, ValueError):
                target.seek(0)
                target.truncate()
                self._copy(oid, target)

    def _copy(self, oid: str, target: BinaryIO) -> None:
        whole = False
        try:
            self._pass_on(oid, target)
            whole = True
        finally:
            # What is left of an answer would be taken for the next one.
            if not whole:
                self._end()

    def _pass_on(self, oid: str, target: BinaryIO) -> None:
        if self._process is None:
            self._process = subprocess.Popen(
                words(self._directory, "cat-file", "--batch"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(),
            )
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None  # noqa: S101 - for the type checker: PIPE was asked for
        stdin.write(oid.encode() + b"\n")
        stdin.flush()
        header = stdout.readline().split()
        if not header:
            raise OSError("git cat-file ended")
        if len(header) != 3:
            raise GitError(
                f"the object {oid} is missing in {self._directory}; delete that copy and run again"
            )
        if header[1] != b"blob":
            raise GitError(f"the object {oid} is a {header[1].decode()}, not a file; name a file")
        left = int(header[2])
        while left:
            data = stdout.read(min(left, CHUNK))
            if not data:
                raise OSError("git cat-file ended in mid-answer")
            target.write(data)
            left -= len(data)
        if stdout.read(1) != b"\n":
            raise OSError("git cat-file ended in mid-answer")

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        process.kill()
        process.wait()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()
