"""What of a comment is a command, and what is not: the text is hostile."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.ci.github.commands.parse import (
    FORMS,
    LONGEST_COMMENT,
    LONGEST_REASON,
    MOST,
    Misuse,
    Request,
    parse,
)


def names(body: str) -> list[str]:
    return [one.name for one in parse(body) if isinstance(one, Request)]


def test_several_commands_come_in_order() -> None:
    assert names("Looks good.\n/sluice approve\n\nand then\n\n/sluice hold over the weekend") == [
        "approve",
        "hold",
    ]


@pytest.mark.parametrize(
    "body",
    [
        "<details><summary>log</summary>\n\n/sluice release\n\n</details>\n\n/sluice hold",
        "<!-- <details> -->\n\n/sluice hold",
        "<p align=center>\n\n/sluice hold",
        "a<br>\n/sluice hold",
        "~~no~~ but\n/sluice hold",
        "/sluice hold\r\n\r\nOlga\r\n\r\nFrom: Max <notifications@github.com>\r\n\r\n/sluice release",
        "Cc: Olga <olga@example.org>\r\n/sluice hold\r\n",
    ],
)
def test_what_stands_beside_it_takes_no_command_away(body: str) -> None:
    assert names(body) == ["hold"]


@pytest.mark.parametrize(
    "body",
    [
        "> /sluice hold",
        "> quoted\n/sluice hold",  # still the quote's paragraph
        "```\n/sluice hold\n```",
        "~~~text\n/sluice hold",
        "````\n```\n/sluice hold\n```\n````",
        "    /sluice hold",
        "<!--\n/sluice hold\n-->",
        "text <!-- \n/sluice hold\n--> text",
        "<div>\n/sluice hold\n</div>",
        "`code\n/sluice hold\n`",
        "\\`a`\n/sluice hold\n`",
        "- a list\n/sluice hold",
        "please /sluice hold",
        "/sluices hold",
        "/Sluice hold",
        "`/sluice hold`",
        "<b>/sluice hold</b>",
        "/sluice hold\n===",
        "\\/sluice hold",
        "&#47;sluice hold",
        "\uff0fsluice hold",
        "/\u0455luice hold",
        "/sluice\u200bhold",
        "```suggestion\r\n/sluice hold\r\n```",
        "| a |\n| - |\n/sluice hold",
        "<details>\n<summary>log</summary>\n\n/sluice hold\n\n</details>",
        "see <details>\n\n/sluice hold",
        "<blockquote>\r\n\r\n/sluice hold\r\n\r\n</blockquote>",
        "<pre>\n</pre>\n<table><tr><td>\n\n/sluice hold\n\n</td></tr></table>",
        "no, <del>that was wrong:\n/sluice hold\n</del>",
        "~~no:\n/sluice hold\nthat was wrong~~",
        "Thanks.\r\n\r\n-----Original Message-----\r\nFrom: Olga\r\n\r\n/sluice hold\r\n",
        "Danke.\r\n\r\nVon: Olga <notifications@github.com>\r\nGesendet: Montag\r\n\r\n/sluice hold",
        "OK\n\nOn Monday, Olga <reply+AB12@reply.git.example.org> wrote:\n\n/sluice hold",
        "",
    ],
)
def test_it_is_no_command(body: str) -> None:
    assert parse(body) == ()


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("/sluice promote 25 it is fine", {"number": 25, "reason": "it is fine"}),
        ("/sluice promote 25%", {"number": 25, "reason": ""}),
        ("/sluice rollback v3", {"number": 3}),
        ("/sluice rollback", {"number": None}),
        ("/sluice rollback 3x is broken", {"number": None, "reason": "3x is broken"}),
        ("/sluice HOLD", {"name": "hold"}),
        ("/sluice hold --env production --model=m why", {"environment": "production", "model": "m"}),
        ("/sluice override `quality` known noise", {"check": "quality", "reason": "known noise"}),
        ("/sluice override quality --until 2027-01-31 a *b*", {"until": date(2027, 1, 31)}),
        ("/sluice override quality a *b*", {"reason": "a *b*"}),
        ("/sluice approve --head ABCDEF12", {"head": "abcdef12"}),
        ("/sluice", {"name": "help"}),
    ],
)
def test_what_a_command_says(line: str, wanted: dict[str, object]) -> None:
    (request,) = parse(line)
    assert isinstance(request, Request)
    assert {key: getattr(request, key) for key in wanted} == wanted


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/sluice prmote", "no command 'prmote'"),
        ("/sluice override", "names one check"),
        ("/sluice override ../../x why", "names one check"),
        ("/sluice override quality", "says why"),
        ("/sluice hold --force", "no option `--force`"),
        ("/sluice hold --env", "'' is not a name"),
        ("/sluice override quality --until tomorrow why", "'tomorrow' is not a day"),
        ("/sluice approve --head main", "not the id of a commit"),
        ("/sluice hold --env dev --env production", "`--env` is given twice"),
        ("/sluice promote 0.5", "'0.5' is not a whole number"),
        ("/sluice promote -5", "'-5' is not a whole number"),
        ("/sluice promote 50, it is fine", "'50,' is not a whole number"),
        ("/sluice promote \u0665\u0660", "is not a whole number"),
        ("/sluice promote 9999999999", "is not a whole number"),
    ],
)
def test_a_misuse_is_named_with_what_to_write(line: str, problem: str) -> None:
    (misuse,) = parse(line)
    assert isinstance(misuse, Misuse)
    assert problem in misuse.problem
    assert misuse.remedy


def test_the_nearest_command_is_named() -> None:
    (misuse,) = parse("/sluice prmote")
    assert isinstance(misuse, Misuse)
    assert "promote" in misuse.remedy


def test_too_many_commands_are_none() -> None:
    (misuse,) = parse("/sluice hold\n" * (MOST + 1))
    assert isinstance(misuse, Misuse)


def test_too_long_a_comment_is_none() -> None:
    (misuse,) = parse("/sluice hold\n" + "x" * LONGEST_COMMENT)
    assert isinstance(misuse, Misuse)
    assert parse("x" * LONGEST_COMMENT + " /sluice") == ()


def test_a_reason_is_one_short_line_of_visible_characters() -> None:
    (request,) = parse("/sluice hold a\u202eb\x1b[31mc\u200b " + "x" * 900)
    assert isinstance(request, Request)
    assert request.reason.startswith("abc x")
    assert len(request.reason) == LONGEST_REASON


PIECES = st.sampled_from([
    "/sluice", " ", "\n", "\n\n", "hold", "override", "quality", "> ", "```", "~~~", "<!--", "-->", "`",
    "\\", "- ", "    ", "<div>", "<s>", "</s>", "<![", "~~", "|", "--env", "=",
    "production", "\r\n", "\0", "\u2028", "===", "[a]: b",
])  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join))
def test_any_text_gives_known_commands_or_named_misuse(body: str) -> None:
    for one in parse(body):
        if isinstance(one, Request):
            assert one.name in FORMS
            assert "\n" not in one.reason + one.line
        else:
            assert one.problem
            assert one.remedy


@given(st.lists(PIECES | st.text(max_size=5), max_size=30).map("".join))
def test_nothing_in_a_fence_or_a_comment_or_a_quote_is_a_command(body: str) -> None:
    fence = "`" * 60
    assert parse(f"{fence}\n{body}\n{fence}") == ()
    assert parse("<!-- " + body.replace("-->", "") + "\n/sluice hold -->") == ()
    quoted = "\n".join(f"> {line}" for line in [*body.splitlines(), "/sluice hold"])
    assert parse(quoted) == ()
