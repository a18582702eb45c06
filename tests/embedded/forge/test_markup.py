from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.embedded.forge.markup import render

ALLOWED = {
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol",
    "li", "a", "img", "hr", "br", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "sub",
    "sup", "kbd", "div", "b", "i", "del", "ins", "span",
}  # fmt: skip
ATTRIBUTES = {"href", "rel", "title", "src", "alt", "class", "open", "start"}
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


def assert_harmless(text: str) -> None:
    reader = read(text)
    assert reader.open == []
    for tag, attributes in reader.tags:
        assert tag in ALLOWED
        assert set(attributes) <= ATTRIBUTES
        for name in ("href", "src"):
            scheme = (attributes.get(name) or "").partition(":")[0].strip().lower()
            assert scheme not in ("javascript", "data", "vbscript", "file", "blob")


HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<details onclick=x>",
    "</details></div></main>", "<summary><script>x</script></summary>", "[x](javascript:alert(1))",
    "<sub><script>x</script></sub>", "<sub>", "<!-- marker -->", "<!-- never ends", "<details>",
    "</details>", "<details><summary>a</summary>", "> <details>", "- <details>\n  in",
    "```\n</details>\n```", "| a | b |\n|--:|---|\n| 1 | 2 |", "\n\n", "\n", "**x**", "<br>", "`",
    "<style>*{}</style>", "<a href=x>", "<iframe src=//x>", "&lt;script&gt;", "<details open>",
    "<a href='javascript:alert(1)'>x</a>", "<a href=' jAvA&#x09;script&colon;alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>", "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)", "![x](javascript:alert(1))", "<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img src=x onerror=alert(1)>",
    "<p style='background:url(//x)'>", "<td style='text-align:right;background:url(//x)'>",
    "<body onload=alert(1)>", "<meta http-equiv=refresh content='0;url=//x'>", "<base href=//x>",
    "<link rel=stylesheet href=//x>",
    "<form action=//x><input name=a><button formaction=//x>b</button></form>", "<textarea>",
    "<select><option>", "<object data=//x>", "<embed src=//x>", "<video src=//x onerror=alert(1)>",
    "<audio><source src=//x>", "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>x</script></template>", "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<a href=//x id=login name=cookie target=_top ping=//y>x</a>",
    "<table><tr><td><details></td></tr></table>", "<plaintext>",
    "<title><a title='</title><img src=x onerror=x>'>", "<img src=x:x onerror\x0b=alert(1)>",
    "<a\x00href=javascript:x>", "<details\nontoggle=alert(1) open>",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_no_hostile_markup_comes_out_by_itself(text: str) -> None:
    assert_harmless(text)
    assert "alert" not in "".join(str(attributes) for _, attributes in read(text).tags)


@given(
    st.lists(st.sampled_from(HOSTILE) | st.text(max_size=8), max_size=12), st.sampled_from(["\n", "", "\n\n"])
)
def test_whatever_comes_in_only_balanced_allowed_elements_come_out(parts: list[str], glue: str) -> None:
    assert_harmless(glue.join(parts))


def test_a_script_and_what_is_in_it_are_dropped_and_one_in_code_is_shown() -> None:
    assert render("before\n\n<script>alert(1)</script>\n\nafter") == "<p>before</p>\n\n<p>after</p>\n"
    assert (
        render("`<script>alert(1)</script>`") == "<p><code>&lt;script&gt;alert(1)&lt;/script&gt;</code></p>\n"
    )


def test_a_link_leads_to_web_and_mail_only_and_gives_nothing_away() -> None:
    assert render("[x](https://example.org/ 'y')") == (
        '<p><a href="https://example.org/" title="y" rel="nofollow noopener noreferrer">x</a></p>\n'
    )
    for link in ("ftp://x", "file:///etc/passwd", "data:text/html,x", "javascript:x", "chrome://x"):
        assert "href" not in render(f"<a href='{link}'>x</a>")


def test_a_table_inside_details() -> None:
    html = render(
        "<details><summary>21 checks</summary>\n\n| a | n |\n|---|--:|\n| x | 1 |\n\n</details>\n\nafter"
    )
    assert html.startswith("<details><summary>21 checks</summary>")
    assert '<td class="right">1</td>' in html
    assert html.index("</table>") < html.index("</details>") < html.index("<p>after</p>")


def test_details_nest_and_a_summary_may_be_on_its_own_line() -> None:
    html = render(
        "<details open>\n<summary>out</summary>\n\n<details>\n\nin\n\n</details>\n\nlast\n\n</details>"
    )
    assert html.startswith('<details open="">\n<summary>out</summary>')
    assert html.count("</details>") == 2
    assert html.index("<p>last</p>") < html.rindex("</details>")


@pytest.mark.parametrize(
    "text", ["<!-- state: abc -->\nshown", "shown <!-- state: abc -->", "<!--\nstate: abc\n-->\nshown"]
)
def test_hidden_markers_are_not_shown(text: str) -> None:
    assert "state" not in render(text)
    assert "shown" in render(text)


def test_small_text_keys_and_breaks() -> None:
    assert render("a\nb") == "<p>a<br>\nb</p>\n"
    assert render("a<br>b <sub>small *x*</sub>") == "<p>a<br>b <sub>small <em>x</em></sub></p>\n"
    assert render("<kbd>Ctrl</kbd> 2<sup>n</sup>") == "<p><kbd>Ctrl</kbd> 2<sup>n</sup></p>\n"


def test_a_task_list_shows_what_is_done() -> None:
    assert render("- [ ] open\n- [x] done\n- [y] neither\n") == (
        "<ul>\n<li>☐ open</li>\n<li>☑ done</li>\n<li>[y] neither</li>\n</ul>\n"
    )
