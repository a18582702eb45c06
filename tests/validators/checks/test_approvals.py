"""Who agrees to a looser rule, two owners of the base, and to a change of what judges, one of each file."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.reviews import review

from sluicegate.specs.reviews import Review
from sluicegate.specs.tree import WorkTree
from sluicegate.validators.checks.approvals import judge_approved, policy_approved, rows_approved
from sluicegate.validators.runner.finding import Finding, Verdict
from sluicegate.validators.submission.judge_changes import JudgeChange
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
    (finding,) = policy_approved(base, LOOSER, frozenset(), approvals)
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
    assert [one.verdict for one in policy_approved(base, (), frozenset(), ())] == [Verdict.PASS]
    assert [one.verdict for one in policy_approved(None, LOOSER, frozenset(), ())] == [Verdict.SKIPPED]


def test_an_environment_is_not_loosened_together_with_a_model(base: WorkTree) -> None:
    (finding,) = policy_approved(base, LOOSER, frozenset({"late", "churn"}), (OLGA, ML))
    assert finding.verdict is Verdict.FAIL
    assert finding.message == f"{PATH} loosens: rollout.steps 100, together with models churn, late"
    rollout = (Loosened("models/late/model.yaml", ("production: steps 100",)),)
    (finding,) = policy_approved(base, rollout, frozenset({"late"}), ())
    assert finding.verdict is Verdict.PASS  # of a model's own rules the stricter ones count


WORKFLOWS = JudgeChange("workflows", tuple(f".github/workflows/{name}.yaml" for name in "abcde"))
JUDGED_BY = "/.github/ @org/ml\n/.github/workflows/e.yaml @olga\n"


def judged(base: WorkTree, *approvals: Review, models: frozenset[str] = frozenset()) -> Finding:
    (base.root / "CODEOWNERS").write_text(JUDGED_BY)
    (finding,) = judge_approved(base, (WORKFLOWS,), models, approvals)
    return finding


def test_an_owner_of_each_file_agrees_to_a_change_of_what_judges(base: WorkTree) -> None:
    assert judged(base, OTHER).verdict is Verdict.INCONCLUSIVE
    assert judged(base, ML).message == (
        "changes workflows: .github/workflows/a.yaml, .github/workflows/b.yaml, .github/workflows/c.yaml "
        "and 2 more; nobody approved it of @olga"
    )
    finding = judged(base, ML, OLGA)
    assert finding.verdict is Verdict.PASS
    assert finding.message.endswith("approved by @pia, @olga")


def test_what_judges_comes_without_a_model_whoever_approves(base: WorkTree) -> None:
    finding = judged(base, ML, OLGA, models=frozenset({"late"}))
    assert finding.verdict is Verdict.FAIL
    assert finding.message.endswith("together with model late")


def test_a_change_of_what_judges_is_named_where_nobody_can_be_asked(base: WorkTree) -> None:
    (base.root / "CODEOWNERS").unlink()
    (finding,) = judge_approved(base, (WORKFLOWS,), frozenset(), ())
    assert finding.verdict is Verdict.PASS
    assert finding.message.endswith("no CODEOWNERS of the base names an owner who could be asked")


def test_without_a_base_or_a_change_of_it_nothing_is_asked(base: WorkTree) -> None:
    assert [one.verdict for one in judge_approved(None, (WORKFLOWS,), frozenset(), ())] == [Verdict.SKIPPED]
    assert [one.verdict for one in judge_approved(base, (), frozenset({"late"}), ())] == [Verdict.PASS]


def test_an_owner_of_the_model_agrees_to_other_evaluation_rows(base: WorkTree) -> None:
    (base.root / "CODEOWNERS").write_text("/models/late/ @olga\n")
    rows = ("models/late/model.yaml",)
    (asked,) = rows_approved(base, rows, (ML,))
    assert (asked.verdict, asked.path) == (Verdict.INCONCLUSIVE, rows[0])
    assert (
        asked.message == f"{rows[0]} names other evaluation rows than the base; nobody approved it of @olga"
    )
    assert [one.verdict for one in rows_approved(base, rows, (OLGA,))] == [Verdict.PASS]
    assert [one.verdict for one in rows_approved(base, (), ())] == [Verdict.PASS]
    assert [one.verdict for one in rows_approved(None, rows, ())] == [Verdict.SKIPPED]
