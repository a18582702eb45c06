"""Who owns a new model: in its model.yaml, and in CODEOWNERS, which have to name the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from sluicegate.ci.commands._checkout import write_whole
from sluicegate.specs import codeowners, layout
from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import InputError

_PERSON = re.compile(r".*<(?P<address>[^<>]+)>")


def git_owner(root: Path) -> str:
    """Who git says the user is; by the address alone where CODEOWNERS, which takes no names, has to have it.

    Raises InputError where nobody told it.
    """
    from sluicegate.gate.adapters.git.identity import identity

    person = identity(root)
    if person is None:
        raise InputError.of("a model needs an owner, and git has no user here", "name one: --owner @team")
    match = _PERSON.fullmatch(person)
    known = codeowners.find(WorkTree(root)) is not None
    return match["address"] if match and known else person


def own_in_codeowners(root: Path, model: str, owners: Sequence[str]) -> list[str]:
    """Add the model's line to CODEOWNERS, if there is one that names others for it; what was done, as a note.

    Nothing is written for an owner that GitHub does not know, or a file that is not plain: `owners-known`
    says so. Raises InputError where it cannot be written.
    """
    known = codeowners.find(WorkTree(root))
    if known is None or not all(map(codeowners.is_owner, owners)):
        return []
    file = root / known.path
    rule = known.rule(layout.model_path(model))
    named = [] if rule is None else [owner.lower() for owner in rule.owners]
    if {owner.lower() for owner in owners} == set(named) or file.is_symlink() or not file.is_file():
        return []
    text = file.read_text(encoding="utf-8")
    end = "" if not text or text.endswith("\n") else "\n"
    line = f"/{layout.model_directory(model)}/  {' '.join(owners)}"
    write_whole(file, f"{text}{end}{line}\n")
    return [f"{known.path}: added {line!r}"]
