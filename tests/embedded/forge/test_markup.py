from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.embedded.forge.markup import render

ALLOWED = {
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol",
    "li",
    "a", "img", "hr", "br", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "sub", "sup",
}  # fmt: skip
VOID = {"img", "hr", "br"}


class Reader(HTMLParser):
    """Collects tags and attributes, and refuses elements that do not nest."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(render(text))
    reader.close()
    return reader


HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<details onclick=x>",
    "</details></div></main>",
    "<summary><script>x</script></summary>", "[x](javascript:alert(1))", "<sub><script>x</script></sub>",
    "<sub>",
    "<!-- marker -->", "<!-- never ends", "<details>", "</details>", "<details><summary>a</summary>",
    "> <details>",
    "- <details>\n  in", "```\n</details>\n```", "| a | b |\n|--:|---|\n| 1 | 2 |", "\n\n", "\n", "**x**",
    "<br>", "`",
    "<style>*{}</style>", "<a href=x>", "<iframe src=//x>", "&lt;script&gt;", "<details open>",
]  # fmt: skip


@given(
    st.lists(st.sampled_from(HOSTILE) | st.text(max_size=8), max_size=12), st.sampled_from(["\n", "", "\n\n"])
)
def test_whatever_comes_in_only_balanced_allowed_elements_come_out(parts: list[str], glue: str) -> None:
    reader = read(glue.join(parts))
    assert reader.open == []
    for tag, attributes in reader.tags:
        assert tag in ALLOWED
        assert set(attributes) <= {"href", "rel", "title", "src", "alt", "class", "open", "start"}
        assert (
            not (attributes.get("href") or "")
            .lower()
            .startswith(("javascript:", "data:", "vbscript:", "file:"))
        )


def test_a_script_is_shown_as_text() -> None:
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in render("<script>alert(1)</script>")


def test_a_table_inside_details() -> None:
    html = render(
        "<details><summary>21 *checks*</summary>\n\n| a | n |\n|---|--:|\n| x | 1 |\n\n</details>\n\nafter"
    )
    assert "<details>\n<summary>21 <em>checks</em></summary>" in html
    assert '<td class="right">1</td>' in html
    assert html.index("</table>") < html.index("</details>") < html.index("<p>after</p>")


def test_details_nest_and_a_summary_may_stand_on_its_own_line() -> None:
    html = render(
        "<details open>\n<summary>out</summary>\n\n<details>\n\nin\n\n</details>\n\nlast\n\n</details>"
    )
    assert html.startswith('<details open="open">\n<summary>out</summary>')
    assert html.count("</details>") == 2
    assert html.index("<p>last</p>") < html.rindex("</details>")


@pytest.mark.parametrize(
    "text", ["<!-- state: abc -->\nshown", "shown <!-- state: abc -->", "<!--\nstate: abc\n-->\nshown"]
)
def test_hidden_markers_are_not_shown(text: str) -> None:
    assert "state" not in render(text)
    assert "shown" in render(text)


def test_small_text_and_breaks() -> None:
    assert render("a\nb") == "<p>a<br />\nb</p>\n"
    assert render("a<br>b <sub>small *x*</sub>") == "<p>a<br />\nb <sub>small <em>x</em></sub></p>\n"
