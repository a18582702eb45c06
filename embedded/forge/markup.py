"""Comments as HTML, safely: CommonMark with tables; raw HTML is text, but for a handful of harmless forms.

Those are `<details>`, `<summary>` (alone on their lines), `<sub>`, `<sup>`, `<br>`, and HTML comments, which
are not shown (the bot's hidden marker). They are parsed here into balanced elements of our own: no tag of the
input, and no attribute, is ever copied into the page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_OPEN = re.compile(r"<details( open)?>\s*(?:<summary>(.*?)</summary>)?\s*", re.IGNORECASE)
_SUMMARY = re.compile(r"<summary>(.*?)</summary>\s*", re.IGNORECASE)
_CLOSE = re.compile(r"</details>\s*", re.IGNORECASE)
_SMALL = re.compile(r"<(sub|sup)>(.{1,2000}?)</\1>", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_DEPTH = 20


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _hidden_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """An HTML comment that begins a line: nothing is shown, to the line that ends it."""
    if not _line(state, start).startswith("<!--"):
        return False
    last = next((number for number in range(start, end) if "-->" in _line(state, number)), None)
    if last is None or _line(state, last).partition("-->")[2].strip():
        return False
    if not silent:
        state.line = last + 1
    return True


def _details(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`<details>` up to its `</details>`, or to the end of what holds it."""
    head = _OPEN.fullmatch(_line(state, start))
    if head is None or state.level >= _DEPTH:
        return False
    if silent:
        return True
    depth, last, fenced = 1, start + 1, False
    while last < end and (state.isEmpty(last) or state.sCount[last] >= state.blkIndent):
        line = _line(state, last)
        fenced ^= line.startswith(("```", "~~~"))
        if not fenced:
            depth += bool(_OPEN.fullmatch(line)) - bool(_CLOSE.fullmatch(line))
        if depth == 0:
            break
        last += 1
    opened = state.push("details_open", "details", 1)
    if head[1]:
        opened.attrSet("open", "open")
    inside, title = start + 1, head[2]
    if title is None and inside < last and (line_title := _SUMMARY.fullmatch(_line(state, inside))):
        inside, title = inside + 1, line_title[1]
    if title is not None:
        state.push("summary_open", "summary", 1)
        text = state.push("inline", "", 0)
        text.content, text.children, text.map = title, [], [start, inside]
        state.push("summary_close", "summary", -1)
    kept = state.parentType, state.lineMax
    state.lineMax = last
    state.md.block.tokenize(state, inside, last)
    state.parentType, state.lineMax = kept
    state.push("details_close", "details", -1)
    state.line = last + 1 if depth == 0 else last
    return True


def _small(state: StateInline, silent: bool) -> bool:
    """`<sub>..</sub>`, `<sup>..</sup>`, `<br>`, and comments inside a line."""
    if state.src[state.pos] != "<":
        return False
    rest = state.src[state.pos : state.posMax]
    if rest.startswith("<!--") and (length := rest.find("-->")) > 0:
        state.pos += length + 3
        return True
    if found := _BREAK.match(rest):
        if not silent:
            state.push("hardbreak", "br", 0)
        state.pos += len(found[0])
        return True
    found = _SMALL.match(rest)
    if found is None or state.level >= _DEPTH:
        return False
    start, end = state.pos, state.posMax
    if not silent:
        tag = found[1].lower()
        state.push(f"{tag}_open", tag, 1)
        state.pos, state.posMax = start + 5, start + 5 + len(found[2])
        state.md.inline.tokenize(state)
        state.push(f"{tag}_close", tag, -1)
    state.pos, state.posMax = start + len(found[0]), end
    return True


def _cell(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """A table cell, its alignment as a class: the page's policy allows no inline style."""
    token = tokens[index]
    if style := str(token.attrs.pop("style", "")):
        token.attrSet("class", style.removeprefix("text-align:"))
    return self.renderToken(tokens, index, options, env)


def _link(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    tokens[index].attrSet("rel", "nofollow noopener noreferrer")
    return self.renderToken(tokens, index, options, env)


def _engine() -> MarkdownIt:
    # As in GitHub's comments, a line end is a line break.
    engine = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    breaks = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    engine.block.ruler.before("fence", "hidden", _hidden_block, breaks)  # type: ignore[arg-type]
    engine.block.ruler.before("fence", "details", _details, breaks)  # type: ignore[arg-type]
    engine.inline.ruler.before("autolink", "small", _small)
    for kind in ("th_open", "td_open"):
        engine.add_render_rule(kind, _cell)
    engine.add_render_rule("link_open", _link)
    return engine


_ENGINE = _engine()


def render(text: str) -> str:
    """HTML of a comment; every character of the input that could be markup of the page is escaped."""
    return str(_ENGINE.render(text))
