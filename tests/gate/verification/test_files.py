"""A submodule where a file is expected: a finding with its commit, and all else is still verified."""

from __future__ import annotations

import pytest
from support.gate_scene import RELEASE
from support.repositories import git
from support.tampering import KEYS, Victim

from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.verification.files import content

ELSEWHERE = "1" * 40
"""A commit that only another repository has."""


def submodule(victim: Victim, path: str, commit: str) -> str:
    """Somebody pushes a submodule in place of a file; the sha of that commit."""
    work = victim.bare.parent / "work"
    git("clone", "--quiet", str(victim.bare), str(work), cwd=victim.bare.parent)
    git("rm", "--quiet", "--cached", path, cwd=work)
    git("update-index", "--add", "--cacheinfo", f"160000,{commit},{path}", cwd=work)
    git("commit", "--quiet", "-m", "A submodule", cwd=work)
    git("push", "--quiet", "origin", "main", cwd=work)
    return victim.tip()


@pytest.mark.parametrize("here", [True, False])
def test_a_release_that_is_a_submodule_is_an_edit_by_hand(victim: Victim, here: bool):
    sha = submodule(victim, RELEASE, victim.tip() if here else ELSEWHERE)
    assert content(victim.repository, sha, RELEASE) is None
    report = victim.verify()
    assert [(one.kind, one.commit, one.file) for one in report.findings] == [("no-decision", sha, RELEASE)]
    assert report.replayed == report.decisions > 0


def test_keys_that_are_a_submodule_trust_nobody(victim: Victim):
    sha = submodule(victim, KEYS, ELSEWHERE)
    report = victim.verify()
    assert [(one.kind, one.commit) for one in report.findings] == [("keys-unreadable", sha)]
    assert "it is a submodule" in report.findings[0].problem


def test_a_file_that_is_not_there_is_an_error(victim: Victim):
    with pytest.raises(GitError):
        content(victim.repository, victim.tip(), "nothing/here")
