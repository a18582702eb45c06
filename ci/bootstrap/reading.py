"""What the repository says about its clusters: environments, and the manifests of Argo CD beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sluicegate.gate.adapters.git.command import NotARepository
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.daemon.state import State
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.yamlio import InputError

PROJECT, RELEASES, PREVIEWS = (
    f"environments/{name}.yaml" for name in ("project", "applicationset", "previews")
)
SERVING, GATE = "charts/onnx-serving", "charts/gate"
_ALLOWED = {("argoproj.io/v1alpha1", "AppProject"), ("argoproj.io/v1alpha1", "ApplicationSet")}
Manifest = dict[str, Any]


@dataclass(frozen=True)
class RepositoryConfig:
    """A repository at one commit: `environments` are those of a cluster, each after the one before it."""

    revision: str
    environments: tuple[EnvironmentSpec, ...]
    embedded: tuple[str, ...]
    """Names of the environments that the embedded runtime serves: nothing is made for them."""
    manifests: dict[str, tuple[Manifest, ...]]
    """By path."""


def read(
    repository: Repository, branch: str, wanted: Sequence[str], charts: Sequence[str]
) -> RepositoryConfig:
    """Read the tip of a branch: the manifests at the paths `wanted`; the `charts` must be there.

    Raises InputError for what is missing or cannot be read, GitError.
    """
    tip = repository.tip(branch)
    if tip is None:
        raise NotARepository(f"{repository.url} has no branch {branch!r}; push one, or name another")
    state, tree = State(repository, tip), repository.tree(tip)
    for chart in charts:
        if tree.entry(f"{chart}/Chart.yaml") is None:
            raise InputError.of(
                f"there is no chart {chart} at {tip[:12]}, which Argo CD is to render",
                f"commit it to {branch}: copy it from a release of sluicegate",
                f"{chart}/Chart.yaml",
            )
    specs = [state.environment(name) for name in state.environments]
    served = tuple(spec for spec in specs if spec.traffic != "embedded")
    if not served:
        raise InputError.of(
            "no environment is a cluster's: " + (", ".join(spec.name for spec in specs) or "there is none"),
            "set `spec.traffic: gateway-api` in environments/NAME/environment.yaml and push that",
        )
    manifests = {}
    for path in wanted:
        if tree.entry(path) is None:
            raise InputError.of(
                f"it is not there at {tip[:12]}",
                f"commit it to {branch}: copy it from a release of sluicegate",
                path,
            )
        manifests[path] = parse(tree.read(path), path)
    embedded = tuple(spec.name for spec in specs if spec.traffic == "embedded")
    return RepositoryConfig(tip, served, embedded, manifests)


def parse(text: bytes, path: str) -> tuple[Manifest, ...]:
    """The objects of one manifest; it may use anchors. Raises InputError for any other kind of object."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found = [document for document in YAML(typ="safe", pure=True).load_all(text) if document is not None]
    except (YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError.of(
            f"it is no YAML ({getattr(error, 'problem', None) or error})",
            "correct it",
            path,
            mark.line + 1 if mark else None,
        ) from None
    for document in found:
        kind = (document.get("apiVersion"), document.get("kind")) if isinstance(document, dict) else ()
        named = isinstance(document, dict) and isinstance(document.get("metadata"), dict)
        if kind not in _ALLOWED or not named or not isinstance(document["metadata"].get("name"), str):
            raise InputError.of(
                "it holds an object that is no named AppProject or ApplicationSet",
                "apply that one by other means",
                path,
            )
    return tuple(found)
