"""Words that a stranger may choose, from a pull request to all that shows its report: text stays text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from xml.etree import ElementTree

import onnx
import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt

from hostile.pull import MODEL, SPEC, Pull, Work, new_base, opened
from sluicegate.ci.__main__ import main
from sluicegate.ci.github.artifact import report_of
from sluicegate.ci.report import formats, markdown_comment, render
from sluicegate.ci.report.markdown_text import read_marker
from sluicegate.validators.runner.finding import Report

pytestmark = pytest.mark.slow
MARK = "zzq"
"""In every payload, and in nothing else."""
SIGNS = (
    f"{MARK}</details><img src=http://evil.example/p.png onerror=x> @octocat [a](javascript:x)"
    f" ![b](http://evil.example/b.png) `c` | d |"
    f" <!-- sluicegate:validate {{}} --> ##[add-path]/x ${{{{ x }}}}"
)
LINES = (
    f"{MARK}\n::add-mask::x\n/sluice approve\n# head\n\n- a\n"
    "\x1b[2J\x1b]8;;http://evil.example\x07l\u202eb\u200b"
)
EVERY = SIGNS + LINES


def quoted(text: str) -> str:
    return json.dumps(text)


def of_model_yaml(old: str, new: str) -> Callable[[Work], str | None]:
    return lambda work: work.edit(SPEC, old, new)


def of_onnx(change: Callable[[onnx.ModelProto], None]) -> Callable[[Work], str | None]:
    def made(work: Work) -> None:
        model = onnx.load(work.root / MODEL / "model.onnx")
        change(model)
        work.pin("model.onnx", model.SerializeToString())
        work.rise()

    return made


def node_name(model: onnx.ModelProto) -> None:
    model.graph.node[0].name = EVERY
    model.graph.node.add(op_type=EVERY, domain=SIGNS, output=[LINES])


def metadata(model: onnx.ModelProto) -> None:
    model.metadata_props.add(key=EVERY, value=f"{EVERY} someone@example.com")
    model.doc_string = EVERY


def planted(name: str) -> Callable[[Work], str | None]:
    return lambda work: work.plant("100644", f"{MODEL}/data/{name}", b"a\n1\n")


def by_another(work: Work) -> str:
    work.git("config", "user.name", SIGNS)
    work.write("docs/a.md", "a")
    return f"{SIGNS}\n\n{LINES}\nGate-Model: {SIGNS}\n"


SOURCES: dict[str, Callable[[Work], str | None]] = {
    "a column": of_model_yaml("pixel_00,", f"{quoted(SIGNS)},"),
    "an input": of_model_yaml("name: image", f"name: {quoted(SIGNS)}"),
    "an output": of_model_yaml("name: probabilities", f"name: {quoted(SIGNS)}"),
    "a class": of_model_yaml("  lineage:", f"  classes: [{quoted(SIGNS)}, {quoted(SIGNS)}]\n  lineage:"),
    "a label": of_model_yaml("label: digit", f"label: {quoted(SIGNS)}"),
    "an owner": of_model_yaml("@data-science/vision", SIGNS.replace('"', "")),
    "a metric": of_model_yaml("metric: recall", f"metric: {quoted(SIGNS)}"),
    "a key": of_model_yaml("  lineage:", f"  {quoted(SIGNS)}: 1\n  lineage:"),
    "an address": of_model_yaml("{path: model.onnx,", f"{{path: {quoted(SIGNS)},"),
    "a file": planted(SIGNS.replace("/", "\u2215")),
    "a file in lines": planted(LINES.replace("/", "\u2215")),
    "a node": of_onnx(node_name),
    "metadata": of_onnx(metadata),
    "a commit": by_another,
}
NEVER_SHOWN = {"metadata", "a commit"}
"""Of these a report has the place or the id alone."""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return new_base(tmp_path_factory.mktemp("injection") / "base")


@pytest.fixture(scope="module", params=SOURCES)
def report(request, base, tmp_path_factory) -> Report:
    """The report of a pull request with the words in one place."""
    pull = Pull("", "", "", "", SOURCES[request.param])
    root = opened(pull, base, tmp_path_factory.mktemp("work") / "work").root
    words = ["validate", "-C", str(root), "--no-cache", "--changed", "origin/main..topic", "--format", "json"]
    shown = CliRunner().invoke(main, words).stdout
    assert (MARK in shown) == (request.param not in NEVER_SHOWN)
    return report_of(json.loads(shown))


class Tags(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def leads_away(tags: Tags) -> list[tuple[str, dict[str, str | None]]]:
    """Tags with an address of the stranger's, or with code."""
    return [
        (tag, attributes)
        for tag, attributes in tags.found
        if any(name.startswith("on") for name in attributes)
        or any(
            word in (attributes.get(name) or "") for name in ("href", "src") for word in ("evil", "script:")
        )
    ]


@pytest.mark.parametrize("form", formats())
def test_no_control_character_and_no_command_of_a_log_is_in_any_format(report, form):
    text = render(report, form)
    assert not {c for c in text if ord(c) < 32 and c != "\n"} | set(text) & set("\x7f\x9b\u202e\u2028")
    assert "##[" not in text
    ours = "::(error|warning|notice|debug|group|endgroup)" if form == "github" else "(?!)"
    commands = [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert all(re.match(ours, line) for line in commands)
    assert not [line for line in commands if line.strip() == "::add-mask::x"]


@pytest.mark.parametrize("make", [markdown_comment.comment, lambda report: render(report, "markdown")])
def test_what_github_renders_has_no_mention_link_picture_or_second_marker(report, make):
    text = make(report)
    page = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)
    assert not leads_away(Tags(page))
    assert "<img" not in page
    assert not re.search(r"@octocat", text)
    assert not re.search(r"^\s*/", text, re.MULTILINE)
    assert text.count("<!-- sluicegate:") == 1
    assert read_marker(text, "validate")["head"] == report.head


def test_the_page_has_no_tag_of_the_stranger(report):
    page = render(report, "html")
    assert not leads_away(Tags(page))
    assert "<img src=http" not in page


def test_sarif_and_junit_are_whole_and_link_nowhere(report):
    results = json.loads(render(report, "sarif"))["runs"][0]["results"]
    assert not [one for one in results if re.search(r"(?<!\\)\[[^\]]*\]\(", one["message"]["text"])]
    ElementTree.fromstring(render(report, "junit"))
