"""The one comment of all answers: what it keeps, how long it gets, and that its state is read back."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sluicegate.ci.github.commands.answer import KEPT, LONGEST, Answer, answered, render
from sluicegate.ci.github.commands.parse import FORMS, parse

ONE = Answer("/sluice hold", "@olga", "a" * 40, True, "m in production: hold", 1)


def test_the_newest_stands_first_and_earlier_ones_are_folded() -> None:
    body = render([replace(ONE, comment=2, ok=False)], [ONE], ())
    assert body.startswith("❌ `/sluice hold` of @\u200bolga at `aaaaaaaaaaaa`: m in production: hold\n")
    assert "<details><summary>1 earlier</summary>" in body
    assert [one.comment for one in answered(body)] == [2, 1]


def test_an_earlier_answer_says_what_was_done_and_no_longer_what_comes_next() -> None:
    body = render([replace(ONE, words="approved\nIt counts once the head is judged again")], (), ())
    assert "approved<br>It counts once" in body
    later = render([replace(ONE, comment=2)], answered(body), ())
    assert "✅ approved |" in later
    assert "It counts once" not in later


def test_it_keeps_the_newest_and_stays_short() -> None:
    body = ""
    for number in range(40):
        long = replace(ONE, words="w<" * 2000, line="/sluice hold " + "x" * 300, comment=number)
        body = render([long], answered(body), tuple(FORMS))
    assert [one.comment for one in answered(body)] == list(range(39, 39 - KEPT, -1))
    assert len(body) < 30_000
    assert LONGEST < 2_000


@given(st.text(max_size=300), st.text(max_size=300))
def test_nothing_that_anybody_wrote_becomes_a_command_or_a_state(line: str, words: str) -> None:
    body = render([replace(ONE, line=line, words=words)], [replace(ONE, line=words, words=line)], ())
    assert parse(body) == ()
    assert len(answered(body)) == 2


@given(st.text(max_size=300))
def test_a_comment_of_any_text_has_no_answers(text: str) -> None:
    assert isinstance(answered(text), tuple)
