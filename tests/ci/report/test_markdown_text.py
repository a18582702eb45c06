from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from sluicegate.ci.report.markdown_text import code, marker, prose, read_marker, table, within

NASTY = st.text(st.sampled_from("ab1@#/\\`|*_[]()<>&!~-+=:.$\n\x1b\u200b{}\"' GHw"), max_size=60)


def tokens(markdown: str) -> list[str]:
    parser = MarkdownIt("gfm-like", {"linkify": False})
    return [child.type for token in parser.parse(markdown) for child in [token, *(token.children or [])]]


@given(NASTY)
def test_prose_is_one_paragraph_of_text(text: str) -> None:
    safe = prose(text)
    allowed = {"paragraph_open", "inline", "paragraph_close", "text", "text_special"}
    assert set(tokens(f"x {safe}")) <= allowed
    assert "\n" not in safe


@given(NASTY)
def test_prose_begins_no_block(text: str) -> None:
    assert set(tokens(prose(text))) <= {"paragraph_open", "inline", "paragraph_close", "text", "text_special"}
    assert not prose(text).startswith("/")


@given(NASTY)
def test_prose_and_code_hold_no_trigger(text: str) -> None:
    for safe in (prose(text), code(text)):
        assert not re.search(r"@\w|#\w|://|www\.\w|<", safe)


@given(NASTY)
def test_code_is_one_code_span(text: str) -> None:
    safe = code(text)
    if safe != "–":
        assert tokens(safe) == ["paragraph_open", "inline", "code_inline", "paragraph_close"]


@given(st.lists(st.tuples(NASTY, NASTY), min_size=1, max_size=4))
def test_a_table_keeps_its_shape(rows: list[tuple[str, str]]) -> None:
    text = "\n".join(table(("a", "b"), ([prose(a), code(b)] for a, b in rows)))
    parsed = tokens(text)
    assert (parsed.count("tr_open"), parsed.count("td_open")) == (len(rows) + 1, 2 * len(rows))


@given(st.dictionaries(NASTY, NASTY, max_size=4))
def test_a_marker_is_read_back_and_ends_itself_alone(state: dict[str, str]) -> None:
    body = f"text\n\n{marker('validate', state)}\n"
    assert read_marker(body, "validate") == state
    assert body.count("-->") == 1
    assert read_marker(body, "gate") is None


def test_a_quoted_or_broken_marker_is_none_of_ours() -> None:
    assert read_marker("> <!-- sluicegate:validate {} -->\nmore", "validate") is None
    assert read_marker("<!-- sluicegate:validate {x} -->", "validate") is None
    assert read_marker("", "validate") is None


def test_the_budget_counts_line_ends() -> None:
    assert within(8, ["abc", "def", "g"]) == (["abc", "def"], 1)
    assert within(8, ["abc", "def"], used=1) == (["abc"], 1)
