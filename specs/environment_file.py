"""Reading environment.yaml: its form, then the rules between its parts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TypeVar

from sluicegate.specs import plugins
from sluicegate.specs.callers import repeated
from sluicegate.specs.durations import duration
from sluicegate.specs.environment import EMBEDDED_ROUTER, EnvironmentManifest, EnvironmentSpec
from sluicegate.specs.release_windows import unusable
from sluicegate.specs.rules import named_as_directory, pauses_of_a_rollout, steps_of_a_rollout
from sluicegate.specs.shape import Shape
from sluicegate.specs.strictness import POLICY
from sluicegate.specs.yamlio import Document, InputError, Problem

T = TypeVar("T")


@cache
def environment_shape() -> Shape[EnvironmentManifest]:
    """The form of environment.yaml, with the names of the installed gateways. Raises PluginError."""
    return Shape(EnvironmentManifest)


def load_environment(document: Document) -> EnvironmentSpec:
    """The environment that the document declares.

    Raises InputError with a problem for every finding, PluginError.
    """
    manifest, problems = environment_shape().read(document, document.checked().value)
    if manifest is None:
        raise InputError(*problems)
    spec = EnvironmentSpec(**vars(manifest.metadata), **vars(manifest.spec))
    if broken := list(_broken_rules(spec, document)):
        raise InputError(*broken)
    return spec


def _broken_rules(spec: EnvironmentSpec, document: Document) -> Iterator[Problem]:
    yield from named_as_directory(document, ("metadata", "name"), spec.name)
    if spec.name in spec.upstream:
        yield document.problem(
            ("spec", "after"), "comes after itself", "name the environment before this one"
        )
    if len(set(spec.upstream)) < len(spec.upstream):
        yield document.problem(("spec", "after"), "names an environment twice", "name each once")
    if spec.bake is not None and not spec.upstream:
        message = "has nothing to bake in: no environment comes before this one"
        yield document.problem(("spec", "bake"), message, "leave `bake` out, or say `after` which it comes")
    yield from _measured(spec, document)
    yield from _pool(spec, document)
    yield from _freezes(spec, document)
    yield from repeated(document, ("spec", "callers"), spec.callers)
    yield from unusable(document, ("spec", "release_windows"), spec.release_windows)
    for section, steps in (("rollout", spec.rollout.steps), ("policy", spec.policy.steps)):
        if steps is not None:
            yield from steps_of_a_rollout(document, ("spec", section, "steps"), steps)
    if spec.rollout.pauses is not None:
        pauses = spec.rollout.pauses
        yield from pauses_of_a_rollout(document, ("spec", "rollout", "pauses"), pauses, spec.rollout.steps)
    yield from _below_the_floor(spec, document)


def _below_the_floor(spec: EnvironmentSpec, document: Document) -> Iterator[Problem]:
    """What the environment sets for all its models is not looser than the floor that it sets itself."""
    floor = vars(spec.policy)
    for name, value in vars(spec.rollout).items():
        least = floor.get(name)
        if value is None or least is None:
            continue
        as_number = duration if name in ("deadline", "window") else _itself
        if POLICY[name](as_number(least), as_number(value)) != as_number(value):
            message = f"{value} is looser than the floor's {least}, and would never count"
            yield document.problem(("spec", "rollout", name), message, "write what is stricter, or nothing")


def _itself(value: T) -> T:
    return value


def _freezes(spec: EnvironmentSpec, document: Document) -> Iterator[Problem]:
    """A freeze ends after it begins."""
    for number, freeze in enumerate(spec.freeze):
        if freeze.until <= freeze.start:
            location = ("spec", "freeze", number, "until")
            yield document.problem(location, "ends before it begins", "let it end after its beginning")


def _measured(spec: EnvironmentSpec, document: Document) -> Iterator[Problem]:
    """The figures of a gateway in the cluster are read through Prometheus, by the names of its own series.

    KServe's is not: whoever measures its revisions records them under the names of `sluice`.
    """
    if spec.traffic not in ("gateway-api", "istio"):
        return
    if spec.metrics.source == "scrape":
        message = f"reads the embedded router alone, and the traffic is split by {spec.traffic}"
        remedy = "write `source: prometheus`, with the URL of the cluster's Prometheus"
        yield document.problem(("spec", "metrics", "source"), message, remedy)
    if spec.metrics.gateway == EMBEDDED_ROUTER:
        message = f"{EMBEDDED_ROUTER!r} is the embedded router, and the traffic is split by {spec.traffic}"
        others = [name for name in plugins.GATEWAYS.names() if name != EMBEDDED_ROUTER]
        measured_by = "istio" if spec.traffic == "istio" else " or ".join(others)
        remedy = f"write `gateway: {measured_by}`"
        yield document.problem(("spec", "metrics", "gateway"), message, remedy)


def _pool(spec: EnvironmentSpec, document: Document) -> Iterator[Problem]:
    """Every resource that is named is one that the nodes have, and shares add up to whole GPUs."""
    pool = spec.gpu_pool
    if pool is None:
        return
    location = ("spec", "gpu_pool")
    for part in ("memory", "sharing"):
        for name in getattr(pool, part):
            if name not in pool.resources:
                remedy = f"name one of {', '.join(pool.resources)}"
                yield document.problem(
                    (*location, part, name), f"no node advertises {name!r}", remedy, key=True
                )
    for name, sharing in pool.sharing.items():
        units = pool.resources.get(name, 0)
        if units % sharing.replicas:
            message = f"{units} units are not a whole number of GPUs of {sharing.replicas} replicas each"
            remedy = f"count each shared unit: GPUs of a node times {sharing.replicas}"
            yield document.problem((*location, "resources", name), message, remedy)
