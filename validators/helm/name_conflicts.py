"""Names that would be one and the same in a cluster, though git tells them apart. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.yamlio import Location


@dataclass(frozen=True)
class NameConflict:
    """Two models or environments that share a name: who, what they share, where it is set, the remedy."""

    environments: tuple[str, str]
    models: tuple[str, str] | None
    """None where it is the environments themselves, whatever they serve."""
    location: Location
    """In the environment.yaml of the second of `environments`."""
    message: str
    remedy: str


def name_conflicts(
    environments: Sequence[EnvironmentSpec], models: Mapping[str, Collection[str]]
) -> Iterator[NameConflict]:
    """Every name that two of them share; `models` are those of an environment, by its name.

    Argo CD has one Application `ENVIRONMENT-MODEL` for each, all in one namespace; a namespace of a cluster
    holds one environment; and Traefik counts by `NAMESPACE-MODEL`. An embedded environment has none of these.
    """
    in_clusters = sorted(
        (spec for spec in environments if spec.traffic != "embedded"), key=lambda spec: spec.name
    )
    yield from _namespaces(in_clusters)
    pairs = [(spec, model) for spec in in_clusters for model in sorted(models.get(spec.name, ()))]
    applications: dict[str, tuple[EnvironmentSpec, str]] = {}
    counted: dict[tuple[str, str], tuple[EnvironmentSpec, str]] = {}
    for spec, model in pairs:
        name = f"{spec.name}-{model}"
        first, other = applications.setdefault(name, (spec, model))
        if first is not spec:
            yield NameConflict(
                (first.name, spec.name),
                (other, model),
                ("metadata", "name"),
                f"{model} here and {other} in {first.name} are one Application of Argo CD: {name}",
                "call the environment or the model otherwise",
            )
        joined = f"{spec.namespace}-{model}"
        first, other = counted.setdefault((spec.cluster, joined), (spec, model))
        if first.namespace != spec.namespace:
            yield NameConflict(
                (first.name, spec.name),
                (other, model),
                ("spec", "namespace"),
                f"{model} here and {other} in {first.name} are one to a gateway that counts by {joined} "
                f"in the cluster {spec.cluster}",
                "call the namespace or the model otherwise",
            )


def _namespaces(in_clusters: Sequence[EnvironmentSpec]) -> Iterator[NameConflict]:
    first_names: dict[tuple[str, str], str] = {}
    for spec in in_clusters:
        first = first_names.setdefault((spec.cluster, spec.namespace), spec.name)
        if first != spec.name:
            yield NameConflict(
                (first, spec.name),
                None,
                ("spec", "namespace"),
                f"the namespace {spec.namespace} of the cluster {spec.cluster} is {first}'s already",
                "give each environment a namespace of its own: their objects have the same names",
            )
