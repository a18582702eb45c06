from __future__ import annotations

from sluicegate.specs.yamlio import parse


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


def test_positions_of_values_keys_and_what_is_missing() -> None:
    document = parse(
        b"\xef\xbb\xbfspec:\r\n  quality:\r\n    - {metric: auc,\r\n       margin: 1}\r\n", "f.yaml"
    )
    assert document.position(("spec", "quality", 0, "margin")) == (4, 16)
    assert document.key_position(("spec", "quality", 0, "margin")) == (4, 8)
    assert document.position(("spec", "quality", 0, "absent")) == (3, 7)
    assert document.position(("spec", "quality", 7, "x")) == (3, 5)
    assert document.position(("other",)) == (1, 1)
    assert document.position(()) == (1, 1)
