"""Running git: no shell, no configuration of the machine or of its user, no hooks, no prompts, a time limit.

Nothing of the caller's environment decides what git reads: GIT_DIR, GIT_WORK_TREE, GIT_INDEX_FILE and others
are set inside every git hook, and would make a command read another repository than the one it names.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from sluicegate.gate.adapters.git import folder_lock
from sluicegate.specs.errors import SluiceError

SECONDS = 120.0
"""The most that one git command may take, unless it is given more."""
_NO_SPACE = re.compile(
    r"no space left on device|out of diskspace|file too large|disk quota exceeded", re.IGNORECASE
)
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "gc.auto=0",
    "core.filesRefLockTimeout=1000",
    "credential.helper=",
    "protocol.allow=never",
    *(f"protocol.{name}.allow=always" for name in ("file", "http", "https", "ssh")),
)
_PASSED_ON = ("PATH", "HOME", "SSH_AUTH_SOCK", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
_CREDENTIALS = re.compile(r"(\w+://)[^/@\s]+@")
_log = logging.getLogger(__name__)


class GitError(SluiceError):
    """A git command failed or could not run, or a repository does not hold what is read from it."""


class GitAbsent(GitError):
    """There is no git on this machine."""


class CommandFailed(GitError):
    """A git command ended with `code`, not 0; `stderr` is what it wrote there, without credentials."""

    def __init__(self, command: str, code: int, stderr: str, remedy: str) -> None:
        super().__init__(f"git {command} ended with {code}: {stderr[:1000]}", remedy)
        self.code = code
        self.stderr = stderr


class TimedOut(GitError):
    """A git command was ended at its time limit; what it had begun may still take effect elsewhere."""


class DiskFull(CommandFailed):
    """A git command found no space left to write to."""


class NotARepository(GitError):
    """What was named as a repository is not one, or cannot be reached."""


class PushRefused(GitError):
    """The remote took none of the refs; nothing was written there."""


class RaceLost(PushRefused):
    """Another writer was first: read again and decide again."""


class RemoteLocked(RaceLost):
    """A branch that nobody moved is locked on the remote: by another writer just now, or by one long gone."""


class PushUnanswered(GitError):
    """A push ended without an answer, and the remote does not hold it: it may still arrive, once at most."""


class RefMoved(GitError):
    """A ref was not where the writer had read it, so nothing was written: read again and repeat."""


class NoSuchFile(GitError):
    """A path that a revision does not hold as a plain file."""


class MissingObject(GitError):
    """An object that another one names, and that the repository does not have."""


class FileTooLarge(GitError):
    """A file above the limit of what is read."""


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


def command_line(directory: Path | None, *arguments: str, settings: tuple[str, ...] = ()) -> list[str]:
    """A whole command line; `settings` are further `KEY=VALUE` of git's configuration."""
    configured = [part for setting in (*_SETTINGS, *settings) for part in ("-c", setting)]
    located = [] if directory is None else [f"--git-dir={directory}"]
    return ["git", *configured, *located, *arguments]


def call(
    directory: Path | None,
    *arguments: str,
    stdin: bytes = b"",
    extra: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    seconds: float = SECONDS,
) -> subprocess.CompletedProcess[bytes]:
    """Run git to its end, whatever its exit code. Raises GitAbsent, and TimedOut after `seconds`.

    `directory` is the git directory; without one git takes the repository of the work tree `cwd`.
    """

    def run_with(locks: tuple[int, ...]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command_line(directory, *arguments),
            input=stdin,
            capture_output=True,
            cwd=cwd,
            env=environment(extra),
            check=False,
            timeout=seconds,
            pass_fds=locks,
        )

    try:
        return folder_lock.inheriting(run_with)
    except FileNotFoundError as error:
        if cwd is not None and not cwd.is_dir():
            raise NotARepository(f"{cwd} is not a directory", "name a clone") from error
        raise _absent() from error
    except subprocess.TimeoutExpired as error:
        message = f"git {_name(arguments)} took more than {seconds:.0f} s and was ended"
        raise TimedOut(message, "see whether the remote answers") from error


def call_as_user(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git as the user would here, with their environment and configuration: for who they are alone.

    Raises GitAbsent, and GitError past the time limit.
    """
    try:
        return subprocess.run(["git", *arguments], cwd=cwd, capture_output=True, check=False, timeout=SECONDS)
    except FileNotFoundError as error:
        raise _absent() from error
    except subprocess.TimeoutExpired as error:
        raise GitError("git took too long to say who you are", "see what `git var` does") from error


def run(
    directory: Path | None,
    *arguments: str,
    stdin: bytes = b"",
    extra: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> bytes:
    """Standard output of a command that must succeed. Raises CommandFailed, GitError."""
    done = call(directory, *arguments, stdin=stdin, extra=extra, cwd=cwd)
    if done.returncode:
        raise failure(directory, arguments, done)
    return done.stdout


def failure(
    directory: Path | None, arguments: tuple[str, ...], done: subprocess.CompletedProcess[bytes]
) -> CommandFailed:
    """The error of a command that ended with another exit code than 0; a negative one is a signal's."""
    words = last_words(done)
    if directory is not None and (done.returncode == -signal.SIGXFSZ or _NO_SPACE.search(words)):
        message = words or "a file may not grow any more"
        return DiskFull(_name(arguments), done.returncode, message, f"free space where {directory} is")
    remedy = f"if {directory} is damaged (git fsck), restore it" if directory else "see what git says"
    return CommandFailed(_name(arguments), done.returncode, words, remedy)


def last_words(done: subprocess.CompletedProcess[bytes]) -> str:
    """What a command wrote to standard error, without credentials."""
    return shown(done.stderr.decode("utf-8", "replace")).strip()


def start(directory: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """A running command with pipes for its input and output. Raises GitAbsent."""
    _log.debug("git %s runs over %s", _name(arguments), directory)

    def start_with(locks: tuple[int, ...]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command_line(directory, *arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
            pass_fds=locks,
        )

    try:
        return folder_lock.inheriting(start_with)
    except FileNotFoundError as error:
        raise _absent() from error


def beginning(directory: Path, limit: int, *arguments: str) -> tuple[bytes, bool]:
    """The first `limit` bytes of a command's output, and whether that was all; the rest is never read.

    Raises CommandFailed.
    """
    with start(directory, *arguments) as process:
        assert process.stdin is not None and process.stdout is not None  # noqa: S101 - both are pipes
        process.stdin.close()
        data = process.stdout.read(limit + 1)
        if len(data) > limit:
            process.kill()
            return data[:limit], False
    if process.returncode:
        done = subprocess.CompletedProcess(arguments, process.returncode, b"", b"")
        raise failure(directory, arguments, done)
    return data, True


def _name(arguments: tuple[str, ...]) -> str:
    """The subcommand, behind git's own options."""
    return next((word for word in arguments if not word.startswith("-")), "")


def _absent() -> GitAbsent:
    return GitAbsent("git was not found", "install git 2.38 or newer, or put it on PATH")
