"""What a pull request may not touch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sluicegate.specs import layout
from sluicegate.specs.tree import Tree
from sluicegate.validators.runner.finding import Finding, Position, fail, passed, skipped
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.changes import NO_BASE, Changes

OWN_WORDS = "Write the commit's message without lines that begin with Gate-."


@check(
    "release-untouched",
    family="spec",
    scope="repository",
    remedy="Take the file out of the pull request; `sluice gate` has commands for what a person may decide.",
)
def release_untouched(base_tree: Tree | None, changes: Changes, posing: Sequence[str]) -> Iterator[Finding]:
    """The pull request leaves every release.yaml alone, and no commit of it speaks for the gate.

    environments/*/*/release.yaml is the gate's own record of what gets traffic. Whoever writes it by hand
    opens traffic without evidence. A file whose name differs in case, or ends in .yml, takes its place on
    some systems. A commit with the trailers of a decision would stand in main's history as one; it counts
    for none without its evidence, but whoever reads the history is misled.
    """
    if base_tree is None:
        yield skipped(NO_BASE)
        return
    faults = [fail(f"{path} is written by the gate alone", Position(path)) for path in changes.releases]
    for path in changes.paths:
        if path not in changes.releases and layout.released_by(_spelled_alike(path)) is not None:
            faults.append(fail(f"{path} is read as a release.yaml by some systems", Position(path)))
    for sha in posing:
        words = f"commit {sha[:12]} claims to be a decision of the gate: it has a trailer of the gate's"
        faults.append(fail(words, remedy=OWN_WORDS))
    yield from faults
    if not faults:
        yield passed("no release.yaml is changed")


def _spelled_alike(path: str) -> str:
    """The path as a system that ignores case sees its last part."""
    folder, _, name = path.rpartition("/")
    lower = name.lower()
    return f"{folder}/release.yaml" if lower in ("release.yaml", "release.yml") else path
