"""One plain, atomic push, and what its end means: arrived, lost to another writer, locked, refused, unknown.

Git's exit code does not say: a push that ran out of time may have landed, and a lock that a killed git left
on the remote is refused in the words of a lost race. What the remote holds afterwards decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from time import time
from urllib.parse import unquote, urlsplit

from sluicegate.gate.adapters.git.command import (
    SECONDS,
    GitError,
    PushRefused,
    PushUnanswered,
    RaceLost,
    RemoteLocked,
    TimedOut,
    call,
    shown,
)
from sluicegate.gate.adapters.git.names import branch_ref
from sluicegate.gate.core.text_format import duration

SECONDS_A_COMMIT = 1.0
"""What each commit adds to the time limit of a push: a remote may check every one of them."""
_READ_AGAIN = "see whether the remote answers; the next tick reads what it holds"
_RACE = re.compile(
    r"fetch first|non-fast-forward|stale info|cannot lock ref|incorrect old value|\.lock'|failed to update"
)
_AHEAD = re.compile(
    r"^!\t\S+:refs/heads/(\S+)\t\[rejected\] \((?:fetch first|non-fast-forward)\)$", re.MULTILINE
)
_LOCK = re.compile(r"Unable to create '([^'\n]+\.lock)'")
_UNANSWERED = re.compile(
    r"was ended|remote failure|hung up|early EOF|RPC failed|connection (reset|closed)|disconnect|broken pipe",
    re.IGNORECASE,
)


def send(directory: Path, url: str, refs: Mapping[str, str], commits: int) -> str | None:
    """Push commits to branches, all or none; None, or what git said when it ended in another way."""
    refspecs = [f"{sha}:{branch_ref(branch)}" for branch, sha in refs.items()]
    words = ("push", "--atomic", "--porcelain", "--no-verify", url, *refspecs)
    try:
        done = call(directory, *words, seconds=SECONDS + SECONDS_A_COMMIT * commits)
    except TimedOut as error:
        return error.message
    if not done.returncode:
        return None
    if done.returncode < 0:
        return f"git push was ended by signal {-done.returncode}"
    return shown((done.stdout + done.stderr).decode("utf-8", "replace")).strip()[:1000]


def not_sent(answer: str | None) -> list[str]:
    """The branches that git found ahead before it sent anything; none where it sent, or does not say.

    It compares the commits with the branches that the remote lists first: `[rejected]` is git's own word on
    this machine, the remote's is `[remote rejected]`. See git-push(1), OUTPUT.
    """
    return [] if answer is None else _AHEAD.findall(answer)


def race_lost(moved: list[str]) -> RaceLost:
    """The error of a push to branches that another writer moved meanwhile."""
    return RaceLost(f"another writer moved {', '.join(moved)} first", "read and decide again")


def refusal(url: str, answer: str, moved: list[str], branches: list[str]) -> PushRefused | PushUnanswered:
    """The error of a push that the remote does not hold, by git's answer and the branches moved meanwhile."""
    if moved:
        return race_lost(moved)
    if _RACE.search(answer):
        return _locked(url, answer, branches)
    if _UNANSWERED.search(answer):
        message = f"the push to {shown(url)} ended without an answer, and it did not arrive so far: {answer}"
        return PushUnanswered(message, _READ_AGAIN)
    return PushRefused(f"{shown(url)} refused the push: {answer}", _remedy(answer))


def unreadable(error: GitError, answer: str | None) -> PushUnanswered:
    """The error of a push after which the remote cannot be read; `answer` is how the push ended, if badly."""
    message = f"whether the push arrived cannot be read: {error.message}"
    if answer is not None:
        message = f"{message}; it ended with: {answer}"
    return PushUnanswered(message, _READ_AGAIN)


def _remedy(answer: str) -> str:
    if "no space left" in answer.lower():
        return "free space on the remote"
    return "allow the gate to write these branches"


def _locked(url: str, answer: str, branches: list[str]) -> RemoteLocked:
    """Name the lock, and its age where the remote is on this machine."""
    named = _LOCK.search(answer)
    lock = str(Path(named[1])) if named is not None else f"a lock on {' or '.join(branches)}"
    age = _age(url, lock)
    if age is None:
        message = f"nobody moved {', '.join(branches)}, but {shown(url)} does not let go of {lock}"
        return RemoteLocked(
            message, "if that stays, a git was killed there: have its operator remove the lock"
        )
    message = f"nobody moved {', '.join(branches)}, but the remote is locked by {lock}, which is {age} old"
    return RemoteLocked(message, "if no git works there, one was killed there: delete that file")


def _age(url: str, lock: str) -> str | None:
    """How long ago a lock in a repository on this machine was made; None if it is gone, or elsewhere."""
    if not _local(url):
        return None
    try:
        return duration(max(0, round(time() - Path(lock).stat().st_mtime)))
    except OSError:
        return None


def _local(url: str) -> bool:
    path = unquote(urlsplit(url).path) if url.startswith("file://") else url
    return Path(path).is_dir()
