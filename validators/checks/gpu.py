"""Whether the GPUs of an environment suffice for all its models at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from sluicegate.specs.environment import EnvironmentSpec, GpuPool
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import policy
from sluicegate.specs.yamlio import Document, InputError, Problem
from sluicegate.validators.helm.gpu_packing import Need, fit
from sluicegate.validators.helm.gpu_requests import bytes_of, need, resource, room
from sluicegate.validators.helm.values import Environments, Values, models, values
from sluicegate.validators.runner.candidate import Candidate
from sluicegate.validators.runner.finding import Finding, Place, fail, inconclusive, passed
from sluicegate.validators.runner.registry import check

DECLARE = "Declare the pool: `gpu_pool: {name: ..., nodes: ..., resources: {nvidia.com/gpu: ...}}`."
SMALLER = (
    "Set `strategy: {kind: Recreate}` or `maxSurge: 0` for one of them, lower its replicas or its scaler's "
    "maximum, let several share a GPU, or add nodes to the pool and to gpu_pool."
)
Asked = tuple[Values, ModelSpec | None]
"""A model's values in an environment, and its model.yaml where that can be read."""


@check("gpu-fit", family="gpu", remedy=SMALLER)
def gpu_fit(subject: Candidate, environments: Environments) -> Iterator[Finding]:
    """The GPUs of every environment suffice for all its models: stable, canary and surge at once.

    Counted at the worst moment: each scaler at its maximum, each canary at its largest weight, a rolling
    update under way, pods placed whole on nodes. A pod that finds no GPU waits, and with it the release, or
    a stable pod that was drained. Memory that model.yaml names is held against one unit's.
    """
    judged = False
    for written, environment in environments.read.values():
        if environment.traffic != "embedded":
            judged = True
            yield from _environment(subject, written, environment)
    for name in environments.unreadable:
        judged = True
        yield inconclusive(f"{name}: not counted, its environment.yaml cannot be read")
    if not judged:
        yield passed("no environment runs in a cluster: nothing asks a pool for GPUs")


def _environment(subject: Candidate, written: Document, environment: EnvironmentSpec) -> Iterator[Finding]:
    asked: dict[str, Asked] = {}
    needs: list[Need] = []
    faults: list[Problem] = []
    for model in models(subject.tree, environment.name):
        try:
            given = values(subject.tree, environment.name, model)
            spec = _spec(subject, model)
            one = need(model, given, _weights(spec, environment))
        except InputError as error:
            faults += [problem for problem in error.problems if problem not in faults]
            continue
        if one is not None:
            asked[model] = (given, spec)
            needs.append(one)
    yield from (_unread(environment.name, problem) for problem in faults)
    at = Place(written.path, *written.place(("spec", "gpu_pool")))
    if not needs:
        if not faults:
            yield passed(f"{environment.name}: no model asks for a GPU", at)
        return
    if environment.gpu_pool is None:
        names = ", ".join(f"{one.model} ({one.resource})" for one in needs)
        place = asked[needs[0].model][0].place(("gpu", "kind"))
        message = f"{environment.name} has no gpu_pool, and GPUs are asked for by {names}"
        yield fail(message, place, remedy=f"{DECLARE} In {written.path}; or set `gpu: {{kind: none}}`.")
        return
    yield from _resources(environment.name, environment.gpu_pool, needs, asked, at)
    for model, (given, spec) in asked.items():
        yield from _memory(environment.name, environment.gpu_pool, model, given, spec)


def _resources(
    environment: str, pool: GpuPool, needs: list[Need], asked: dict[str, Asked], at: Place
) -> Iterator[Finding]:
    """Each resource by itself: no pod asks for two."""
    for name in sorted({one.resource for one in needs}):
        here = sorted((one for one in needs if one.resource == name), key=lambda one: (-one.total, one.model))
        names = ", ".join(map(str, here))
        if name not in pool.resources:
            place = asked[here[0].model][0].place(("gpu", "kind"))
            message = f"{environment}: no node of {pool.name} advertises {name}, asked for by {names}"
            remedy = f"Ask for one of {', '.join(pool.resources)}, or correct gpu_pool."
            yield fail(message, place, remedy=remedy)
            continue
        each, total = pool.resources[name], sum(one.total for one in here)
        pods: Counter[int] = Counter()
        for one in here:
            pods[one.units] += one.pods
        answer, why = fit(pods, pool.nodes, each)
        message = (
            f"{environment}: needs {total} of {pool.nodes * each} {name} ({pool.nodes} nodes with {each} "
            f"each; stable+canary+surge): {names}"
        )
        judge: dict[str, Callable[..., Finding]] = {"fits": passed, "cannot": fail, "unknown": inconclusive}
        told = message if answer == "fits" else f"{message}; {why}"
        yield judge[answer](told, at, observed=total, threshold=pool.nodes * each)


def _memory(
    environment: str, pool: GpuPool, model: str, given: Values, spec: ModelSpec | None
) -> Iterator[Finding]:
    """What model.yaml says that a replica takes, against what one pod's units have."""
    asked, name = spec.serving.gpu.memory if spec is not None else None, resource(given)
    if asked is None or name is None:
        return
    whole, unit = room(pool, name)
    place = given.place(("gpu",))
    if whole is None or unit is None:
        message = f"{environment}: {model} takes {asked} of GPU memory; gpu_pool does not say what {name} has"
        yield inconclusive(message, place, remedy=f"Add `memory: {{{name}: ...}}` to gpu_pool.")
        return
    count = given.get("gpu", "count", default=1)
    wanted, has = bytes_of(asked), unit * count
    figures = f"{environment}: {model} takes {asked} of GPU memory, and {count} {name} have {_gib(has)}"
    shared = pool.sharing.get(name)
    if wanted <= has:
        yield passed(figures, place, observed=wanted, threshold=has)
    elif shared is not None and shared.kind == "time-slicing" and wanted <= whole * count:
        message = f"{figures} when {shared.replicas} pods share evenly; time-slicing limits nobody"
        yield inconclusive(message, place, observed=wanted, threshold=has)
    else:
        remedy = "Ask for more units, a larger MIG profile or a whole GPU, or correct serving.gpu.memory."
        yield fail(figures, place, observed=wanted, threshold=has, remedy=remedy)


def _spec(subject: Candidate, model: str) -> ModelSpec | None:
    """model.yaml, or None: it may be another model's fault, which that one's own check reports."""
    try:
        return subject.load(subject.tree, f"models/{model}")[1]
    except InputError:
        return None


def _weights(spec: ModelSpec | None, environment: EnvironmentSpec) -> tuple[int, ...]:
    """The steps of a release there; all of the traffic where they are not known."""
    return policy(spec, environment).steps if spec is not None else (100,)


def _unread(environment: str, problem: Problem) -> Finding:
    where = f"{problem.where}: " if problem.where else ""
    at = Place(problem.path, problem.line, problem.column)
    return fail(f"{environment}: {where}{problem.message}", at, remedy=problem.remedy)


def _gib(size: int) -> str:
    return f"{size / (1 << 30):g}Gi"
