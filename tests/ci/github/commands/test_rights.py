"""Who may command what, as one table: every command, every role, owner or not, author or not."""

from __future__ import annotations

from itertools import product

import pytest

from sluicegate.ci.github.commands.parse import FORMS
from sluicegate.ci.github.commands.rights import (
    AFTER_MERGE,
    BEFORE_MERGE,
    RELEASE_RIGHTS,
    RIGHTS,
    ROLES,
    Role,
    Standing,
    refusal,
)

MATRIX = """
command    none read triage write maintain admin | owner | author
help       yes  yes  yes    yes   yes      yes   | yes   | yes
explain    yes  yes  yes    yes   yes      yes   | yes   | yes
recheck    no   no   no     yes   yes      yes   | yes   | yes
hold       no   no   no     yes   yes      yes   | yes   | yes
rollback   no   no   no     yes   yes      yes   | yes   | yes
approve    no   no   no     no    no       no    | yes   | yes
override   no   no   no     no    no       no    | yes   | no
release    no   no   no     no    no       no    | yes   | yes
promote    no   no   no     no    no       no    | yes   | yes
hotfix     no   no   no     no    no       no    | yes   | yes
retry      no   no   no     no    no       no    | yes   | yes
"""
"""Where CODEOWNERS names @olga: somebody else by role; @olga with `write`; @olga as the author."""
ROWS = [line.replace("|", "").split() for line in MATRIX.strip().splitlines()[1:]]


def standing(role: Role, *, owner: bool = False, author: bool = False, owned: bool = True) -> Standing:
    return Standing("olga", role, author, ("@olga",) if owner else (), ("@olga",) if owned else ())


def test_the_matrix_has_every_command() -> None:
    assert {row[0] for row in ROWS} == set(FORMS) == set(RIGHTS) == {*BEFORE_MERGE, *AFTER_MERGE}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_who_may(row: list[str]) -> None:
    name, *cells = row
    people = [standing(role) for role in ROLES]
    people += [standing("write", owner=True), standing("write", owner=True, author=True)]
    assert [refusal(RIGHTS[name], who) is None for who in people] == [cell == "yes" for cell in cells]


def test_the_author_lets_no_step_of_the_release_go_on() -> None:
    mine = standing("write", owner=True, author=True)
    assert refusal(RELEASE_RIGHTS["approve"], mine) == "@olga is the author, and nobody sets their own exam"


@pytest.mark.parametrize(("name", "role"), list(product(["approve", "promote"], ROLES)))
def test_what_nobody_owns_takes_a_maintainer(name: str, role: Role) -> None:
    may = refusal(RIGHTS[name], standing(role, owned=False)) is None
    assert may == (role in ("maintain", "admin"))


def test_an_owner_without_write_is_none_to_github_either() -> None:
    assert "takes the role write" in str(refusal(RIGHTS["approve"], standing("read", owner=True)))


def test_a_team_that_cannot_be_read_is_named() -> None:
    who = Standing("olga", "write", False, (), ("@o/team",), unknown=("@o/team",))
    assert "whether they belong to @o/team could not be asked" in str(refusal(RIGHTS["approve"], who))
