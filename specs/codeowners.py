"""CODEOWNERS: who owns which path, by GitHub's rules and no others. Pure.

docs.github.com, "About code owners": patterns of gitignore without `!`, `[ ]` and `\\#`; the last one that
matches counts, and one without owners takes ownership away; a line with a fault is skipped; a file of 3 MB or
more is not read at all. The file is the base's: a pull request does not name its own owners.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import Problem

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks; the first that is there counts."""
LIMIT = 3_000_000
"""Bytes from which on GitHub does not read the file (3 MB)."""

_OWNER = re.compile(
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:\[bot\])?"
    r"|@[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9_.-]{1,100}"
    r"|[^\s@]{1,64}@[^\s@]{1,253}"
)
_PART = re.compile(r"(?:\\.|[^\s\\])+")


@dataclass(frozen=True)
class Rule:
    """One line: a pattern, and who owns what it matches; nobody where it names none."""

    pattern: str
    owners: tuple[str, ...]
    """As they are written: `@login`, `@organization/team`, or an e-mail address."""
    line: int


@dataclass(frozen=True)
class Codeowners:
    """A CODEOWNERS file."""

    path: str
    rules: tuple[Rule, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Lines that GitHub skips, and why."""

    def rule(self, path: str) -> Rule | None:
        """The last rule that matches a path, given without a leading `/`; None where none does."""
        return next((rule for rule in reversed(self.rules) if _matches(rule.pattern, path)), None)

    def owners(self, path: str) -> tuple[str, ...]:
        """Who owns a path; none where no rule matches, or the last that does names nobody."""
        rule = self.rule(path)
        return () if rule is None else rule.owners


def find(tree: Tree) -> Codeowners | None:
    """The CODEOWNERS of a tree; None where there is none. One that is too large has no rules."""
    for place in PLACES:
        entry = next((one for one in tree.entries(place) if one.path == place), None)
        if entry is None:
            continue
        if not entry.plain:
            remedy = "put a plain file there"
            return Codeowners(place, problems=(Problem("is not a plain file", remedy, place),))
        if entry.size >= LIMIT:
            message = f"has {entry.size:,} bytes, and GitHub reads no CODEOWNERS of {LIMIT:,} or more"
            return Codeowners(place, problems=(Problem(message, "shorten it by wildcards", place),))
        return parse(tree.read(place).decode("utf-8", "replace"), place)
    return None


def parse(text: str, path: str = PLACES[0]) -> Codeowners:
    """Read a CODEOWNERS file. Never raises: a line with a fault is a problem, and is left out."""
    rules: list[Rule] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        parts = _parts(line)
        if not parts:
            continue
        pattern, *owners = parts
        fault = _fault(pattern, owners)
        if fault is None:
            rules.append(Rule(pattern, tuple(owners), number))
        else:
            problems.append(Problem(*fault, path, number))
    return Codeowners(path, tuple(rules), tuple(problems))


def is_owner(text: str) -> bool:
    """Whether GitHub would read it as an owner: `@login`, `@organization/team`, or an address."""
    return _OWNER.fullmatch(text) is not None


def is_team(owner: str) -> bool:
    """Whether an owner is `@organization/team`."""
    return owner.startswith("@") and "/" in owner


def same_owner(one: str, other: str) -> bool:
    """Whether two owners are the same: GitHub tells no upper from lower case in names."""
    return one.lower() == other.lower()


def _parts(line: str) -> list[str]:
    """The words of a line up to its comment; a blank that is escaped belongs to its word."""
    parts: list[str] = []
    for match in _PART.finditer(line.rstrip("\r")):
        if match[0].startswith("#"):
            break
        parts.append(match[0])
    return parts


def _fault(pattern: str, owners: list[str]) -> tuple[str, str] | None:
    """Why GitHub skips a line, and what to do; None for a line that counts."""
    if pattern.startswith("!"):
        return f"{pattern} negates a pattern, which CODEOWNERS cannot", "name the path below, without owners"
    if "[" in pattern or "]" in pattern:
        return f"{pattern} has a range of characters, which CODEOWNERS cannot", "write each pattern out"
    if pattern.startswith("\\#"):
        return f"{pattern} escapes `#`, which CODEOWNERS cannot", "begin the pattern with `/` or `*`"
    unknown = [owner for owner in owners if not is_owner(owner)]
    if unknown:
        return f"{unknown[0]} is no owner", "write @login, @organization/team or an e-mail address"
    return None


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    """A pattern as a regular expression for the whole path."""
    trimmed = pattern.strip("/")
    anchored = "/" in pattern[:-1]
    begin = "" if anchored else "(?:.*/)?"
    # Everything below a directory belongs to it, but `docs/*` is the files directly in docs alone.
    if pattern.endswith("/"):
        end = "/.*"
    elif pattern.endswith("/*"):
        end = ""
    else:
        end = "(?:/.*)?"
    return re.compile(begin + _body(trimmed) + end, re.DOTALL)


def _body(pattern: str) -> str:
    """What stands between two slashes, and between the ends, of a pattern."""
    words: list[str] = []
    segments = pattern.split("/")
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        if segment == "**":
            words.append(".*" if last else "(?:.*/)?")
        else:
            words.append(_segment(segment) + ("" if last else "/"))
    return "".join(words)


def _segment(segment: str) -> str:
    words: list[str] = []
    for match in re.finditer(r"\\(?P<escaped>.)|(?P<any>\*+)|(?P<one>\?)|(?P<plain>.)", segment, re.DOTALL):
        if match["any"]:
            words.append("[^/]*")
        elif match["one"]:
            words.append("[^/]")
        else:
            words.append(re.escape(match["escaped"] or match["plain"]))
    return "".join(words)


def _matches(pattern: str, path: str) -> bool:
    return _expression(pattern).fullmatch(path) is not None
