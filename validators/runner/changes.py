"""From changed paths to what they mean: which models to judge, and what else was touched. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_MODEL = re.compile(r"models/(?P<name>[^/]+)(?P<inside>/.*)?", re.DOTALL)
_ENVIRONMENT = re.compile(r"environments/[^/]+/environment\.yaml", re.DOTALL)
_PLACED = re.compile(
    r"environments/(?P<environment>[^/]+)/((?P<model>[^/]+)/)?(values|environment|release)\.yaml", re.DOTALL
)
"""What decides how a model, or every model of an environment, is placed there."""
_CHART = re.compile(r"charts/(onnx-serving|schemas)/.*", re.DOTALL)
_GATE = re.compile(r"charts/gate/.*|environments/gate\.yaml", re.DOTALL)
_BESIDE_MODELS = frozenset({"model.schema.json", "README.md"})
"""Plain files that stand in `models/` itself."""


@dataclass(frozen=True)
class Changes:
    """What a change touches."""

    paths: tuple[str, ...]
    """Every path that differs, in git's order."""
    models: tuple[str, ...]
    """Names of models with a changed file; of those that are gone as well."""
    environments: tuple[str, ...]
    """Paths of changed environment.yaml files."""
    removed: frozenset[str]
    """Paths that are gone."""
    charts: bool = False
    """Whether the serving chart, or what its manifests are held against, changed: all that is rendered."""
    gate: bool = False
    """Whether the gate's own chart, or what people set of it, changed."""
    placed: frozenset[tuple[str, str | None]] = frozenset()
    """(environment, model) of which a value changed; None for every model of the environment."""

    def renders_anew(self, environment: str, model: str) -> bool:
        """Whether the manifests of a model in an environment may differ, whatever the model itself does."""
        return self.charts or not self.placed.isdisjoint({(environment, model), (environment, None)})


def changes(listed: Iterable[tuple[str, str]]) -> Changes:
    """What `(status, path)` pairs as `git diff-tree --name-status` gives them mean (D is deleted).

    A name directly in `models/` counts as a model, even as a file or a link: it is then judged, and refused.
    """
    pairs = list(listed)
    models = dict.fromkeys(name for _, path in pairs if (name := model_of(path)) is not None)
    return Changes(
        paths=tuple(path for _, path in pairs),
        models=tuple(models),
        environments=tuple(path for _, path in pairs if _ENVIRONMENT.fullmatch(path)),
        removed=frozenset(path for status, path in pairs if status == "D"),
        charts=any(_CHART.fullmatch(path) for _, path in pairs),
        gate=any(_GATE.fullmatch(path) for _, path in pairs),
        placed=frozenset(
            (found["environment"], found["model"]) for _, path in pairs if (found := _PLACED.fullmatch(path))
        ),
    )


def model_of(path: str) -> str | None:
    """The name of the model whose file this is; None for any other file."""
    found = _MODEL.fullmatch(path)
    if found is None or (found["inside"] is None and found["name"] in _BESIDE_MODELS):
        return None
    return found["name"]
