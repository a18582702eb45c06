"""What a change loosens or changes of the judge, and who approved its head."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sluicegate.specs import layout, repository
from sluicegate.specs.repository import Environments
from sluicegate.specs.reviews import Review
from sluicegate.specs.tree import Tree
from sluicegate.validators.runner.inputs import provides
from sluicegate.validators.submission.candidate import Load
from sluicegate.validators.submission.changes import Changes
from sluicegate.validators.submission.judge_changes import JudgeChange, changes_of_the_judge
from sluicegate.validators.submission.loosening import Loosened, loosened, replaced_rows


@provides("looser")
def looser(
    tree: Tree, base_tree: Tree | None, changes: Changes, environments: Environments, load: Load
) -> tuple[Loosened, ...]:
    """The files of the change whose rules are looser than the base's; none without a base."""
    if base_tree is None:
        return ()
    return loosened(changes, load, (base_tree, repository.environments(base_tree)), (tree, environments))


@provides("judge")
def judge(base_tree: Tree | None, changes: Changes) -> tuple[JudgeChange, ...]:
    """What judges every model, and differs from the base; none without a base, or in one without a model."""
    return changes_of_the_judge(base_tree, changes.paths)


@provides("other_rows")
def other_rows(tree: Tree, base_tree: Tree | None, changes: Changes, load: Load) -> tuple[str, ...]:
    """The model.yaml of each model whose evaluation rows differ from the base's; none without a base."""
    return () if base_tree is None else replaced_rows(changes, load, base_tree, tree)


@provides("repository_notes")
def repository_notes(looser: Sequence[Loosened], judge: Sequence[JudgeChange]) -> tuple[str, ...]:
    """What line 1 of the report says of the repository: what judges is changed, which rules are loosened.

    What a model.yaml loosens is said with the other rules that the model changes (`notes`).
    """
    changed = [f"changes {', '.join(one.words for one in judge)}"] if judge else []
    return (
        *changed,
        *(
            f"{one.path} loosens {'; '.join(one.rules)}"
            for one in looser
            if layout.model_specified_by(one.path) is None
        ),
    )


@provides("approvals")
def approvals(reviews: Sequence[Review], head: str | None, today: date) -> tuple[Review, ...]:
    """Who approved this very head; nobody where it is no commit."""
    if head is None:
        return ()
    return tuple(one for one in reviews if one.kind == "approve" and one.counts(head, today))
