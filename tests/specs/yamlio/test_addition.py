import pytest

from sluicegate.specs.yamlio import InputError, add_key


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
