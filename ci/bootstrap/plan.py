"""The objects that have to be in the cluster: pure data, from the repository's config and the options."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sluicegate.ci.bootstrap import manifests
from sluicegate.ci.bootstrap.argocd import preview_manifest, release_manifest
from sluicegate.ci.bootstrap.gate import gate_manifests
from sluicegate.ci.bootstrap.labels import MANAGED
from sluicegate.ci.bootstrap.options import InstallOptions
from sluicegate.ci.bootstrap.repository_config import Manifest, RepositoryConfig
from sluicegate.specs import layout
from sluicegate.specs.environment import IN_CLUSTER
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.helm.name_conflicts import name_conflicts

PLACEHOLDERS = re.compile(r"\bOWNER\b|\bREPOSITORY\b")
"""What the committed manifests have in place of the repository's own address."""


def objects(config: RepositoryConfig, options: InstallOptions) -> list[Manifest]:
    """All objects, in the order in which they are applied. Raises InputError."""
    _require_namespaces_of_their_own(config)
    local = {spec.namespace for spec in config.environments if spec.cluster == IN_CLUSTER}
    planned = [_namespace(name) for name in sorted(local)]
    for path in (layout.PROJECT_MANIFEST, layout.RELEASES_MANIFEST):
        for manifest in config.manifests[path]:
            planned.append(release_manifest(manifest, config.environments, options))
    if options.previews:
        for manifest in config.manifests[layout.PREVIEWS_MANIFEST]:
            planned.append(preview_manifest(manifest, config.environments[0], options))
    if options.gate is not None:
        planned.append(_namespace(options.gate.namespace))
        planned += gate_manifests(config.environments, options, options.gate)
    for one in planned:
        _require_filled_in(one)
    return planned


def _namespace(name: str) -> Manifest:
    (namespace,) = manifests.load("namespace.yaml", {"name": name, "labels": MANAGED})
    return namespace


def _require_namespaces_of_their_own(config: RepositoryConfig) -> None:
    """Raises InputError for the first two environments that share a namespace of one cluster."""
    for conflict in name_conflicts(config.environments, {}):
        path = layout.environment_path(conflict.environments[1])
        raise InputError.of(conflict.message, conflict.remedy, path, where="spec.namespace")


def _require_filled_in(manifest: Manifest) -> None:
    """Raises InputError for a placeholder that nothing has filled in."""
    for path, text in _strings(manifest):
        if left := PLACEHOLDERS.search(text):
            raise InputError.of(
                f"{manifest['kind']} {manifest['metadata']['name']} still says {left[0]} at {path}",
                "let that be a repoURL, a source repository, or the pull requests' owner and repo",
            )


def _strings(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every string, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _strings(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _strings(item, f"{path}.{name}" if path else str(name))
