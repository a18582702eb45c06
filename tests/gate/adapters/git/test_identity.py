"""Whose name a person's command carries, by their git."""

from pathlib import Path

import pytest
from support.repositories import git

from sluicegate.gate.adapters.git.identity import identity


@pytest.fixture
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of a user whom no configuration names."""
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "EMAIL", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    git("init", "--quiet", cwd=tmp_path)
    return tmp_path


def test_a_name_that_git_would_guess_from_the_machine_is_nobodys(nobody: Path):
    assert identity(nobody) is None


def test_the_configuration_of_the_repository_and_of_the_user_counts(nobody: Path):
    (nobody / ".gitconfig").write_text("[user]\nname = Olga\nemail = olga@example.org\n")
    assert identity(nobody) == "Olga <olga@example.org>"
    git("config", "user.name", "Olga Here", cwd=nobody)
    assert identity(nobody) == "Olga Here <olga@example.org>"


def test_the_environment_counts_before_both(nobody: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Émile")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "e@example.org")
    assert identity(nobody) == "Émile <e@example.org>"
