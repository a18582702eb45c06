from __future__ import annotations

import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sluicegate.embedded.forge.names import valid_branch, valid_owner, valid_path, valid_ref, valid_repository


@pytest.mark.parametrize("name", ["olga", "data-science", "gate[bot]", "0x"])
def test_owner_accepted(name: str) -> None:
    assert valid_owner(name)


@pytest.mark.parametrize("name", ["", "..", "-x", "a/b", "api", "a b", "a\n", "é", "a" * 60, ".git"])
def test_owner_refused(name: str) -> None:
    assert not valid_owner(name)


@pytest.mark.parametrize(
    "name", ["", "..", ".hidden", "-rf", "a..b", "x.git", "a/b", "x.lock", "a\0b", "a" * 101]
)
def test_repository_refused(name: str) -> None:
    assert not valid_repository(name)


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


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("ab./-@{}~^:?*[\\ \x7f\té"), min_size=1, max_size=8))
@example("a.lock/b")
def test_what_is_valid_here_is_valid_to_git(name: str) -> None:
    if valid_ref(f"refs/heads/{name}"):
        assert subprocess.run(["git", "check-ref-format", f"refs/heads/{name}"], check=False).returncode == 0
