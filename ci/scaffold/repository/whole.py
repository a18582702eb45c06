"""All files of a new repository of models, by path: what `sluice init` writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sluicegate.ci.scaffold.environment import Cluster, environment_files
from sluicegate.ci.scaffold.files import Planned, others, plan
from sluicegate.ci.scaffold.repository import Setup, companions, ours, with_less_known
from sluicegate.ci.scaffold.repository.beginning import beginning
from sluicegate.ci.scaffold.vendored import MANIFESTS, files_of_cluster
from sluicegate.specs import layout
from sluicegate.specs.repository import Environments, environments
from sluicegate.specs.tree import WorkTree

OWN_FOLDERS = (layout.MODELS, layout.ENVIRONMENTS, "charts", ".github")


@dataclass(frozen=True)
class Wanted:
    """What the repository is to have; without a `setup` nothing for GitHub, without `renew` nothing anew."""

    environment: str
    cluster: Cluster | None
    setup: Setup | None
    renew: bool = False


@dataclass(frozen=True)
class Init:
    """What is to be written into a folder, and what else lies there."""

    files: list[Planned]
    others: list[str]
    """Names that neither git nor Sluicegate has there; none where it is a repository of models already."""


def init_plan(root: Path, wanted: Wanted) -> Init:
    """What init would do there. Raises InputError for what cannot be, or is in the way."""
    there = environments(WorkTree(root)) if root.is_dir() else Environments({}, {})
    files: dict[str, str] = beginning()
    if not there.names:
        files |= environment_files(wanted.environment, (), wanted.cluster, there)
    renewed: set[str] = set()
    earlier: dict[str, str] = {}
    if wanted.cluster is not None or (wanted.renew and (root / layout.SERVING_CHART).is_dir()):
        charts = files_of_cluster(wanted.cluster.chart if wanted.cluster else None)
        files |= charts
        renewed |= charts.keys() - set(MANIFESTS)
    if wanted.setup is not None:
        workflows = ours(wanted.setup)
        files |= workflows | companions(wanted.setup)
        renewed |= workflows.keys()
        earlier = with_less_known(wanted.setup)
    planned = plan(root, files, renewed if wanted.renew else (), earlier)
    known = (root / layout.MODELS).is_dir() or bool(there.names)
    return Init(planned, [] if known else others(root, [*files, *OWN_FOLDERS]))
