"""Who owns a new model: model.yaml and CODEOWNERS name the same, or `owners-known` refuses it."""

from __future__ import annotations

from pathlib import Path

from sluicegate.ci.commands._new_owners import git_owner, own_in_codeowners

EVERYTHING = "*  @octo/platform\n"


def repository(root: Path, text: str | None) -> Path:
    (root / ".github").mkdir()
    if text is not None:
        (root / ".github/CODEOWNERS").write_text(text)
    return root


def test_other_owners_get_a_line_of_their_own(tmp_path) -> None:
    root = repository(tmp_path, EVERYTHING.rstrip())
    (note,) = own_in_codeowners(root, "delay", ["@octo/flights"])
    assert "added '/models/delay/  @octo/flights'" in note
    assert (root / ".github/CODEOWNERS").read_text() == f"{EVERYTHING}/models/delay/  @octo/flights\n"
    assert own_in_codeowners(root, "delay", ["@Octo/Flights"]) == []


def test_nothing_is_written_where_they_are_named_unknown_or_there_is_no_file(tmp_path) -> None:
    root = repository(tmp_path, EVERYTHING)
    assert own_in_codeowners(root, "delay", ["@octo/platform"]) == []
    assert own_in_codeowners(root, "delay", ["Olga <olga@example.org>"]) == []
    assert (root / ".github/CODEOWNERS").read_text() == EVERYTHING
    (root / ".github/CODEOWNERS").unlink()
    assert own_in_codeowners(root, "delay", ["@octo/flights"]) == []
    assert not (root / ".github/CODEOWNERS").exists()


def test_git_s_user_is_named_by_the_address_where_codeowners_takes_no_name(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Olga")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "olga@example.org")
    root = repository(tmp_path, None)
    assert git_owner(root) == "Olga <olga@example.org>"
    (root / ".github/CODEOWNERS").write_text(EVERYTHING)
    assert git_owner(root) == "olga@example.org"
