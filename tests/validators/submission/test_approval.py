"""Who of a file's owners approved a change."""

from __future__ import annotations

from support.reviews import review

from sluicegate.specs.codeowners import parse
from sluicegate.validators.submission.approval import approval, approvers

OWNERS = parse("/models/ @olga @org/ml\n")
OLGA = review(1)
OTHER = review(3, by="@carl", user=15, owns_as=("@carl",))


def test_an_owner_of_the_path_approves_it() -> None:
    found = approval("models/late/model.yaml", OWNERS, (OTHER, OLGA))
    assert (found.owners, found.by, found.missing) == (("@olga", "@org/ml"), ("@olga",), False)
    assert found.words == "approved by @olga"


def test_others_do_not() -> None:
    found = approval("models/late/model.yaml", OWNERS, (OTHER,))
    assert found.missing
    assert found.words == "nobody approved it of @olga, @org/ml"


def test_nobody_is_missing_where_nobody_can_be_asked() -> None:
    for found in (approval("README.md", OWNERS, ()), approval("models/late/model.yaml", None, ())):
        assert not found.missing
        assert found.words == "no CODEOWNERS of the base names an owner who could be asked"


def test_a_person_with_two_names_is_one() -> None:
    assert approvers((OLGA, review(2, owns_as=("@org/ml",))), ("@olga", "@org/ml")) == ["@olga"]
