"""What a pull request may not touch."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.specs.tree import Tree
from sluicegate.validators.runner.finding import Finding, Position, fail, passed, skipped
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.changes import NO_BASE, Changes


@check(
    "release-untouched",
    family="spec",
    scope="repository",
    remedy="Take the file out of the pull request; `sluice gate` has commands for what a person may decide.",
)
def release_untouched(base_tree: Tree | None, changes: Changes) -> Iterator[Finding]:
    """The pull request leaves every release.yaml alone.

    environments/*/*/release.yaml is the gate's own record of what gets traffic. Whoever writes it by hand
    opens traffic without evidence.
    """
    if base_tree is None:
        yield skipped(NO_BASE)
        return
    for path in changes.releases:
        yield fail(f"{path} is written by the gate alone", Position(path))
    if not changes.releases:
        yield passed("no release.yaml is changed")
