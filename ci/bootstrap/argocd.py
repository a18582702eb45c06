"""The repository's own Argo CD manifests, filled in: its address, branch, environments and forge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sluicegate.ci.bootstrap.labels import MANAGED
from sluicegate.ci.bootstrap.options import InstallOptions
from sluicegate.ci.bootstrap.repository_address import forge_api, owner_and_name
from sluicegate.ci.bootstrap.repository_config import Manifest
from sluicegate.specs import layout
from sluicegate.specs.chart import PinnedChart
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.yamlio import InputError

_COMMITTED_ENVIRONMENT = "dev"
"""The environment that the committed previews take their values from."""


def release_manifest(
    manifest: Manifest, environments: Sequence[EnvironmentSpec], options: InstallOptions
) -> Manifest:
    """The project of the releases with every environment as a destination, or their application set."""
    filled = _filled_in(manifest, options)
    if filled["kind"] == "AppProject":
        pairs = sorted({(spec.cluster, spec.namespace) for spec in environments})
        destinations = [{"name": cluster, "namespace": namespace} for cluster, namespace in pairs]
        filled["spec"]["destinations"] = destinations
        pinned = {spec.chart.repository for spec in environments if spec.chart is not None}
        filled["spec"]["sourceRepos"] += sorted(pinned)
    return filled


def preview_manifest(manifest: Manifest, first: EnvironmentSpec, options: InstallOptions) -> Manifest:
    """The project of the previews, or their application set, with the values of the `first` environment.

    Raises InputError where the set does not find its pull requests.
    """
    filled = _filled_in(manifest, options)
    if filled["kind"] == "AppProject":
        filled["spec"]["sourceRepos"] += [] if first.chart is None else [first.chart.repository]
        return filled
    owner, name = owner_and_name(options.repo)
    api = options.forge or forge_api(options.repo)
    for generator in _mappings(filled, "pullRequest"):
        github = generator.get("github")
        if not isinstance(github, dict):
            raise InputError.of(
                "its pullRequest generator has no `github`", "give it one", layout.PREVIEWS_MANIFEST
            )
        github.update(owner=owner, repo=name, api=api)
    committed = f"/{layout.environment_directory(_COMMITTED_ENVIRONMENT)}/"
    own = f"/{layout.environment_directory(first.name)}/"
    for helm in _mappings(filled, "helm"):
        helm["valueFiles"] = [file.replace(committed, own) for file in helm.get("valueFiles", [])]
    if first.chart is not None:
        _take_from_registry(filled["spec"]["template"]["spec"], first.chart)
    return filled


def _take_from_registry(application: dict[str, Any], chart: PinnedChart) -> None:
    """The chart by its digest, and the value files beside it from the repository, as `$values`."""
    own = application.pop("source")
    helm = own["helm"] | {"valueFiles": [f"$values{file}" for file in own["helm"]["valueFiles"]]}
    pinned = {"repoURL": chart.repository, "targetRevision": chart.digest, "path": ".", "helm": helm}
    values = {"repoURL": own["repoURL"], "targetRevision": own["targetRevision"], "ref": "values"}
    application["sources"] = [pinned, values]


def _filled_in(manifest: Manifest, options: InstallOptions) -> Manifest:
    """A copy in Argo CD's namespace, with this repository and branch instead of the committed ones."""
    filled: Manifest = _with_repository(manifest, options)
    filled["metadata"]["namespace"] = options.argocd
    filled["metadata"]["labels"] = {**filled["metadata"].get("labels", {}), **MANAGED}
    return filled


def _with_repository(value: Any, options: InstallOptions) -> Any:
    if isinstance(value, list):
        return [_with_repository(item, options) for item in value]
    if not isinstance(value, dict):
        return value
    filled = {key: _with_repository(item, options) for key, item in value.items()}
    if "repoURL" in filled:
        filled["repoURL"] = options.repo
    if "sourceRepos" in filled:
        filled["sourceRepos"] = [options.repo]
    for key in ("revision", "targetRevision"):
        # A template is a pull request's own commit.
        if isinstance(filled.get(key), str) and "{{" not in filled[key]:
            filled[key] = options.branch
    return filled


def _mappings(value: Any, key: str) -> Iterator[dict[str, Any]]:
    """Every mapping under this key, at any depth."""
    if isinstance(value, list):
        for item in value:
            yield from _mappings(item, key)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == key and isinstance(item, dict):
                yield item
            yield from _mappings(item, key)
