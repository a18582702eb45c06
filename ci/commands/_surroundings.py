"""What a change does outside of the models that it judges: releases, environments, models taken away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.release_file import read as read_release
from sluicegate.specs.repository import read as read_document
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import Document, InputError, Problem
from sluicegate.validators.helm.name_conflicts import name_conflicts
from sluicegate.validators.helm.values import models as models_of
from sluicegate.validators.runner.candidate import BaseRevision
from sluicegate.validators.runner.changes import Changes
from sluicegate.validators.runner.finding import Finding, Place, fail, passed
from sluicegate.validators.runner.registry import checks

RELEASES = "release-untouched"
ENVIRONMENTS = "environment-valid"
REMOVED = "model-removed"


def surroundings(changed: Changes, head: Tree, base: Tree, *, judged: bool) -> Iterator[Finding]:
    """Findings that belong to no model; at least one where no model is `judged`, which sees releases."""
    if not judged:
        yield from checks()[RELEASES].findings({"base": BaseRevision(None, changed.paths)})
    for finding in _environments(changed, head, base):
        yield replace(finding, check=ENVIRONMENTS)
    for name in changed.models:
        if not head.entries(f"models/{name}"):
            yield _removed(name, base)


@dataclass(frozen=True)
class _All:
    """Every environment.yaml of a tree, by path: what was read, and what is wrong."""

    read: Mapping[str, tuple[Document, EnvironmentSpec]]
    unreadable: Mapping[str, Sequence[Problem]]

    @property
    def specs(self) -> dict[str, EnvironmentSpec]:
        """What was read, by the environment's name."""
        return {spec.name: spec for _, spec in self.read.values()}

    def disorder(self) -> dict[str, Problem]:
        """The paths whose `after` names no environment, or leads in a circle, with what is wrong."""
        known = {path.split("/")[1] for path in (*self.read, *self.unreadable)}
        found = {}
        for path, (document, spec) in self.read.items():
            chain = _before(spec.name, self.specs)
            if spec.after is not None and spec.after not in known:
                message = f"there is no environment {spec.after!r} to come after"
                remedy = (
                    f"name one of {', '.join(sorted(known - {spec.name})) or 'none'}, or leave `after` out"
                )
            elif spec.name in chain:
                message = f"waits for itself: {' after '.join((spec.name, *chain))}"
                remedy = "let one of them come first, without `after`"
            else:
                continue
            found[path] = document.problem(("spec", "after"), message, remedy)
        return found


def _all(tree: Tree) -> _All:
    read, unreadable = {}, {}
    for path in environment_paths(tree):
        try:
            document = read_document(tree, path)
            read[path] = (document, load_environment(document))
        except InputError as error:
            unreadable[path] = error.problems
    return _All(read, unreadable)


def _before(name: str, specs: Mapping[str, EnvironmentSpec]) -> list[str]:
    """The environments that this one waits for, nearest first, as far as they are known; a circle once."""
    chain: list[str] = []
    while name in specs and (after := specs[name].after) is not None and after not in chain:
        chain.append(after)
        name = after
    return chain


def environments(tree: Tree) -> dict[str, EnvironmentSpec]:
    """Every environment that can be read, each after the one that it waits for: for showing, not judging."""
    specs = _all(tree).specs
    return {name: specs[name] for name in sorted(specs, key=lambda name: (len(_before(name, specs)), name))}


def last_environment(tree: Tree) -> str | None:
    """The environment that comes last; None for none at all.

    Raises InputError where one cannot be read or is out of order: another would pass for the last.
    """
    every = _all(tree)
    problems = [problem for path in every.unreadable for problem in every.unreadable[path]]
    problems += every.disorder().values()
    if problems:
        raise InputError(*problems)
    return next(reversed(environments(tree)), None)


def environment_paths(tree: Tree) -> list[str]:
    """The path of every environment.yaml."""
    paths = [entry.path for entry in tree.entries("environments")]
    return [path for path in paths if path.endswith("/environment.yaml") and path.count("/") == 2]


def _environments(changed: Changes, head: Tree, base: Tree) -> Iterator[Finding]:
    """Where any environment changes: each changed one, and the order of all of them; and names they share."""
    if not changed.environments and not changed.models:
        return
    every = _all(head)
    yield from _clashes(changed, every, head)
    if not changed.environments:
        return
    disorder = every.disorder()
    for path in changed.environments:
        if path in every.unreadable:
            yield from map(_refused, every.unreadable[path])
        elif path in every.read and path not in disorder:
            yield passed(f"{every.read[path][1].name}, read without a fault", Place(path))
        elif path not in every.read:
            yield _environment_removed(path, head, base)
    yield from map(_refused, disorder.values())


def _clashes(changed: Changes, every: _All, head: Tree) -> Iterator[Finding]:
    """Names that the change brings in, and that stand for something else already."""
    models = {name: models_of(head, name) for name in every.specs}
    touched = {path.split("/")[1] for path in changed.environments}
    for clash in name_conflicts(list(every.specs.values()), models):
        if touched.isdisjoint(clash.environments) and set(changed.models).isdisjoint(clash.models or ()):
            continue
        document, _ = every.read[f"environments/{clash.environments[1]}/environment.yaml"]
        yield _refused(document.problem(clash.location, clash.message, clash.remedy))


def _refused(problem: Problem) -> Finding:
    where = f"{problem.where}: " if problem.where else ""
    at = Place(problem.path, problem.line, problem.column)
    return fail(where + problem.message, at, remedy=problem.remedy)


def _environment_removed(path: str, head: Tree, base: Tree) -> Finding:
    """The gate follows no environment without its file, and traffic there would stay as it is for good."""
    name = path.split("/")[1]
    releases = {*release_paths(head), *release_paths(base)}
    standing = sorted(release for release in releases if release.split("/")[1] == name)
    if not standing:
        return passed(f"{name} is taken away, and nothing is released there", Place(path))
    message = f"{name} is taken away, and {', '.join(standing[:3])} stands there"
    if len(standing) > 3:
        message += f", with {len(standing) - 3} more"
    return fail(message, Place(path), remedy="keep the file: without it the gate cannot steer these releases")


def _removed(name: str, base: Tree) -> Finding:
    """A model that is served anywhere cannot be taken away: its next start would find no files."""
    served = []
    for path in release_paths(base):
        if path.split("/")[2] != name:
            continue
        try:
            release = read_release(read_document(base, path))
        except InputError:
            served.append(path.split("/")[1])
            continue
        if release.stable is not None or release.canary is not None:
            served.append(release.environment)
    if not served:
        return replace(passed(f"models/{name} is taken away, and no environment serves it"), check=REMOVED)
    message = f"models/{name} is taken away, and {', '.join(sorted(served))} still serves it"
    remedy = "keep the directory until no environment has a release of it"
    return replace(fail(message, Place(f"models/{name}/model.yaml"), remedy=remedy), check=REMOVED)


def release_paths(tree: Tree) -> list[str]:
    """The path of every release.yaml."""
    paths = [entry.path for entry in tree.entries("environments")]
    return [path for path in paths if path.endswith("/release.yaml") and path.count("/") == 3]
