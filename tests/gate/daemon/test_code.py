"""Which commit a piece of code says it was built from."""

from pathlib import Path

from support.repositories import commit_files, git

from sluicegate.gate.daemon.code import UNKNOWN, commit_of


def clone(folder: Path) -> tuple[Path, str]:
    git("init", "--quiet", cwd=folder)
    return folder / "package", commit_files(folder, {"package/__init__.py": ""})


def test_in_a_clone_it_is_the_commit_that_is_checked_out(tmp_path: Path):
    package, sha = clone(tmp_path)
    assert commit_of(package) == sha


def test_files_that_differ_from_the_commit_are_named(tmp_path: Path):
    package, sha = clone(tmp_path)
    (package / "__init__.py").write_text("changed = True\n")
    assert commit_of(package) == f"{sha}-dirty"


def test_a_build_names_it_in_a_file_whatever_lies_around(tmp_path: Path):
    package, _ = clone(tmp_path)
    (package / "REVISION").write_text("a" * 40 + "\n")
    assert commit_of(package) == "a" * 40


def test_a_package_inside_somebody_elses_clone_is_not_of_its_commit(tmp_path: Path):
    clone(tmp_path)
    installed = tmp_path / ".venv/lib/site-packages/package"
    installed.mkdir(parents=True)
    assert commit_of(installed) == UNKNOWN


def test_what_cannot_be_known_is_unknown(tmp_path: Path):
    (tmp_path / "package").mkdir()
    assert commit_of(tmp_path / "package") == UNKNOWN
