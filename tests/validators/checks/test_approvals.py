"""Two owners of the base for a looser rule: who counts as one."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.reviews import review

from sluicegate.specs.reviews import Review
from sluicegate.specs.tree import WorkTree
from sluicegate.validators.checks.approvals import approvers, policy_approved
from sluicegate.validators.runner.finding import Finding, Verdict
from sluicegate.validators.submission.loosening import Loosened

PATH = "environments/p/environment.yaml"
OWNED = "/environments/ @olga @org/ml\n"
LOOSER = (Loosened(PATH, ("rollout.steps 100",)),)
OLGA = review(1)
ML = review(2, by="@pia", user=13, owns_as=("@ORG/ml",))
OTHER = review(3, by="@carl", user=15, owns_as=("@carl",))


@pytest.fixture
def base(tmp_path: Path) -> WorkTree:
    """The base, whose CODEOWNERS names a person and a team."""
    (tmp_path / "CODEOWNERS").write_text(OWNED)
    return WorkTree(tmp_path)


def found(base: WorkTree, *approvals: Review) -> Finding:
    (finding,) = policy_approved(base, LOOSER, approvals)
    return finding


@pytest.mark.parametrize(
    ("approvals", "verdict"),
    [
        ((), Verdict.INCONCLUSIVE),
        ((OLGA, review(4)), Verdict.INCONCLUSIVE),
        ((OLGA, OTHER), Verdict.INCONCLUSIVE),
        ((OLGA, ML), Verdict.PASS),
    ],
    ids=["nobody", "one person twice", "one who owns nothing", "an owner and one of a team"],
)
def test_two_people_of_its_owners(base: WorkTree, approvals: tuple[Review, ...], verdict: Verdict) -> None:
    assert found(base, *approvals).verdict is verdict


def test_who_is_missing_is_named(base: WorkTree) -> None:
    assert found(base).message == (
        f"{PATH} loosens: rollout.steps 100; 0 of 2 owners: nobody approved it of @olga, @org/ml"
    )
    assert "1 of 2 owners: approved by @olga" in found(base, OLGA, OTHER).message


def test_without_an_owner_nobody_is_asked_and_it_is_named_all_the_same(base: WorkTree) -> None:
    (base.root / "CODEOWNERS").write_text("/models/ @olga\n")
    finding = found(base)
    assert finding.verdict is Verdict.PASS
    assert "loosens: rollout.steps 100; no CODEOWNERS of the base names an owner" in finding.message


def test_nothing_looser_and_no_base(base: WorkTree) -> None:
    assert [one.verdict for one in policy_approved(base, (), ())] == [Verdict.PASS]
    assert [one.verdict for one in policy_approved(None, LOOSER, ())] == [Verdict.SKIPPED]


def test_a_person_with_two_names_is_one() -> None:
    assert approvers((OLGA, review(2, owns_as=("@org/ml",))), ("@olga", "@org/ml")) == ["@olga"]
