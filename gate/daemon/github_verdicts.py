"""Verdicts on GitHub: what our own account or App said of a commit with the same files.

That is of a commit, and main may have another one: a squash, a rebase and a merge queue make new commits of
the judged files. So main's own commit is looked at, and the head of each pull request that brought it, where
that head has the very same git tree of the model. Who said it is known by a number, which nobody else can
have; names can be taken.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from sluicegate.gate.adapters.github_api import GitHubRepository, Lookup, Unanswered
from sluicegate.gate.core.judged import Judged, JudgedAs
from sluicegate.gate.daemon.github_statements import APP, Trusted, newest
from sluicegate.gate.daemon.state import State
from sluicegate.gate.daemon.verdicts import Wanted
from sluicegate.specs.names import is_revision
from sluicegate.specs.require import STATUS

logger = logging.getLogger(__name__)

SOONEST = 15.0
"""Seconds until GitHub is asked again for a verdict that it did not have; twice as many each time."""
LATEST = 300.0
MOST_PULLS = 5
"""Pull requests of one commit that are looked at."""
ACTIONS_BOT = "github-actions[bot]"
"""The account of the token of an Actions job."""
_SAID = re.compile(r"(?P<verdict>pass|waived)\b")
_LOGIN = re.compile(r"[A-Za-z0-9-]{1,39}(\[bot\])?")


@dataclass
class _Asked:
    """The last lookup of one version, which may still be under way."""

    future: Future[Judged]
    attempts: int = 1
    ended: float | None = None

    @property
    def pause(self) -> float:
        return min(SOONEST * 2.0 ** min(self.attempts - 1, 10), LATEST)


class GitHubVerdicts:
    """Asks GitHub; a good verdict is never asked for again, since a content keeps its verdict.

    `judges` are the logins or the numbers of accounts, and Apps as `app:NUMBER`. With `in_background` nobody
    waits for an answer: the version does, until a later tick.
    """

    def __init__(
        self,
        repository: GitHubRepository,
        judges: Sequence[str] = (ACTIONS_BOT,),
        *,
        in_background: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._repository = repository
        self._accounts = tuple(one for one in judges if not one.startswith(APP))
        self._apps = tuple(int(one.removeprefix(APP)) for one in judges if one.startswith(APP))
        self._in_background = in_background
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="verdicts")
        self._asked: dict[tuple[str, ...], _Asked] = {}
        self._ids: dict[str, int] = {}

    def find(self, state: State, wanted: Wanted) -> Judged:
        """See `VerdictSource`."""
        del state
        key = (wanted.model, *wanted.contents, *wanted.commits)
        with self._lock:
            asked = self._asked.get(key)
            if asked is None:
                for old in [old for old in self._asked if old[0] == wanted.model]:
                    del self._asked[old]
                asked = self._asked[key] = _Asked(self._pool.submit(self._ask, wanted))
        if not self._in_background:
            return asked.future.result()
        if not asked.future.done():
            return Judged("none", "GitHub is being asked", asking=True)
        answer = asked.future.result()
        if not answer.counts:
            self._ask_again(asked, wanted)
        return answer

    def _ask_again(self, asked: _Asked, wanted: Wanted) -> None:
        with self._lock:
            now = self._monotonic()
            if asked.ended is None:
                asked.ended = now
            elif now - asked.ended >= asked.pause:
                asked.future = self._pool.submit(self._ask, wanted)
                asked.attempts += 1
                asked.ended = None

    def close(self) -> None:
        """Ask nothing any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _ask(self, wanted: Wanted) -> Judged:
        """Ask once. No answer is no verdict, and neither is one that makes no sense."""
        try:
            return self._answer(self._repository.lookup(), wanted)
        except Unanswered as error:
            logger.warning("%s version %d: no verdict: %s", wanted.model, wanted.version.version, error)
            return Judged("none", f"GitHub does not say ({error.message})")
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            logger.warning("%s: GitHub's answer makes no sense: %r", wanted.model, error)
            return Judged("none", f"GitHub does not say (its answer makes no sense: {type(error).__name__})")

    def _answer(self, lookup: Lookup, wanted: Wanted) -> Judged:
        trusted = self._trusted(lookup)
        seen: list[str] = []
        for content, commit in _candidates(lookup, wanted):
            statement = newest(lookup, commit, trusted)
            if statement is None:
                continue
            said = statement.said
            match = _SAID.match(said)
            told = f"{STATUS} on {commit[:12]} by {statement.by}: {said}"
            if statement.is_good and match is not None:
                kind: JudgedAs = "pass" if match["verdict"] == "pass" else "waived"
                overridden = (said,) if kind == "waived" else ()
                return Judged(kind, told, content, commit, None, overridden)
            seen.append(told)
        return Judged(
            "none", "; ".join(seen) or f"{self._repository.name} has no {STATUS} of {trusted} on it"
        )

    def _trusted(self, lookup: Lookup) -> Trusted:
        """The number of each account. Raises Unanswered for one that GitHub does not know."""
        for name in self._accounts:
            if name not in self._ids:
                self._ids[name] = int(name) if name.isdecimal() else _number(lookup, name)
        return Trusted(self._ids, self._apps)


def _number(lookup: Lookup, login: str) -> int:
    found = lookup.get_any(f"/users/{login}") if _LOGIN.fullmatch(login) else None
    if not isinstance(found, dict) or not isinstance(found.get("id"), int):
        raise Unanswered(f"GitHub knows no account {login!r}")
    number: int = found["id"]
    return number


def _candidates(lookup: Lookup, wanted: Wanted) -> Iterator[tuple[str, str]]:
    """(content, commit) where a verdict may be: main's own commits, then the heads of what was merged."""
    done: set[str] = set()
    for content, commits in wanted.contents.items():
        for commit in commits:
            done.add(commit)
            yield content, commit
    for commit in wanted.commits:
        for head in _heads(lookup, commit):
            if head in done:
                continue
            done.add(head)
            tree = _content(lookup, head, wanted.model)
            if tree is not None and tree in wanted.contents:
                yield tree, head


def _heads(lookup: Lookup, commit: str) -> Iterator[str]:
    """The heads of the merged pull requests that brought a commit."""
    for pull in (lookup.get(f"/commits/{commit}/pulls") or [])[:MOST_PULLS]:
        head = pull["head"]["sha"]
        if pull.get("merged_at") and is_revision(head):
            yield head


def _content(lookup: Lookup, commit: str, model: str) -> str | None:
    """The git tree of a model's directory at a commit."""
    tree: str | None = commit
    for name in ("models", model):
        listed = lookup.get(f"/git/trees/{tree}") if tree is not None and is_revision(tree) else None
        entries = listed["tree"] if listed else []
        tree = next((one["sha"] for one in entries if (one["path"], one["type"]) == (name, "tree")), None)
    return tree
