from __future__ import annotations

import pytest

from sluicegate.specs.yamlio import InputError
from sluicegate.specs.yamlio.characters import FORBIDDEN, MAX_BYTES, decode


def test_a_byte_order_mark_is_not_a_part_of_the_text() -> None:
    assert decode(b"\xef\xbb\xbfa: \xc3\xa4\r\n") == "a: ä\r\n"


@pytest.mark.parametrize(
    ("data", "line", "column", "message"),
    [
        (b"a" * (MAX_BYTES + 1), None, None, "is larger than 1 MiB"),
        (b"a: 1\nb: \xff", 2, None, "is not UTF-8"),
        (b"a: 1\nb: \x00", 2, 4, "holds the character U+0000"),
        ("a: \u202e".encode(), 1, 4, "holds the character U+202E"),
        (b"a: 1\rb", 1, 5, "holds the character U+000D"),
        (b" \n", 1, 1, "is empty"),
    ],
    ids=["large", "bytes", "control", "reordering", "line end", "empty"],
)
def test_what_is_not_a_text_is_refused(
    data: bytes, line: int | None, column: int | None, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        decode(data)
    (problem,) = caught.value.problems
    assert (problem.line, problem.column, problem.message) == (line, column, message)


def test_what_reorders_or_hides_text_is_forbidden() -> None:
    for code in (0x00, 0x1B, 0x7F, 0x85, 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)):
        assert FORBIDDEN.search(chr(code)), hex(code)
    assert not FORBIDDEN.search("\t\n ~ä€😀")
