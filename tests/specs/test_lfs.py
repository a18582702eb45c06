from __future__ import annotations

from sluicegate.specs.lfs import MAX_POINTER_BYTES, is_pointer

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"


def test_a_pointer_is_known_by_its_first_line() -> None:
    assert is_pointer(POINTER, len(POINTER))
    assert is_pointer(POINTER[:40], len(POINTER))
    assert not is_pointer(b"version 2", 9)
    assert not is_pointer(b"", 0)


def test_a_long_file_that_begins_like_a_pointer_is_not_one() -> None:
    assert is_pointer(POINTER, MAX_POINTER_BYTES)
    assert not is_pointer(POINTER, MAX_POINTER_BYTES + 1)
