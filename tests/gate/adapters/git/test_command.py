from __future__ import annotations

import ast
from pathlib import Path

import pytest

import sluicegate
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import CommandFailed, GitAbsent, NotARepository, run, shown

SOURCES = Path(sluicegate.__file__).parent
DOOR = SOURCES / "gate/adapters/git/command.py"
INSTALLER = SOURCES / "ci/install.py"
"""Runs before anything of ours is installed, and asks its own checkout alone."""
FOLDERS = ("ci", "embedded", "gate", "specs", "validators")


def strings(tree: ast.AST) -> set[str]:
    """First words of argument lists: the first item of every list and tuple, and of every call."""
    found: set[str] = set()
    for node in ast.walk(tree):
        items = node.elts if isinstance(node, ast.List | ast.Tuple) else getattr(node, "args", [])
        if isinstance(items, list) and items and isinstance(items[0], ast.Constant):
            found.add(str(items[0].value))
    return found


def starts_processes(tree: ast.AST) -> bool:
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return "subprocess" in names or "create_subprocess_exec" in attributes


def test_no_other_module_of_ours_starts_git() -> None:
    """`git` as the first word of a command line is written in one module alone, and in the installer."""
    modules = [path for folder in FOLDERS for path in (SOURCES / folder).rglob("*.py")]
    assert DOOR in modules and len(modules) > 100
    texts = {path: path.read_text(encoding="utf-8") for path in modules}
    # Parsing is dear, and a module without that word starts nothing.
    trees = {path: ast.parse(text) for path, text in texts.items() if "subprocess" in text}
    starting = {path for path, tree in trees.items() if starts_processes(tree) and "git" in strings(tree)}
    assert starting == {DOOR, INSTALLER}


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BareRepository:
    """Another repository, which the caller's environment names in every way that git knows."""
    other = BareRepository.create(tmp_path / "other.git", branch="hostile")
    monkeypatch.setenv("GIT_DIR", str(other.path))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "elsewhere" / "index"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other.path / "objects"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.bare=false' 'user.name=Mallory'")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Mallory")
    return other


def test_no_variable_of_the_caller_reaches_git(hostile: BareRepository, tmp_path: Path) -> None:
    mine = BareRepository.create(tmp_path / "mine.git")
    assert mine.default_branch() == "main"
    assert mine.text("rev-parse", "--git-dir") == str(mine.path)
    assert "Mallory" not in mine.text("config", "--list", "--show-origin")


def test_a_work_tree_is_its_own_repository(hostile: BareRepository, tmp_path: Path) -> None:
    work = tmp_path / "work"
    run(None, "init", "--quiet", "--initial-branch=mine", str(work))
    assert run(None, "rev-parse", "--show-toplevel", cwd=work).decode().strip() == str(work.resolve())


def test_configuration_of_the_user_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Someone\n[broken\n")
    (tmp_path / ".config/git").mkdir(parents=True)
    (tmp_path / ".config/git/config").write_text("[broken\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    assert BareRepository.create(tmp_path / "mine.git").refs() == {}


def test_a_failure_has_git_s_words_its_code_and_a_remedy(tmp_path: Path) -> None:
    mine = BareRepository.create(tmp_path / "mine.git")
    with pytest.raises(CommandFailed, match="git cat-file ended with 128: fatal") as failed:
        mine.run("--literal-pathspecs", "cat-file", "-t", "1" * 40)
    assert failed.value.code == 128 and "git fsck" in failed.value.remedy


def test_a_missing_work_tree_is_not_a_missing_git(tmp_path: Path) -> None:
    with pytest.raises(NotARepository, match="not a directory"):
        run(None, "status", cwd=tmp_path / "gone")


def test_without_git_the_error_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitAbsent) as absent:
        run(None, "version")
    assert "install git" in absent.value.remedy


def test_passwords_in_addresses_are_not_shown() -> None:
    assert shown("https://user:secret@example.org/x.git") == "https://example.org/x.git"
