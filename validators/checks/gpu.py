"""Whether an environment has enough GPUs for all its models at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from sluicegate.specs.environment import EnvironmentSpec, GpuPool
from sluicegate.specs.layout import model_directory
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.repository import Environments, models_of
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import Document, InputError, Problem
from sluicegate.validators.helm.baseline import rules_that_count
from sluicegate.validators.helm.chart_files import ChartError
from sluicegate.validators.helm.gpu_packing import Need, fit
from sluicegate.validators.helm.gpu_requests import bytes_of, peak_request, resource, unit_memory
from sluicegate.validators.helm.pinned_chart import charted
from sluicegate.validators.helm.values import Values, values
from sluicegate.validators.runner.finding import Finding, Position, fail, inconclusive, passed, refused
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.candidate import Load

DECLARE = "Declare the pool: `gpu_pool: {name: ..., nodes: ..., resources: {nvidia.com/gpu: ...}}`."
SMALLER = (
    "Set `strategy: {kind: Recreate}` or `maxSurge: 0` for one of them, lower its replicas or its scaler's "
    "maximum, let several share a GPU, or add nodes to the pool and to gpu_pool."
)
VERDICTS: dict[str, Callable[..., Finding]] = {
    "fits": passed,
    "cannot": fail,
    "unknown": inconclusive,
}
Requests = dict[str, tuple[Values, ModelSpec | None]]
"""By model, its values in an environment, and its model.yaml where that can be read."""


@check("gpu-fit", family="gpu", remedy=SMALLER)
def gpu_fit(tree: Tree, base_tree: Tree | None, load: Load, environments: Environments) -> Iterator[Finding]:
    """Every environment has enough GPUs for all its models: stable, canary and surge at once.

    Counted at the worst moment: each scaler at its maximum, each canary at its largest weight (or with its
    baseline, where both are more; it runs where the model's rules or the base's have one), a rolling update
    under way, pods placed whole on nodes; with `surge` the way back, on which stable's pods come before the
    canary's go. A pod that finds no GPU waits, and with it
    the release, or a stable pod that was drained. Memory that model.yaml names is checked against one unit's.
    """
    judged = False
    for name, environment in environments.specs.items():
        if environment.traffic != "embedded":
            judged = True
            yield from _environment(tree, base_tree, load, *environments.read[name])
    for name in environments.unreadable:
        judged = True
        yield _unreadable(name)
    if not judged:
        yield passed("no environment runs in a cluster: nothing asks a pool for GPUs")


@check("environment-gpus", family="gpu", scope="environment", remedy=SMALLER)
def environment_gpus(
    environment: str, environments: Environments, tree: Tree, base_tree: Tree | None, load: Load
) -> Iterator[Finding]:
    """An environment that a change touches has enough GPUs for all its models at once.

    Counted as gpu-fit counts them: a smaller pool, a larger chart default or another model's values can leave
    pods without a GPU, whether or not a model is judged.
    """
    if environment in environments.unreadable:
        yield _unreadable(environment)
    elif environment not in environments.read:
        yield passed(f"{environment} is removed, and asks for no GPU")
    elif environments.specs[environment].traffic == "embedded":
        yield passed(f"{environment} is embedded: nothing asks a pool for GPUs")
    else:
        yield from _environment(tree, base_tree, load, *environments.read[environment])


def _unreadable(name: str) -> Finding:
    return inconclusive(f"{name}: not counted, its environment.yaml cannot be read")


def _environment(
    tree: Tree, base: Tree | None, load: Load, written: Document, environment: EnvironmentSpec
) -> Iterator[Finding]:
    requests: Requests = {}
    needs: list[Need] = []
    faults: dict[Problem, None] = {}
    try:
        rendered_from = charted(tree, environment, stranger=base is not None)
    except ChartError as absent:
        at = Position(written.path, *written.position(("spec", "chart")))
        yield fail(f"{environment.name}: not counted: {absent.message}", at, remedy=absent.remedy)
        return
    for model in models_of(tree, environment.name):
        try:
            helm_values = values(rendered_from, environment.name, model)
            spec = _spec(tree, load, model)
            rules = None if spec is None else rules_that_count(spec, environment, base, load)
            # All of the traffic where the steps are not known.
            weights = (100,) if rules is None else rules.steps
            runs_one = helm_values.get("tracks", "baseline") is not None
            baseline = runs_one or (rules is not None and rules.baseline)
            need = peak_request(model, helm_values, weights, baseline=baseline)
        except InputError as error:
            faults |= dict.fromkeys(error.problems)
            continue
        if need is not None:
            requests[model] = (helm_values, spec)
            needs.append(need)
    for problem in faults:
        yield refused(problem, f"{environment.name}: ")
    at = Position(written.path, *written.position(("spec", "gpu_pool")))
    if not needs:
        if not faults:
            yield passed(f"{environment.name}: no model asks for a GPU", at)
        return
    if environment.gpu_pool is None:
        names = ", ".join(f"{need.model} ({need.resource})" for need in needs)
        message = f"{environment.name} has no gpu_pool, and GPUs are asked for by {names}"
        position = requests[needs[0].model][0].position(("gpu", "kind"))
        yield fail(message, position, remedy=f"{DECLARE} In {written.path}; or set `gpu: {{kind: none}}`.")
        return
    yield from _resources(environment.name, environment.gpu_pool, needs, requests, at)
    for model, (helm_values, spec) in requests.items():
        yield from _memory(environment.name, environment.gpu_pool, model, helm_values, spec)


def _resources(
    environment: str, pool: GpuPool, needs: list[Need], requests: Requests, at: Position
) -> Iterator[Finding]:
    """Each resource by itself: no pod asks for two."""
    for name in sorted({need.resource for need in needs}):
        own = sorted((one for one in needs if one.resource == name), key=lambda one: (-one.total, one.model))
        names = ", ".join(map(str, own))
        if name not in pool.resources:
            position = requests[own[0].model][0].position(("gpu", "kind"))
            message = f"{environment}: no node of {pool.name} advertises {name}, asked for by {names}"
            remedy = f"Ask for one of {', '.join(pool.resources)}, or correct gpu_pool."
            yield fail(message, position, remedy=remedy)
            continue
        each = pool.resources[name]
        total = sum(one.total for one in own)
        pods: Counter[int] = Counter()
        for one in own:
            pods[one.units] += one.pods
        answer, why = fit(pods, pool.nodes, each)
        message = (
            f"{environment}: needs {total} of {pool.nodes * each} {name} ({pool.nodes} nodes with {each} "
            f"each; stable+canary+surge): {names}"
        )
        if answer != "fits":
            message += f"; {why}"
        yield VERDICTS[answer](message, at, observed=total, threshold=pool.nodes * each)


def _memory(
    environment: str, pool: GpuPool, model: str, helm_values: Values, spec: ModelSpec | None
) -> Iterator[Finding]:
    """What model.yaml says that a replica takes, against what one pod's units have."""
    declared = spec.serving.gpu.memory if spec is not None else None
    name = resource(helm_values)
    if declared is None or name is None:
        return
    whole, unit = unit_memory(pool, name)
    position = helm_values.position(("gpu",))
    takes = f"{environment}: {model} takes {declared} of GPU memory"
    if whole is None or unit is None:
        message = f"{takes}; gpu_pool does not say what {name} has"
        yield inconclusive(message, position, remedy=f"Add `memory: {{{name}: ...}}` to gpu_pool.")
        return
    count = helm_values.get("gpu", "count", default=1)
    needed = bytes_of(declared)
    available = unit * count
    message = f"{takes}, and {count} {name} have {_gib(available)}"
    shared = pool.sharing.get(name)
    if needed <= available:
        yield passed(message, position, observed=needed, threshold=available)
    elif shared is not None and shared.kind == "time-slicing" and needed <= whole * count:
        message += f" when {shared.replicas} pods share evenly; time-slicing limits nobody"
        yield inconclusive(message, position, observed=needed, threshold=available)
    else:
        remedy = "Ask for more units, a larger MIG profile or a whole GPU, or correct serving.gpu.memory."
        yield fail(message, position, observed=needed, threshold=available, remedy=remedy)


def _spec(tree: Tree, load: Load, model: str) -> ModelSpec | None:
    """model.yaml, or None: it may be another model's fault, which that one's own check reports."""
    try:
        return load(tree, model_directory(model))[1]
    except InputError:
        return None


def _gib(size: int) -> str:
    return f"{size / (1 << 30):g}Gi"
