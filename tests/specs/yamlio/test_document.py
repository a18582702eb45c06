from __future__ import annotations

import json
import math
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluicegate.specs.yamlio import InputError, dotted, parse, splice

RELEASE = b"""\
# written by the gate alone
tracks:
  stable: {version: 1, digest: "sha256:aa", weight: 95}   # what most get
  canary: null
history: []   # newest first
reason: 'it''s plain'
name: flight-delay
steps: [1, 5]  # percent
list:
  - {a: 1}
  # between

  # the end of the list

after: 1.5
"""


def refusals(text: bytes | str) -> list[tuple[int | None, int | None, str, str]]:
    data = text.encode() if isinstance(text, str) else text
    return [(p.line, p.column, p.where, p.message) for p in parse(data, "f.yaml").problems]


def test_plain_data_by_the_core_schema() -> None:
    text = b"a: [1, -2.5, 1e3, .5, true, False, null, ~, \"1\", 'x', x y, 2026-11-21]\n"
    text += b"b:\n  c: |\n    two\n    lines\n"
    document = parse(text, "f.yaml")
    assert document.problems == ()
    assert document.value == {
        "a": [1, -2.5, 1000.0, 0.5, True, False, None, None, "1", "x", "x y", "2026-11-21"],
        "b": {"c": "two\nlines\n"},
    }


def test_the_value_is_the_callers_own() -> None:
    text = b"a: {b: [1]}\n"
    parse(text, "f.yaml").value["a"]["b"].append(2)
    assert parse(text, "f.yaml").value == {"a": {"b": [1]}}


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
        ("a: 1\nb: 2\na: 3\n", [(3, 1, "a", "the key stands here twice (first in line 1)")]),
        ("s:\n  a: 1\n  'a': 2\n", [(3, 3, "s.a", "the key stands here twice (first in line 2)")]),
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


def test_an_error_reads_as_file_line_column_place_what_and_remedy() -> None:
    with pytest.raises(InputError) as caught:
        parse(b"q:\n- m: .nan\n- m: *x\n", "models/m/model.yaml").checked()
    assert str(caught.value).splitlines() == [
        "models/m/model.yaml:2:6: q[0].m: .nan is not a finite number; write a finite number",
        "models/m/model.yaml:3:6: q[1].m: an alias is not allowed; write the value out",
    ]
    assert str(InputError.of("no such model", "run `sluice status`")) == "no such model; run `sluice status`"


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


@settings(max_examples=300, deadline=None)
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


def test_places_of_values_keys_and_what_is_missing() -> None:
    document = parse(
        b"\xef\xbb\xbfspec:\r\n  quality:\r\n    - {metric: auc,\r\n       margin: 1}\r\n", "f.yaml"
    )
    assert document.place(("spec", "quality", 0, "margin")) == (4, 16)
    assert document.key_place(("spec", "quality", 0, "margin")) == (4, 8)
    assert document.place(("spec", "quality", 0, "absent")) == (3, 7)
    assert document.place(("spec", "quality", 7, "x")) == (3, 5)
    assert document.place(("other",)) == (1, 1)
    assert document.place(()) == (1, 1)


def test_paths_in_words() -> None:
    assert dotted(("spec", "quality", 0, "margin")) == "spec.quality[0].margin"
    assert dotted(("labels", "a.b/c")) == 'labels["a.b/c"]'


ROW = {"version": 2, "digest": "sha256:0123", "ok": True}


@pytest.mark.parametrize(
    ("changes", "old", "new"),
    [
        ({("tracks", "stable", "weight"): 100}, b"weight: 95}", b"weight: 100}"),
        ({("tracks", "stable", "digest"): "sha256:12"}, b'"sha256:aa"', b'"sha256:12"'),
        (
            {("tracks", "canary"): ROW},
            b"canary: null",
            b'canary: {version: 2, digest: "sha256:0123", ok: true}',
        ),
        ({("tracks", "stable"): None}, b'{version: 1, digest: "sha256:aa", weight: 95}', b"null"),
        ({("reason",): "don't"}, b"'it''s plain'", b"'don''t'"),
        ({("reason",): "two\nlines"}, b"'it''s plain'", b'"two\\nlines"'),
        ({("name",): "digits"}, b"flight-delay", b"digits"),
        ({("name",): "1234567"}, b"flight-delay", b'"1234567"'),
        ({("name",): "deadbeef"}, b"flight-delay", b'"deadbeef"'),
        ({("name",): "no"}, b"flight-delay", b'"no"'),
        ({("name",): "a: b"}, b"flight-delay", b'"a: b"'),
        ({("steps",): [1, 10]}, b"[1, 5]", b"[1, 10]"),
        ({("steps", 1): 10}, b"[1, 5]", b"[1, 10]"),
        ({("after",): 2.0}, b"1.5", b"2.0"),
        ({("list",): []}, b"list:\n  - {a: 1}\n", b"list: []\n"),
        ({("list",): [{"a": 2}, {"b": "x"}]}, b"  - {a: 1}\n", b'  - {a: 2}\n  - {b: "x"}\n'),
        ({("list", 0): {"a": [1]}}, b"{a: 1}", b"{a: [1]}"),
        (
            {("history",): [ROW, {"version": 1}]},
            b"history: []   # newest first\n",
            b'history:   # newest first\n- {version: 2, digest: "sha256:0123", ok: true}\n- {version: 1}\n',
        ),
        (
            {("tracks",): None},
            b'tracks:\n  stable: {version: 1, digest: "sha256:aa", weight: 95}'
            b"   # what most get\n  canary: null\n",
            b"tracks: null\n",
        ),
    ],
)
def test_only_the_value_changes(changes: dict[Any, Any], old: bytes, new: bytes) -> None:
    assert RELEASE.count(old) == 1
    assert splice(RELEASE, changes) == RELEASE.replace(old, new)


def test_several_changes_at_once_and_back_again() -> None:
    changes = {("history",): [ROW], ("tracks", "canary"): ROW, ("after",): None, ("list",): [{"z": 1}]}
    back = {("history",): [], ("tracks", "canary"): None, ("after",): 1.5, ("list",): [{"a": 1}]}
    changed = splice(RELEASE, changes)
    assert changed != RELEASE
    assert splice(changed, back) == RELEASE


@pytest.mark.parametrize(
    "text", [RELEASE, b"\xef\xbb\xbf" + RELEASE, RELEASE + b"\n \n# end", RELEASE.rstrip()]
)
def test_crlf_bom_and_ends_stay(text: bytes) -> None:
    windows = text.replace(b"\n", b"\r\n")
    for data, newline in ((text, b"\n"), (windows, b"\r\n")):
        changed = splice(data, {("history",): [ROW, ROW], ("list",): []})
        assert changed.count(b"\n") == changed.count(newline)
        assert splice(changed, {("history",): []}) == splice(data, {("list",): []})


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        (b"a:\nb: 1\n", 5, b"a: 5\nb: 1\n"),
        (b"a:   # note\nb: 1\n", "x", b'a: "x"   # note\nb: 1\n'),
        (b"a:   # note\nb: 1\n", [{"x": 1}], b"a:   # note\n- {x: 1}\nb: 1\n"),
        (b"a: |  \n  long\n  text\n\nb: 1\n", "x", b'a: "x"\n\nb: 1\n'),
        (b"a: two\n  lines  # c\nb: 1\n", None, b"a: null  # c\nb: 1\n"),
        (b"a:\n  # above\n  x: 1\n\n# below\nb: 1\n", None, b"a: null\n  # above\n\n# below\nb: 1\n"),
        (b"a:\n- x: 1\n  y:\n\n# below\nb: 1\n", [{"x": 2}], b"a:\n- {x: 2}\n\n# below\nb: 1\n"),
        (b"a:  \n- x\nb: 1", [], b"a: []  \nb: 1"),
        (b"{a: [], b: 1}", [{"x": 1}], b"{a: [{x: 1}], b: 1}"),
        (b"'a' : {x: {y: 1}}\nb: 1\n", 7, b"'a' : 7\nb: 1\n"),
        (b"a: []", [{"x": 1}], b"a:\n- {x: 1}"),
        (b"a: 1\n...\n", [{"x": 1}], b"a:\n- {x: 1}\n...\n"),
    ],
)
def test_awkward_shapes(text: bytes, value: Any, expected: bytes) -> None:
    assert splice(text, {("a",): value}) == expected


def test_what_cannot_be_spliced_is_said() -> None:
    with pytest.raises(InputError, match=r":3:3: tracks: has no 'other' to replace"):
        splice(RELEASE, {("tracks", "other"): 1})
    with pytest.raises(InputError, match="anchor"):
        splice(b"a: &x 1\n", {("a",): 2})
    with pytest.raises(ValueError, match="overlap"):
        splice(RELEASE, {("tracks",): None, ("tracks", "stable", "weight"): 1})
    with pytest.raises(ValueError, match="not finite"):
        splice(RELEASE, {("after",): math.nan})
    with pytest.raises(ValueError, match="plain data"):
        splice(RELEASE, {("after",): {1, 2}})
    with pytest.raises(ValueError, match="changing its meaning"):
        splice(RELEASE, {("name",): "bell \x07"})
    with pytest.raises(ValueError, match="whole document"):
        splice(RELEASE, {(): 1})
    with pytest.raises(ValueError, match="colon"):
        splice(b"? a\n: [1]\n", {("a",): [{"x": 1}]})


TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=["C"]), max_size=12)
SCALAR = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
)
DATA = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6
)
NAMES = st.lists(st.text("abcdefg", min_size=1, max_size=5), min_size=1, max_size=5, unique=True)
COMMENT = st.sampled_from(["", "   ", " # note", "  # a: [b"])
BETWEEN = st.sampled_from(["", "\n", "# line\n", "  # deeper\n\n"])


def block(name: str, value: Any, comment: str, indent: str) -> str:
    """A key with its value, collections as blocks, written by hand and not by the code under test."""
    if isinstance(value, list) and value:
        return f"{indent}{name}:{comment}\n" + "".join(f"{indent}- {json.dumps(item)}\n" for item in value)
    if isinstance(value, dict) and value:
        inner = "".join(f"{indent}  {json.dumps(k)}: {json.dumps(v)}{comment}\n" for k, v in value.items())
        return f"{indent}{name}:{comment}\n{inner}"
    return f"{indent}{name}: {json.dumps(value)}{comment}\n"


@settings(max_examples=200, deadline=None)
@given(st.data(), NAMES, st.booleans())
def test_splice_changes_the_value_and_no_line_of_the_others(
    data: st.DataObject, names: list[str], crlf: bool
) -> None:
    old = {name: data.draw(DATA) for name in names}
    parts = {name: block(name, old[name], data.draw(COMMENT), "") + data.draw(BETWEEN) for name in names}
    newline = "\r\n" if crlf else "\n"
    text = "".join(parts.values()).replace("\n", newline).encode()
    assert parse(text, "").problems == ()
    target = data.draw(st.sampled_from(names))
    value = data.draw(DATA | st.lists(st.dictionaries(TEXT, SCALAR, min_size=1, max_size=3), max_size=3))
    new = splice(text, {(target,): value})
    assert json.dumps(parse(new, "").value) == json.dumps(old | {target: value})
    here = names.index(target)
    before, after = ("".join(parts[name] for name in some) for some in (names[:here], names[here + 1 :]))
    assert new.startswith(before.replace("\n", newline).encode())
    assert new.endswith(after.replace("\n", newline).encode())
