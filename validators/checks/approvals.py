"""Changes that loosen a rule, or change what judges: who has to agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sluicegate.specs import codeowners, layout
from sluicegate.specs.codeowners import Codeowners
from sluicegate.specs.reviews import Review
from sluicegate.specs.tree import Tree
from sluicegate.validators.runner.finding import Finding, Position, fail, inconclusive, passed, skipped
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.approval import approval
from sluicegate.validators.submission.changes import NO_BASE
from sluicegate.validators.submission.judge_changes import JudgeChange
from sluicegate.validators.submission.loosening import Loosened

OWNERS = 2
"""How many of them a looser rule needs."""
SHOWN = 3
"""How many paths of a kind are named."""


@check(
    "policy-approved",
    family="rollout",
    scope="repository",
    remedy="Let two owners of the file, as the base's CODEOWNERS names them, write `/sluice approve`; "
    "loosen an environment's rules in a pull request of their own.",
)
def policy_approved(
    base_tree: Tree | None,
    looser: Sequence[Loosened],
    judged_models: frozenset[str],
    approvals: Sequence[Review],
) -> Iterator[Finding]:
    """Two owners of the base approve what loosens a rule.

    A rule is looser where the base's is stricter: a margin, a step, a floor, a freeze, an order, a stop; an
    image or a right of the servers is named whenever it differs. The owners
    are those of the base's CODEOWNERS, each approves the very head, and the author is at most one of both.
    Without a CODEOWNERS nobody can be asked; what is loosened is named all the same. An environment's rules
    are not loosened together with a model: of a model's own rules the stricter ones count in any case.
    """
    if base_tree is None:
        yield skipped(NO_BASE)
        return
    owners = codeowners.find(base_tree)
    for one in looser:
        if judged_models and layout.model_specified_by(one.path) is None:
            yield fail(f"{_loosens(one)}, together with {_named(judged_models)}", Position(one.path))
        else:
            yield _agreed(one, owners, approvals)
    if not looser:
        yield passed("no rule is loosened")


@check(
    "judge-approved",
    family="security",
    scope="repository",
    remedy="Let an owner of the files, as the base's CODEOWNERS names them, write `/sluice approve`; "
    "bring models in a pull request of their own.",
)
def judge_approved(
    base_tree: Tree | None,
    judge: Sequence[JudgeChange],
    judged_models: frozenset[str],
    approvals: Sequence[Review],
) -> Iterator[Finding]:
    """An owner of the base approves what changes the judge, and no model comes with it.

    Workflows, owners, branch rules, git's attributes, trusted keys, schemas, charts and locked packages
    judge, release or deploy every model; beside the models, Sluicegate's own code does. This change is judged
    by the base's; the next one is judged by what this one brings. A repository's first models may come with
    them.
    """
    if base_tree is None:
        yield skipped(NO_BASE)
        return
    owners = codeowners.find(base_tree)
    for one in judge:
        if judged_models:
            yield fail(f"{_changed(one)}, together with {_named(judged_models)}", Position(one.paths[0]))
        else:
            yield _by_an_owner(_changed(one), one.paths, owners, approvals)
    if not judge:
        yield passed("nothing that judges is changed")


@check(
    "rows-approved",
    family="quality",
    scope="repository",
    remedy="Let an owner of the model, as the base's CODEOWNERS names them, look at the rows and write "
    "`/sluice approve`.",
)
def rows_approved(
    base_tree: Tree | None, other_rows: Sequence[str], approvals: Sequence[Review]
) -> Iterator[Finding]:
    """An owner of the base approves other evaluation rows.

    A model is judged on the rows of production, of the base and of earlier versions as well; but the rows
    that it brings are an exam for all that come later. Without a CODEOWNERS nobody can be asked.
    """
    if base_tree is None:
        yield skipped(NO_BASE)
        return
    owners = codeowners.find(base_tree)
    for path in other_rows:
        yield _by_an_owner(f"{path} names other evaluation rows than the base", (path,), owners, approvals)
    if not other_rows:
        yield passed("no evaluation rows are replaced")


def _named(models: frozenset[str]) -> str:
    return f"model{'s' if len(models) > 1 else ''} {', '.join(sorted(models))}"


def _loosens(one: Loosened) -> str:
    return f"{one.path} loosens: {'; '.join(one.rules)}"


def _changed(one: JudgeChange) -> str:
    """`changes workflows: a, b and 3 more`."""
    shown = ", ".join(one.paths[:SHOWN])
    more = len(one.paths) - SHOWN
    return f"changes {one.words}: {shown}" + (f" and {more:,} more" if more > 0 else "")


def _by_an_owner(
    words: str, paths: Sequence[str], owners: Codeowners | None, approvals: Sequence[Review]
) -> Finding:
    """Every path that somebody owns has to be approved by one of its owners."""
    at = Position(paths[0])
    every = list(dict.fromkeys(approval(path, owners, approvals) for path in paths))
    owned = [one for one in every if one.owners]
    missing = next((one for one in owned if one.missing), None)
    if missing is not None:
        return inconclusive(f"{words}; {missing.words}", at)
    if not owned:
        return passed(f"{words}; {every[0].words}", at)
    by = dict.fromkeys(who for one in owned for who in one.by)
    return passed(f"{words}; approved by {', '.join(by)}", at)


def _agreed(one: Loosened, owners: Codeowners | None, approvals: Sequence[Review]) -> Finding:
    at = Position(one.path)
    words = _loosens(one)
    said = approval(one.path, owners, approvals)
    if not said.owners or len(said.by) >= OWNERS:
        return passed(f"{words}; {said.words}", at)
    counted = f"{len(said.by)} of {OWNERS} owners: {said.words}"
    return inconclusive(f"{words}; {counted}", at, observed=len(said.by), threshold=OWNERS)
