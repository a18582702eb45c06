from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sluicegate.gate.adapters.git.command import call
from sluicegate.gate.adapters.git.names import is_short_sha, valid_branch, valid_path, valid_ref
from sluicegate.specs.names import is_revision


@pytest.mark.parametrize(
    "name", ["a/../b", "-d", "a.lock", "a//b", "a b", "@{u}", "x~1", "x^", "a:b", "a.", ".a", ""]
)
def test_branch_refused(name: str) -> None:
    assert not valid_branch(name)


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "a/../b", "../a", "a//b", ".git/config", "a/.GIT/x", "a\0b", "", "."]
)
def test_path_refused(path: str) -> None:
    assert not valid_path(path)


@settings(max_examples=60)
@given(st.text(st.sampled_from("ab./-@{}~^:?*[\\ \x7f\té"), min_size=1, max_size=8))
@example("a.lock/b")
def test_what_is_valid_here_is_valid_to_git(name: str) -> None:
    if valid_ref(f"refs/heads/{name}"):
        assert call(None, "check-ref-format", f"refs/heads/{name}").returncode == 0


@pytest.mark.parametrize(
    ("text", "whole", "short"),
    [
        ("a" * 40, True, True),
        ("0" * 64, True, True),
        ("0" * 41, False, True),
        ("0123abc", False, True),
        ("0123ab", False, False),
        ("A" * 40, False, False),
        ("g" * 40, False, False),
    ],
)
def test_object_ids_are_lower_case_hex_digits(text: str, whole: bool, short: bool) -> None:
    assert (is_revision(text), is_short_sha(text)) == (whole, short)
