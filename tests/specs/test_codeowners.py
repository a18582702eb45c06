"""CODEOWNERS by the examples of GitHub's documentation, and what its rules leave out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.specs import codeowners
from sluicegate.specs.codeowners import parse
from sluicegate.specs.tree import WorkTree

DOCUMENTED = """\
# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("README.md", ("@global-owner1", "@global-owner2")),
        ("src/app.js", ("@js-owner",)),
        ("cmd/main.go", ("docs@example.com",)),
        ("notes/a.txt", ("@octo-org/octocats",)),
        ("docs/getting-started.md", ("@doctocat",)),
        ("docs/build-app/troubleshooting.md", ("@doctocat",)),
        ("deep/apps/x", ("@octocat",)),
        ("scripts/run", ("@doctocat", "@octocat")),
        ("build/logs/a", ("@octocat",)),
        ("deeply/nested/logs/a", ("@octocat",)),
        ("apps/x", ("@octocat",)),
        ("apps/github/x", ()),
    ],
)
def test_the_documented_file_gives_the_documented_owners(path: str, owners: tuple[str, ...]) -> None:
    assert parse(DOCUMENTED).owners(path) == owners


@pytest.mark.parametrize(
    ("pattern", "path", "owned"),
    [
        ("docs/*", "docs/getting-started.md", True),
        ("docs/*", "docs/build-app/troubleshooting.md", False),
        ("/build/logs/", "build/logs/a/b", True),
        ("/build/logs/", "src/build/logs/a", False),
        ("apps/", "apps", False),
        ("/apps/github", "apps/github", True),
        ("models/**/model.yaml", "models/a/b/model.yaml", True),
        ("models/**/model.yaml", "models/model.yaml", True),
        ("models/**", "models/a/model.yaml", True),
        ("*", ".github/CODEOWNERS", True),
        ("/*", "a/b", False),
        ("m?del.yaml", "models/m/model.yaml", True),
        ("*.YAML", "a.yaml", False),
        ("my\\ file", "my file", True),
        ("a.c", "abc", False),
    ],
)
def test_a_pattern(pattern: str, path: str, owned: bool) -> None:
    assert (parse(f"{pattern} @a").owners(path) == ("@a",)) is owned


@pytest.mark.parametrize("line", ["!a @b", "[ab].py @b", "\\#a @b", "a b", "a @", "a @-x", "a @x @@y"])
def test_a_line_with_a_fault_is_skipped_and_named(line: str) -> None:
    read = parse(f"* @all\n{line}\n")
    assert read.owners("a") == ("@all",)
    (problem,) = read.problems
    assert (problem.path, problem.line) == (".github/CODEOWNERS", 2)


def test_the_first_place_of_three_counts(tmp_path) -> None:
    for place in codeowners.PLACES[1:]:
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(f"* @of-{place.split('/')[0].lower()}\n")
    found = codeowners.find(WorkTree(tmp_path))
    assert found is not None
    assert (found.path, found.owners("x")) == ("CODEOWNERS", ("@of-codeowners",))


def test_a_file_of_3_mb_names_nobody(tmp_path) -> None:
    (tmp_path / "CODEOWNERS").write_text("* @a\n" + "#" * codeowners.LIMIT)
    found = codeowners.find(WorkTree(tmp_path))
    assert found is not None
    assert (found.owners("x"), len(found.problems)) == ((), 1)


def test_without_a_file_there_is_none(tmp_path) -> None:
    assert codeowners.find(WorkTree(tmp_path)) is None


@given(st.text(max_size=200), st.text(max_size=60))
def test_any_text_is_read(text: str, path: str) -> None:
    parse(text).owners(path)
