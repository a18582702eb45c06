"""The repository at one commit, as bootstrap needs it: its clusters' environments, its Argo CD manifests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sluicegate.gate.adapters.git.command import NotARepository
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.specs import layout
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.repository import environments, exists
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import InputError

_ALLOWED = {("argoproj.io/v1alpha1", "AppProject"), ("argoproj.io/v1alpha1", "ApplicationSet")}
Manifest = dict[str, Any]


@dataclass(frozen=True)
class RepositoryConfig:
    """A repository at one commit: `environments` are those of a cluster, each after the one before it."""

    revision: str
    environments: tuple[EnvironmentSpec, ...]
    embedded: tuple[str, ...]
    """Names of the environments that the embedded runtime serves: nothing is applied for them."""
    manifests: dict[str, tuple[Manifest, ...]]
    """By path."""


def read(
    repository: Repository, branch: str, paths: Sequence[str], charts: Sequence[str]
) -> RepositoryConfig:
    """Read the tip of a branch: the manifests at the `paths`; the `charts` must be there.

    Not the serving chart where every environment of a cluster takes its own from a registry.

    Raises InputError for what is missing or cannot be read, GitError.
    """
    tip = repository.tip(branch)
    if tip is None:
        raise NotARepository(f"{repository.url} has no branch {branch!r}", "push one, or name another")
    tree = repository.tree(tip)
    known = environments(tree)
    if known.unreadable:
        raise InputError(*(problem for problems in known.unreadable.values() for problem in problems))
    specs = known.specs.values()
    in_clusters = tuple(spec for spec in specs if spec.traffic != "embedded")
    embedded = tuple(spec.name for spec in specs if spec.traffic == "embedded")
    if not in_clusters:
        listed = ", ".join(embedded) or "there are none"
        raise InputError.of(
            f"none of the environments is in a cluster: {listed}",
            "set `spec.traffic: gateway-api` in environments/NAME/environment.yaml and push that",
        )
    if all(spec.chart is not None for spec in in_clusters):
        charts = [chart for chart in charts if chart != layout.SERVING_CHART]
    _require_charts(tree, charts, branch, tip)
    return RepositoryConfig(tip, in_clusters, embedded, _manifests(tree, paths, branch, tip))


def _require_charts(tree: Tree, charts: Iterable[str], branch: str, tip: str) -> None:
    for chart in charts:
        path = f"{chart}/Chart.yaml"
        if not exists(tree, path):
            message = f"there is no chart {chart} at {tip[:12]}, which Argo CD is to render"
            raise InputError.of(message, _copy_remedy(branch), path)


def _manifests(tree: Tree, paths: Iterable[str], branch: str, tip: str) -> dict[str, tuple[Manifest, ...]]:
    manifests = {}
    for path in paths:
        if not exists(tree, path):
            raise InputError.of(f"it is not there at {tip[:12]}", _copy_remedy(branch), path)
        manifests[path] = parse(tree.read(path), path)
    return manifests


def _copy_remedy(branch: str) -> str:
    return f"commit it to {branch}: `sluice vendor` writes it"


def parse(text: bytes, path: str) -> tuple[Manifest, ...]:
    """The objects of one manifest; it may use anchors. Raises InputError for any other kind of object."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        documents = list(YAML(typ="safe", pure=True).load_all(text))
    except (YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError.of(
            f"it is not YAML ({getattr(error, 'problem', None) or error})",
            "correct it",
            path,
            mark.line + 1 if mark else None,
        ) from None
    manifests = tuple(document for document in documents if document is not None)
    for manifest in manifests:
        if not _is_allowed(manifest):
            raise InputError.of(
                "it holds an object that is not an AppProject or ApplicationSet with a name",
                "apply that one by other means",
                path,
            )
    return manifests


def _is_allowed(manifest: object) -> bool:
    if not isinstance(manifest, dict) or not isinstance(manifest.get("metadata"), dict):
        return False
    kind = (manifest.get("apiVersion"), manifest.get("kind"))
    return kind in _ALLOWED and isinstance(manifest["metadata"].get("name"), str)
