"""From changed paths to what they mean: which models to judge, and what else was touched. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sluicegate.specs import layout
from sluicegate.specs.layout import Deployment

NO_BASE = "nothing is compared: no base was given, as a pull request has one"


@dataclass(frozen=True)
class Changes:
    """What a change touches."""

    paths: tuple[str, ...]
    """Every path that differs, in git's order."""
    models: tuple[str, ...]
    """Names of models with a changed file; of those that are gone as well."""
    environments: tuple[str, ...]
    """Names of environments whose environment.yaml changed, or is gone."""
    releases: tuple[str, ...] = ()
    """Paths of changed release.yaml files; only the gate may touch one."""
    serving_chart: bool = False
    """Whether what every model's manifests depend on changed: the chart, or the schemas to check against."""
    gate_chart: bool = False
    """Whether the gate's own chart, or what people set of it, changed."""
    rendered: frozenset[Deployment] = frozenset()
    """Of which deployments a file that is rendered changed."""

    def affects(self, environment: str, model: str) -> bool:
        """Whether the manifests of a model in an environment may differ, whatever the model itself does."""
        deployments = {Deployment(environment, model), Deployment(environment, None)}
        return self.serving_chart or not self.rendered.isdisjoint(deployments)

    def touches(self, environment: str) -> bool:
        """Whether anything that is rendered in this environment may differ."""
        return self.serving_chart or any(one.environment == environment for one in self.rendered)


def changes(listed: Iterable[str]) -> Changes:
    """What these paths, each of which differs between two commits, mean.

    A name directly in `models/` counts as a model, even as a file or a link: it is then judged, and refused.
    """
    paths = tuple(listed)
    models = (layout.model_of(path) for path in paths)
    environments = (layout.environment_specified_by(path) for path in paths)
    rendered = (layout.rendered_from(path) for path in paths)
    return Changes(
        paths=paths,
        models=tuple(dict.fromkeys(name for name in models if name is not None)),
        environments=tuple(name for name in environments if name is not None),
        releases=tuple(path for path in paths if layout.released_by(path) is not None),
        serving_chart=any(map(layout.is_serving_chart, paths)),
        gate_chart=any(map(layout.is_gate_chart, paths)),
        rendered=frozenset(one for one in rendered if one is not None),
    )
