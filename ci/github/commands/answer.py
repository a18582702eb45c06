"""The one comment that answers commands: the newest answer open, earlier ones in a table. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sluicegate.ci.github.commands.parse import FORMS, WORD
from sluicegate.ci.report.markdown_text import code, marker, prose, read_marker, table
from sluicegate.ci.report.text_format import clean

KIND = "commands"
KEPT = 10
"""Answers that stay in the comment."""
LONGEST = 1500


@dataclass(frozen=True)
class Answer:
    """What became of one command."""

    line: str
    by: str
    head: str
    """The head of the pull request that the command saw."""
    ok: bool
    words: str
    """What was done, or why nothing was."""
    comment: int
    """The id of the comment that gave it."""


def answered(body: str) -> tuple[Answer, ...]:
    """The answers of a comment of ours, newest first; none where it is none."""
    state = read_marker(body, KIND) or {}
    kept = state.get("answers")
    if not isinstance(kept, list):
        return ()
    return tuple(answer for answer in map(_read, kept) if answer is not None)


def render(new: Sequence[Answer], earlier: Sequence[Answer], usable: Sequence[str]) -> str:
    """The comment: the newest command's answers, then what its author may use, then earlier ones."""
    lines = [line for answer in new for line in (_sentence(answer), "")]
    if usable:
        rows = [[code(f"{WORD} {FORMS[name].usage}"), prose(FORMS[name].does)] for name in usable]
        by = new[0].by if new else "you"
        lines += [f"What {prose(by, 60)} may use here:", "", *table(("command", "what it does"), rows), ""]
    old = earlier[: max(KEPT - len(new), 0)]
    if old:
        rows = [[code(answer.line, 120), prose(answer.by, 60), *_outcome(answer)] for answer in old]
        headings = ("command", "of", "at", "answer")
        summary = f"<details><summary>{len(old)} earlier</summary>"
        lines += [summary, "", *table(headings, rows), "", "</details>", ""]
    kept = [asdict(_shortened(answer)) for answer in (*new, *old)][:KEPT]
    return "\n".join([*lines, marker(KIND, {"answers": kept})]) + "\n"


def _sentence(answer: Answer) -> str:
    sign = "✅" if answer.ok else "❌"
    where = f"at {code(answer.head[:12])}: " if answer.head else ""
    said = f"{sign} {code(answer.line, 320)} of {prose(answer.by, 60)} {where}"
    return said + "<br>".join(prose(part, LONGEST) for part in answer.words.split("\n"))


def _outcome(answer: Answer) -> list[str]:
    return [code(answer.head[:12]), f"{'✅' if answer.ok else '❌'} {prose(answer.words, 200)}"]


def _shortened(answer: Answer) -> Answer:
    """For the table of earlier ones: without the lines that say what comes next, which is past by then."""
    words = clean(answer.words.partition("\n")[0], 300)
    return replace(answer, line=clean(answer.line, 160), words=words)


def _read(values: Any) -> Answer | None:
    if not isinstance(values, Mapping):
        return None
    try:
        answer = Answer(**values)
    except TypeError:
        return None
    typed = isinstance(answer.ok, bool) and isinstance(answer.comment, int)
    texts = (answer.line, answer.by, answer.head, answer.words)
    return answer if typed and all(isinstance(text, str) for text in texts) else None
