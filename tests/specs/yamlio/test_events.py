"""Two parsers, one reader: where libyaml is used, ruamel.yaml would have read the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from sluicegate.specs.errors import SluiceError
from sluicegate.specs.yamlio import nodes
from sluicegate.specs.yamlio.characters import decode
from sluicegate.specs.yamlio.events import Unreadable, quick, thorough

ROOT = Path(__file__).parents[3]
PIECES = (
    *"ab01:-#&*!'\"%@`{}[], \n~<.=\\/é",
    *(": ", "- ", "\n  ", "\n- ", "\n  - ", "key: ", '"x"', "'y'", "{a: 1}", "[1, 2]", " # c", "\r\n"),
    *("<<: ", "a: b\n", "\\n", "''", ",\n", ":\n", "x?", "a|b", "1e3", "null", "\u00a0", "...", "--- "),
)
"""What a text is put together from: indicators, and pieces that are often well-formed beside each other."""
REAL = sorted(
    path.read_text(encoding="utf-8")
    for folder in ("models", "environments", "tests/examples/good")
    for path in ROOT.glob(f"{folder}/**/*.yaml")
)


def built(text: str, events: object) -> object:
    return nodes._built(text, events)  # type: ignore[arg-type]


def assert_alike(text: str) -> None:
    try:
        decoded = decode(text.encode())
    except SluiceError:
        assume(False)
    events = quick(decoded)
    assume(events is not None)
    root, problems = built(decoded, events)
    assume(not problems)
    assert (root, problems) == built(decoded, thorough(decoded))


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=14).map("".join))
@example("a: 1\nb:\n")
@example("a:\n- \n-\nb: [x, ]\n")
@example("a: {b: , c: 'd''e'}")
@example('a: "b\\\n  c"\nd: e\n  f\n')
@example("é: [1, 😀x, \u00a0b]\r\nf:  g # h\r\n")
@example('{"a":1, b: "c"}')
def test_what_libyaml_accepts_both_read_alike(text: str) -> None:
    assert_alike(text)


@settings(max_examples=200)
@given(st.sampled_from(REAL), st.data())
def test_real_files_with_a_slip_are_read_alike(text: str, data: st.DataObject) -> None:
    lines = text.splitlines(keepends=True)
    first = data.draw(st.integers(0, len(lines) - 1))
    part = "".join(lines[first : first + 6])
    at = data.draw(st.integers(0, len(part)))
    assert_alike(part[:at] + data.draw(st.sampled_from(PIECES)) + part[at + data.draw(st.integers(0, 2)) :])


def test_real_files_are_read_by_libyaml() -> None:
    specs = [path.read_text(encoding="utf-8") for path in ROOT.glob("models/*/model.yaml")]
    assert specs
    assert [quick(text) is None for text in specs] == [False] * len(specs)


@pytest.mark.parametrize(
    "text",
    [
        "a:\t1",
        "? a\n: b\n",
        "a: |\n  b\n",
        "- >-\n  b\n",
        "--- a\n",
        "a: 1\n...\n",
        "%YAML 1.2\n",
        "[?a]",
        '"a":|\n',
    ],
)
def test_what_they_could_read_differently_is_left_to_ruamel(text: str) -> None:
    assert quick(text) is None


@pytest.mark.parametrize("text", ["a: 1? # why>this\n", "a: b|c\n", "a-b--c...: 1\n"])
def test_the_same_characters_inside_a_word_are_not(text: str) -> None:
    assert quick(text) is not None


def test_a_problem_is_told_in_the_words_of_the_thorough_reader() -> None:
    root, problems = nodes.compose(b"a: [1, 2\n")
    assert root is None
    assert [(p.line, p.message) for p in problems] == [
        (2, "is not YAML: while parsing a flow sequence expected ',' or ']', but got '<stream end>'")
    ]


def test_a_fault_of_the_parser_is_a_problem_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    from ruamel.yaml import YAML

    def crash(*_: object) -> object:
        raise AttributeError("in the parser")

    monkeypatch.setattr(YAML, "parse", crash)
    with pytest.raises(Unreadable, match="is not YAML: AttributeError"):
        list(thorough("a: |\n  b\n"))
