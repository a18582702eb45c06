"""The rollout's part of a comment, as its reader sees it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from support.announcements import announcement, judgement

from sluicegate.ci.report.rollout.comment_part import BUDGET, rollout_part
from sluicegate.ci.report.rollout.told import fold
from sluicegate.gate.daemon.announce import Announcement

WEB = "https://github.example/o/r"


def part(*news: Announcement) -> str:
    return rollout_part(fold({}, news), WEB)


WHERE = "in `production` · `m` version 2"


@pytest.mark.parametrize(
    ("one", "before", "after"),
    [
        (announcement(), "⏳ **at 5 %**", " · needs about 1,300 more requests, 65 s at this traffic"),
        (
            announcement(weight=0, needs=0, reason="production: the smoke test runs"),
            "⏳ **dark, without traffic**",
            " · the smoke test runs",
        ),
        (
            announcement(needs=None, reason="production at 5 %: the canary has had 0 of 20 requests"),
            "⏳ **at 5 %**",
            " · the canary has had 0 of 20 requests",
        ),
        (announcement(needs=0, reason=""), "⏳ **at 5 %**", " · is decided at the gate's next look"),
        (
            announcement("waiting", weight=0, needs=None, problem="version 2 waits for a verdict"),
            "⏸️ **merged, not started**",
            " · because version 2 waits for a verdict",
        ),
        (announcement("held"), "✋ **held at 5 %**", " · waits for a person"),
        (announcement("stable", weight=100), "🏁 **stable, at 100 %**", ""),
        (announcement("rolled back", weight=0), "↩️ **rolled back**", ""),
    ],
)
def test_line_1_says_where_it_is_and_what_it_needs(one: Announcement, before: str, after: str) -> None:
    assert part(one).splitlines()[0] == f"{before} {WHERE}{after}"


def test_each_gate_has_interval_margin_verdict_and_need() -> None:
    text = part(announcement(judgements=(judgement(), judgement("slow", 0.03, 0.05, harmful=True))))
    assert "| `error_rate` | `-1 % .. 3 %` | `2 %` | … undecided | about 1,300 requests |" in text
    assert "| `slow` | `3 % .. 5 %` | `2 %` | ✘ harmful |" in text


def test_a_gate_that_counts_something_else_says_what() -> None:
    orders = judgement("counter/checkout", unit="checkouts", needs=200)
    text = part(announcement(judgements=(orders,), needs=200, units="checkouts", seconds=3600.0))
    assert text.splitlines()[0].endswith(" · needs about 200 more checkouts, 60 min at this traffic")
    assert "| `counter/checkout` | `-1 % .. 3 %` | `2 %` | … undecided | about 200 checkouts |" in text
    assert " more requests" not in text


def test_a_first_version_that_is_compared_with_nothing_has_no_table_of_differences() -> None:
    text = part(announcement(judgements=(judgement("error_rate", -math.inf, math.inf, needs=None),)))
    assert "rate difference" not in text


def test_what_line_1_says_is_not_said_again() -> None:
    text = part(announcement(needs=None, reason="production at 5 %: no traffic yet"))
    assert text.count("no traffic yet") == 1


def test_a_decision_names_its_commit_who_made_it_and_how_to_make_it_again() -> None:
    commit = "1" * 40
    text = part(announcement("held", commit=commit, kind="hold", by="Olga <olga@example.org>"))
    assert f"Reproduce [1111111111]({WEB}/commit/{commit}) from its evidence with: " in text
    assert "`git fetch && sluice verify`" in text
    assert "| Olga &lt;olga@" in text


def test_the_plot_is_linked_by_its_commit_and_only_a_plot() -> None:
    evidence = "e" * 40
    path = "pictures/production/m/000003-0123456789ab.svg"
    assert f"]({WEB}/raw/{evidence}/{path})" in part(announcement(evidence=evidence, picture=path))
    for other in ("../../x.svg", "javascript:x", "pictures/a/b/c.svg) ![](https://evil.example"):
        assert "![" not in part(announcement(evidence=evidence, picture=other))


def test_several_releases_are_a_table_and_the_older_ones_folded() -> None:
    text = part(announcement("stable", environment="staging", weight=100), announcement(after=60))
    assert text.startswith("⏳ **at 5 %** in `production`")
    assert "| `staging` | `m` | 2 | 🏁 stable | 100 % |" in text
    assert "<details><summary>🏁 staging m version 2: stable, at 100 %</summary>" in text


def test_a_hundred_releases_fit() -> None:
    news = [announcement(model=f"{'m' * 55}{n}", reason="why " * 90) for n in range(100)]
    text = part(*news)
    assert len(text) <= BUDGET
    assert text.count("<details>") == text.count("</details>")


def test_hostile_text_is_text() -> None:
    hostile = "<script>alert(1)</script> @olga #1 ![x](https://evil.example)\n/approve"
    one = announcement(reason=hostile, problem=hostile, by=hostile, commit="1" * 40)
    one = replace(one, reproduce=hostile)
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(part(one))
    assert "<script" not in html
    assert "<img" not in html
    assert "@olga" not in html
