import pytest

from sluicegate.specs.yamlio import InputError, add_item, add_key


@pytest.mark.parametrize(
    ("text", "parent", "expected"),
    [
        ("spec:\n  a: 1\n", ("spec",), "spec:\n  a: 1\n  k: {x: 2}\n"),
        ("spec:\n  a: 1  # why\n\n# end\n", ("spec",), "spec:\n  a: 1  # why\n  k: {x: 2}\n\n# end\n"),
        ("spec:\n  a:\n    - b: 1\n      c: 2\nz: 1\n", ("spec",), None),
        ("spec:\n  a: 1", ("spec",), "spec:\n  a: 1\n  k: {x: 2}\n"),
        ("spec:\r\n  a: 1\r\nz: 2\r\n", ("spec",), "spec:\r\n  a: 1\r\n  k: {x: 2}\r\nz: 2\r\n"),
        ("spec: {a: 1}  # why\n", ("spec",), "spec: {a: 1, k: {x: 2}}  # why\n"),
        ("spec: {}\n", ("spec",), "spec: {k: {x: 2}}\n"),
        ("a: 1\n", (), "a: 1\nk: {x: 2}\n"),
    ],
)
def test_every_other_byte_stays(text, parent, expected):
    expected = expected or "spec:\n  a:\n    - b: 1\n      c: 2\n  k: {x: 2}\nz: 1\n"
    assert add_key(text.encode(), parent, "k", {"x": 2}) == expected.encode()


@pytest.mark.parametrize(
    "text",
    ["spec: 1\n", "spec: [1]\n", "spec:\n", "other: {}\n", "spec: {k: 1}\n"],
)
def test_what_takes_no_key_is_refused(text):
    with pytest.raises(InputError, match="takes no further key 'k'"):
        add_key(text.encode(), ("spec",), "k", 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n  l:\n    - {x: 1}  # why\n  z: 2\n", "a:\n  l:\n    - {x: 1}  # why\n    - {k: 3}\n  z: 2\n"),
        (
            "a:\n  l:\n  - x: 1\n    y: [2,\n      3]\nz: 2",
            "a:\n  l:\n  - x: 1\n    y: [2,\n      3]\n  - {k: 3}\nz: 2",
        ),
        ("a: {l: [{x: 1}]} # why\n", "a: {l: [{x: 1}, {k: 3}]} # why\n"),
        ("a:\r\n  l: []\r\n", "a:\r\n  l: [{k: 3}]\r\n"),
    ],
)
def test_an_item_is_added_and_every_other_byte_stays(text, expected):
    assert add_item(text.encode(), ("a", "l"), {"k": 3}) == expected.encode()


@pytest.mark.parametrize("text", ["a: {l: {x: 1}}\n", "a: {l: 1}\n", "a: {}\n", "b: [1]\n"])
def test_what_takes_no_item_is_refused(text):
    with pytest.raises(InputError, match="takes no further item"):
        add_item(text.encode(), ("a", "l"), 1)
