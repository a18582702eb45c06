"""What a comment commands: its lines that begin with `/sluice`, as Prow reads commands. Pure.

The text is hostile. Markdown decides what a line is, as GitHub renders it: only a line of a paragraph counts
that stands by itself, so nothing in a quote, a list, a fence, a code span or an HTML comment is a command,
nor what HTML folds away or quotes, what is struck through, and the mail that somebody answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from sluicegate.ci.report.text_format import clean
from sluicegate.specs.names import is_name
from sluicegate.specs.suggestions import suggest_one_of

WORD = "/sluice"
LONGEST_COMMENT = 10_000
"""Characters; a longer comment commands nothing."""
MOST = 10
"""Commands of one comment; with more of them none is carried out."""
LONGEST_REASON = 300
OPTIONS = ("env", "model", "head", "until")
"""What may stand before a reason, as `--env production`."""

_SET_APART = frozenset((
    "blockquote", "code", "del", "details", "dl", "kbd", "ol", "pre", "q", "s", "samp", "strike", "table",
    "ul",
))  # fmt: skip
"""HTML elements that fold away, quote, strike or list what they hold."""
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|<(?P<end>/?)(?P<name>[a-z][a-z0-9]*)[^>]*", re.DOTALL | re.IGNORECASE)
_ANSWERED_MAIL = re.compile(
    r"^(?:.*<[^<>\s]*(?:notifications[^<>\s]*@|reply)[^<>\s]*>|-{3,} ?Original Message ?-{3,}\s*$)",
    re.MULTILINE,
)
"""The first line of a mail of GitHub's, as mail programs put it below an answer, some without any mark."""
_HEAD = re.compile(r"[0-9a-f]{7,64}")
_NUMERIC = re.compile(r"[v+-]?[.,]?\d[\d.,]*%?[,;:!]?")
_CHECK = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


@dataclass(frozen=True)
class Request:
    """One command, as it was written."""

    name: str
    line: str
    """All of it, cleaned for showing."""
    check: str | None = None
    number: int | None = None
    """promote: percent of traffic. rollback, hotfix, retry: a version."""
    reason: str = ""
    environment: str | None = None
    model: str | None = None
    head: str | None = None
    """The commit that its author says to have seen, or the beginning of its id."""
    until: date | None = None
    """override: the last day on which it counts."""


@dataclass(frozen=True)
class Misuse:
    """A line that is no command that anyone knows, or lacks something."""

    line: str
    problem: str
    remedy: str


@dataclass(frozen=True)
class Form:
    """What a command takes, as `help` shows it."""

    usage: str
    does: str
    check: bool = False
    number: bool = False
    reason: bool = False
    """Whether a reason is demanded."""


FORMS: Mapping[str, Form] = {
    "recheck": Form("recheck", "judge the head again"),
    "approve": Form("approve [REASON]", "approve this head, or the step of the release that waits for it"),
    "override": Form(
        "override CHECK [--until DAY] REASON",
        "take a refusal upon yourself, for this head alone",
        check=True,
        reason=True,
    ),
    "hold": Form("hold [REASON]", "hold the release: nothing starts or advances, a rollback always does"),
    "release": Form("release [REASON]", "end a hold"),
    "promote": Form("promote [PERCENT] [REASON]", "advance the release without evidence", number=True),
    "rollback": Form("rollback [VERSION] [REASON]", "send all traffic to stable, then hold", number=True),
    "hotfix": Form("hotfix [REASON]", "send this version out at once"),
    "retry": Form("retry [REASON]", "let a rejected version start again"),
    "explain": Form("explain CHECK", "say what a check is for, and what to do about it", check=True),
    "help": Form("help", "list the commands that you may use"),
}
"""Every command, in the order of `help`."""


def parse(body: str) -> tuple[Request | Misuse, ...]:
    """The commands of a comment, in order. Never raises; a comment without a command gives none."""
    answered = _ANSWERED_MAIL.search(body)
    body = body if answered is None else body[: answered.start()]
    if WORD not in body:
        return ()
    if len(body) > LONGEST_COMMENT:
        if not any(line.startswith(WORD) for line in body.splitlines()):
            return ()
        length = f"the comment has {len(body):,} characters, and one with a command has {LONGEST_COMMENT:,}"
        return (Misuse(WORD, length, "write the command by itself"),)
    lines = [line for line in _lines(body) if re.match(rf"{WORD}(?!\S)", line)]
    if len(lines) > MOST:
        many = f"the comment has {len(lines)} commands, and {MOST} is the most"
        return (Misuse(WORD, many, "write fewer of them; none was carried out"),)
    return tuple(map(_read, lines))


@cache
def _markdown() -> MarkdownIt:
    """CommonMark with GitHub's tables; without what changes no line's place and would cost its characters.

    Nor are escaped characters joined with the text beside them, so that they are seen to be escaped.
    """
    rules = ["emphasis", "link", "image", "text_join"]
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable(rules)


def _follow(html: str, opened: list[str]) -> None:
    """Keep which elements are open that set apart what they hold; what a tag ends, all in it ends."""
    for tag in _TAG.finditer(html):
        name = (tag["name"] or "").lower()
        if name in _SET_APART and not tag["end"]:
            opened.append(name)
        elif name in opened:
            del opened[len(opened) - 1 - opened[::-1].index(name) :]


def _lines(body: str) -> Iterator[str]:
    """The lines of every paragraph that stands by itself."""
    inside: list[Token] = _markdown().parse(body.replace("\r\n", "\n").replace("\0", ""))
    opened: list[str] = []
    for before, token in pairwise([Token("", "", 0), *inside]):
        if token.type == "html_block" and token.level == 0:
            _follow(token.content, opened)
        if before.type == "paragraph_open" and before.level == 0 and token.type == "inline":
            yield from _of_paragraph(token.children or [], opened)


def _of_paragraph(children: list[Token], opened: list[str]) -> Iterator[str]:
    """Its lines; one that begins with code or markup begins with a character that no command has."""
    line = ""
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            yield line
            line = ""
        elif child.type in ("s_open", "s_close"):
            _follow("</s>" if child.nesting < 0 else "<s>", opened)
            line += "~" if not line else ""
        elif child.type == "text_special" and not line:
            line = child.markup  # whoever escapes the slash writes of a command, and gives none
        elif child.type in ("text", "text_special"):
            line += child.content if line or not opened else f"<{child.content}"
        elif child.type == "code_inline":
            line += f"`{child.content}`"
        elif child.type == "html_inline":
            _follow(child.content, opened)
            line += "<" if not line else ""
    yield line


def _read(line: str) -> Request | Misuse:
    words = line.split()
    shown = clean(line, LONGEST_REASON)
    name = words[1].lower() if len(words) > 1 else "help"
    form = FORMS.get(name)
    if form is None:
        return Misuse(shown, f"there is no command {clean(name, 40)!r}", suggest_one_of(name, FORMS))
    try:
        return _with_arguments(Request(name, shown), form, words[2:])
    except _Missing as missing:
        return Misuse(shown, str(missing), f"write `{WORD} {form.usage}`")


class _Missing(Exception):
    """An argument is not there, or is not what it should be."""


def _with_arguments(request: Request, form: Form, words: list[str]) -> Request:
    values: dict[str, object] = {}
    if form.check:
        if not words or not _CHECK.fullmatch(words[0].strip("`")):
            raise _Missing(f"`{request.name}` names one check")
        values["check"] = words.pop(0).strip("`")
    if form.number and words and _NUMERIC.fullmatch(words[0]):
        values["number"] = _number(words.pop(0))
    while words and words[0].startswith("--"):
        option, _, value = words.pop(0)[2:].partition("=")
        if option not in OPTIONS:
            raise _Missing(f"there is no option `--{clean(option, 40)}`")
        if not value:
            value = words.pop(0) if words else ""
        key = "environment" if option == "env" else option
        if key in values:
            raise _Missing(f"`--{option}` is given twice")
        values[key] = _READERS[option](value)
    reason = clean(" ".join(words), LONGEST_REASON)
    if form.reason and not reason:
        raise _Missing(f"`{request.name}` says why")
    return Request(request.name, request.line, reason=reason, **values)  # type: ignore[arg-type]


def _number(word: str) -> int:
    """A whole number; what only looks like one must not become the reason of a command without it."""
    text = word.removesuffix("%").removeprefix("v")
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise _Missing(f"{clean(word, 40)!r} is not a whole number")
    return int(text)


def _name(value: str) -> str:
    if not is_name(value):
        raise _Missing(f"{clean(value, 40)!r} is not a name")
    return value


def _sha(value: str) -> str:
    if not _HEAD.fullmatch(value.lower()):
        raise _Missing(f"{clean(value, 40)!r} is not the id of a commit, or its first 7 digits")
    return value.lower()


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise _Missing(f"{clean(value, 40)!r} is not a day such as 2027-01-31") from None


_READERS: Mapping[str, Callable[[str], object]] = {
    "env": _name,
    "model": _name,
    "head": _sha,
    "until": _day,
}
