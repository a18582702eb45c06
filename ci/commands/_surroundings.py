"""What a change does outside of the models that it judges: releases, environments, models taken away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ci.changes import Changes
from ci.registry import read_document
from validators.base import Finding, Place, checks, fail, passed
from validators.spec.environment import EnvironmentSpec, load_environment
from validators.spec.release import read as read_release
from validators.subject import Base
from validators.tree import Tree
from validators.yamlio import InputError

RELEASES = "release-untouched"
ENVIRONMENTS = "environment-valid"
REMOVED = "model-removed"


def surroundings(changed: Changes, head: Tree, base: Tree, *, judged: bool) -> Iterator[Finding]:
    """Findings that belong to no model; at least one where no model is `judged`, which sees releases."""
    if not judged:
        yield from checks()[RELEASES].findings({"base": Base(None, changed.paths)})
    for path in changed.environments:
        if path not in changed.removed:
            yield from _environment(head, path)
    for name in changed.models:
        if not head.entries(f"models/{name}"):
            yield _removed(name, base)


def environments(tree: Tree) -> dict[str, EnvironmentSpec]:
    """Every environment that can be read, by name, each after the one that it waits for."""
    found: dict[str, EnvironmentSpec] = {}
    for path in environment_paths(tree):
        try:
            spec = load_environment(read_document(tree, path))
        except InputError:
            continue
        found[spec.name] = spec

    def depth(name: str, seen: tuple[str, ...] = ()) -> int:
        before = found[name].after
        return 0 if before not in found or name in seen else 1 + depth(str(before), (*seen, name))

    return {name: found[name] for name in sorted(found, key=lambda name: (depth(name), name))}


def environment_paths(tree: Tree) -> list[str]:
    """The path of every environment.yaml."""
    paths = [entry.path for entry in tree.entries("environments")]
    return [path for path in paths if path.endswith("/environment.yaml") and path.count("/") == 2]


def _environment(tree: Tree, path: str) -> Iterator[Finding]:
    try:
        spec = load_environment(read_document(tree, path))
    except InputError as error:
        for problem in error.problems:
            where = f"{problem.where}: " if problem.where else ""
            at = Place(problem.path or path, problem.line, problem.column)
            yield replace(fail(where + problem.message, at, remedy=problem.remedy), check=ENVIRONMENTS)
        return
    yield replace(passed(f"{spec.name}, read without a fault", Place(path)), check=ENVIRONMENTS)


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
