"""Who answers for a model: as model.yaml says, and as the repository knows it."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.specs import codeowners
from sluicegate.specs.codeowners import is_owner, same_owner
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import Document
from sluicegate.validators.runner.finding import Finding, Position, fail, passed, skipped
from sluicegate.validators.runner.registry import check


@check(
    "owners-known",
    family="rollout",
    remedy="Let metadata.owners and the line of CODEOWNERS that matches models/NAME/ name the same owners.",
)
def owners_known(spec: ModelSpec, document: Document, tree: Tree) -> Iterator[Finding]:
    """The owners of a model are those whom CODEOWNERS names for its model.yaml.

    Reviews are asked of CODEOWNERS, and people ask whom metadata.owners names: where the two differ, a change
    is approved by others than those who answer for it. A repository without CODEOWNERS is not judged.
    """
    known = codeowners.find(tree)
    if known is None:
        yield skipped(f"there is no CODEOWNERS ({', '.join(codeowners.PLACES)})")
        return
    rule = known.rule(document.path)
    named = () if rule is None else rule.owners
    where = known.path if rule is None else f"{known.path}:{rule.line}"
    missing = False
    for number, owner in enumerate(spec.owners):
        if any(same_owner(owner, other) for other in named):
            continue
        missing = True
        at = Position(document.path, *document.position(("metadata", "owners", number)))
        if not is_owner(owner):
            yield fail(f"{owner!r} is no owner that GitHub knows: neither @login nor @organization/team", at)
        elif rule is None:
            yield fail(f"{owner} owns this model, and no line of {where} matches {document.path}", at)
        else:
            yield fail(f"{owner} owns this model, and {where} ({rule.pattern}) does not name it", at)
    for other in named:
        if rule is not None and not any(same_owner(owner, other) for owner in spec.owners):
            missing = True
            words = f"{rule.pattern} names {other}, whom metadata.owners of {document.path} does not"
            yield fail(words, Position(known.path, rule.line))
    if not missing:
        yield passed(f"{where} names the same owners", Position(document.path))
