from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluicegate.specs.yamlio import InputError, parse, render_flow, splice

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


@settings(max_examples=200)
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


def test_a_value_on_one_line_quotes_what_yaml_would_read_as_something_else() -> None:
    data = {"name": "a", "no": ["1", 1, None, True], "a.b": {"x y": 'say "so"'}}
    text = render_flow(data)
    assert text == '{name: "a", "no": ["1", 1, null, true], a.b: {"x y": "say \\"so\\""}}'
    assert parse(text.encode(), "").value == data
