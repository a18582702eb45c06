"""Git LFS pointers: the small text that is committed in place of a large file."""

from __future__ import annotations

POINTER_START = b"version https://git-lfs.github.com/spec/"
"""The first line of a pointer, up to the version of the specification (git-lfs, docs/spec.md)."""
MAX_POINTER_BYTES = 1024
"""A pointer is not larger than this; a longer file that begins like one is something else."""


def is_pointer(start: bytes, size: int) -> bool:
    """Whether a file of `size` bytes is a Git LFS pointer, by its first bytes (at least `POINTER_START`)."""
    return size <= MAX_POINTER_BYTES and start.startswith(POINTER_START)
