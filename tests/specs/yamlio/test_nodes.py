from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluicegate.specs.yamlio import parse


def refusals(text: bytes | str) -> list[tuple[int | None, int | None, str, str]]:
    data = text.encode() if isinstance(text, str) else text
    return [(p.line, p.column, p.where, p.message) for p in parse(data, "f.yaml").problems]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\nb: *x\n", [(2, 4, "b", "an alias is not allowed")]),
        ("a: &x 1\n", [(1, 4, "a", "an anchor is not allowed")]),
        ("a: [&x {b: 1}]\n", [(1, 5, "a[0]", "an anchor is not allowed")]),
        ("a:\n  - !!str 5\n", [(2, 5, "a[0]", "a tag is not allowed")]),
        ("a: ! x\n", [(1, 4, "a", "a tag is not allowed")]),
        ("a: !!python/object:os.system {}\n", [(1, 4, "a", "a tag is not allowed")]),
        ("<<: {a: 1}\n", [(1, 1, "", "a merge key is not allowed")]),
        ("a: 1\nb: 2\na: 3\n", [(3, 1, "a", "the key is given twice (first in line 1)")]),
        ("s:\n  a: 1\n  'a': 2\n", [(3, 3, "s.a", "the key is given twice (first in line 2)")]),
        ("m: .nan\n", [(1, 4, "m", ".nan is not a finite number")]),
        ("q:\n- m: -.Inf\n", [(2, 6, "q[0].m", "-.Inf is not a finite number")]),
        ("m: 1e999\n", [(1, 4, "m", "1e999 is not a finite number")]),
        (f"m: {'9' * 5000}\n", [(1, 4, "m", "is too large for a whole number")]),
        ("m: -9223372036854775808\n", [(1, 4, "m", "is too large for a whole number")]),
        ("1: a\n", [(1, 1, "", "a key must be text")]),
        ("true: a\n", [(1, 1, "", "a key must be text")]),
        (": a\n", [(1, 1, "", "a key must be text")]),
        ("? [a]\n: b\n", [(1, 3, "", "a key must be text")]),
        ("no: a\n", [(1, 1, "", "no means different things to YAML 1.1 and 1.2")]),
        ("c: NO\n", [(1, 4, "c", "NO means different things to YAML 1.1 and 1.2")]),
        ("c: 0755\n", [(1, 4, "c", "0755 means different things to YAML 1.1 and 1.2")]),
        ("c: 1_000\n", [(1, 4, "c", "1_000 means different things to YAML 1.1 and 1.2")]),
        ("c: 12:30:45\n", [(1, 4, "c", "12:30:45 means different things to YAML 1.1 and 1.2")]),
        ("c: 0x1F\n", [(1, 4, "c", "0x1F means different things to YAML 1.1 and 1.2")]),
        ('c: "a\\e[31m"\n', [(1, 4, "c", "holds a control character")]),
        ("a: 1\n---\nb: 2\n", [(2, 1, "", "a second document begins")]),
        ("%YAML 1.1\n---\nb: 2\n", [(2, 1, "", "a % directive is not allowed")]),
        ("a: x\x00y\n", [(1, 5, "", "holds the character U+0000")]),
        ("a: 1\nb: x\u202ey\n", [(2, 5, "", "holds the character U+202E")]),
        ("a: 1\rb: 2\n", [(1, 5, "", "holds the character U+000D")]),
        ("a: x\u2028y\n", [(1, 5, "", "holds the character U+2028")]),
        (b"a: 1\nb: \xff\n", [(2, None, "", "is not UTF-8")]),
        ("a: 1\n".encode("utf-16"), [(1, None, "", "is not UTF-8")]),
        ("", [(1, 1, "", "is empty")]),
        ("  \n", [(1, 1, "", "is empty")]),
        ("# only a comment\n", [(1, 1, "", "is empty")]),
    ],
)
def test_refused_with_its_place(
    text: bytes | str, found: list[tuple[int | None, int | None, str, str]]
) -> None:
    assert refusals(text) == found


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1, 2\n", 2),
        ("a: 1\n b: 2\n", 2),
        ('a: "x\n', 2),
        ("a: b: c\n", 1),
        ("\ta: 1\n", 1),
        ("%YAML 3.0\n---\na\n", 1),
    ],
)
def test_a_syntax_error_has_its_line(text: str, line: int) -> None:
    ((found, _, _, message),) = refusals(text)
    assert found == line
    assert message.startswith("is not YAML: ")


def test_every_problem_is_told_not_only_the_first() -> None:
    found = refusals("a: &x 1\nb: *x\nc: .inf\na: 2\n")
    assert [line for line, *_ in found] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 1_000_000,
        "{a: " * 250_000,
        "- " * 500_000,
        "? " * 500_000,
        "a: [" + "[1, [2, {b: " * 80_000,
        "".join(" " * depth + "a:\n" for depth in range(1_400)),
    ],
    ids=["flow", "flow map", "block", "explicit keys", "mixed", "indented"],
)
def test_depth_is_refused_before_it_costs(text: str) -> None:
    start = time.process_time()
    ((_, _, _, message),) = refusals(text)
    assert message == "is nested deeper than 32"
    assert time.process_time() - start < 0.5


def test_thirty_two_deep_is_the_limit() -> None:
    assert refusals("[" * 32 + "]" * 32) == []
    assert refusals("[" * 33 + "]" * 33) == [(1, 33, "", "is nested deeper than 32")]
    assert len(refusals("- " * 32 + "x")) == 0
    assert len(refusals("- " * 33 + "x")) == 1


def test_an_alias_bomb_and_a_huge_file_are_refused_at_once() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
    )
    start = time.process_time()
    assert {message for *_, message in refusals(bomb)} == {
        "an alias is not allowed",
        "an anchor is not allowed",
    }
    assert refusals(b"a: " + b"x" * (1 << 20)) == [(None, None, "", "is larger than 1 MiB")]
    assert time.process_time() - start < 0.5


def test_too_many_values_are_refused() -> None:
    assert [message for *_, message in refusals(f"[{'1,' * 20_001}]")] == ["has more than 20,000 values"]


@settings(max_examples=300)
@given(
    st.one_of(st.binary(max_size=60), st.text(alphabet="ab01:-?#&*!|>'\"%@`{}[], \n\t~<.=\\", max_size=60))
)
def test_reading_never_raises(text: bytes | str) -> None:
    data = text.encode() if isinstance(text, str) else text
    document = parse(data, "f.yaml")
    assert json.loads(json.dumps(document.value, allow_nan=False)) == document.value


@pytest.mark.parametrize("escape", ["\\UFFFFFFFF", "\\ud800"])
def test_an_escape_that_is_no_character_is_refused(escape: str) -> None:
    assert len(refusals(f'a: "{escape}"')) == 1
