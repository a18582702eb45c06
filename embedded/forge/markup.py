"""Comments as HTML, safely: CommonMark with tables as GitHub renders it, cleaned by an allow list.

markdown-it-py renders, raw HTML included; nh3 (the ammonia library) parses the result as a browser does and
keeps what is listed here: no script, style, form, frame or SVG, no handler, and links to web and mail alone.
The page's content security policy is the second wall.
"""

from __future__ import annotations

import re

import nh3
from markdown_it import MarkdownIt

TAGS = {
    "a", "b", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt", "em", "h1", "h2", "h3",
    "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "ol", "p", "pre", "q", "s", "samp", "span",
    "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt",
    "ul", "var",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "details": {"open"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
SCHEMES = {"http", "https", "mailto"}
_ALIGNED = re.compile(r'(<t[hd]) style="text-align:(left|center|right)"')
_TASK = re.compile(r"(<li>(?:\n<p>)?)\[([ xX])\](?=\s)")
# As in GitHub's comments, a line end is a line break.
_MARKDOWN = MarkdownIt("commonmark", {"html": True, "breaks": True}).enable(["table", "strikethrough"])
_CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    allowed_classes={"td": {"left", "center", "right"}, "th": {"left", "center", "right"}},
    url_schemes=SCHEMES,
    link_rel="nofollow noopener noreferrer",
)


def render(text: str) -> str:
    """HTML of a comment: balanced elements of the allow list, and everything else dropped or escaped."""
    html = _MARKDOWN.render(text)
    html = _ALIGNED.sub(r'\1 class="\2"', html)  # the page's policy allows no inline style
    html = _TASK.sub(lambda match: match[1] + ("☐" if match[2] == " " else "☑"), html)
    return _CLEANER.clean(html)
