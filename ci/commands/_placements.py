"""What a change of the chart, of values or of an environment does to models that it leaves alone."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sluicegate.ci.bootstrap.gate import gate_values
from sluicegate.ci.bootstrap.options import GateOptions, InstallOptions
from sluicegate.ci.model_reader import load
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.checks.gate_chart import CHART as GATE_CHART
from sluicegate.validators.checks.gate_chart import VALUES as GATE_VALUES
from sluicegate.validators.checks.gate_chart import gate_renders
from sluicegate.validators.helm.values import environments, models, there, values
from sluicegate.validators.runner.candidate import Candidate
from sluicegate.validators.runner.changes import Changes
from sluicegate.validators.runner.finding import Finding, inconclusive, passed
from sluicegate.validators.runner.inputs import Inputs
from sluicegate.validators.runner.judge import judge
from sluicegate.validators.runner.registry import Check

RENDER, GPU = "chart-renders", "gpu-fit"
MOST = 200
"""Pairs of a model and an environment that one run renders, about a second each."""


def placements(
    changed: Changes, head: Tree, base: Tree, judged: Sequence[Candidate], to_run: Mapping[str, Check]
) -> Iterator[Finding]:
    """Findings about models that are not `judged` themselves: whether they render, and find their GPUs.

    And whether the gate renders, where it or what it looks at changed.
    """
    every = environments(head)
    in_cluster = [name for name, (_, spec) in every.read.items() if spec.traffic != "embedded"]
    done = {subject.model for subject in judged}
    pairs = [
        (name, model)
        for name in in_cluster
        for model in models(head, name)
        if model not in done and changed.renders_anew(name, model)
    ]
    touched = tuple(name for name in in_cluster if _touched(changed, name))
    if GPU in to_run and touched and not judged:
        yield from _judged(to_run[GPU], Candidate("", "", head, load, base=base, environments=touched))
    if RENDER in to_run and pairs:
        yield from _renders(to_run[RENDER], pairs, head, base, changed)
    elif RENDER in to_run and not judged and not in_cluster and changed.charts:
        yield replace(passed("nothing to render: no environment runs in a cluster"), check=RENDER)
    moved = changed.gate or (bool(in_cluster) and (changed.charts or bool(changed.environments)))
    if RENDER in to_run and moved and (head.entries(GATE_CHART) or there(head, GATE_VALUES)):
        served = [every.read[name][1] for name in in_cluster]
        yield from _gate(to_run[RENDER], head, base, served, {*every.read, *every.unreadable})


def _touched(changed: Changes, environment: str) -> bool:
    return changed.charts or any(name == environment for name, _ in changed.placed)


def _renders(
    check: Check, pairs: Sequence[tuple[str, str]], head: Tree, base: Tree, changed: Changes
) -> Iterator[Finding]:
    """One of each kind, by environment: those that have the same values differ in name and digest alone."""
    kinds: dict[_Kind, list[str]] = {}
    for environment, model in pairs:
        kinds.setdefault(_kind(head, environment, model), []).append(model)
    chosen: dict[str, list[str]] = {}
    beyond, alike = [], []
    for number, (kind, same) in enumerate(kinds.items()):
        longest = max(same, key=len)
        if number >= MOST:
            beyond += [f"{kind.environment}/{model}" for model in same]
            continue
        chosen.setdefault(longest, []).append(kind.environment)
        if len(same) > 1:
            others = [model for model in same if model != longest]
            alike.append(f"{kind.environment}: {longest} stands for {_some(others)}")
    for model, names in chosen.items():
        subject = Candidate(model, f"models/{model}", head, load, None, base, changed.paths, tuple(names))
        yield from _judged(check, subject)
    for text in alike:
        message = f"{text}, which have the same values"
        yield replace(passed(message), check=check.id)
    if beyond:
        remedy = "Split the change; `sluice validate --all --check chart-renders` renders without a limit."
        text = f"not rendered, beyond the first {MOST}: {_some(beyond)}"
        yield replace(inconclusive(text, remedy=remedy), check=check.id)


@dataclass(frozen=True)
class _Kind:
    """What manifests depend on, names and digests apart; `model` where these decide as well."""

    environment: str
    own: bytes | None = None
    tracks: tuple[bool, bool] = (False, False)
    drift: bool = False
    model: str | None = None


def _kind(tree: Tree, environment: str, model: str) -> _Kind:
    """The kind of a pair; one of its own where a file cannot be read, or a digest is looked up in values."""
    own = f"environments/{environment}/{model}/values.yaml"
    try:
        given = values(tree, environment, model)
        spec = load(tree, f"models/{model}")[1]
        text = tree.read(own) if there(tree, own) else None
    except InputError:
        return _Kind(environment, model=model)
    return _Kind(
        environment,
        text,
        (given.get("tracks", "stable") is not None, given.get("tracks", "canary") is not None),
        any(gate.metric == "score_drift" for gate in spec.rollout.gates),
        model if given.get("artifacts", "imageVolume", "enabled") else None,
    )


def _judged(check: Check, subject: Candidate) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory(prefix="sluice-validate-") as workdir:
        yield from judge(check, Inputs({"subject": subject, "workdir": Path(workdir)}))


def _gate(
    check: Check, head: Tree, base: Tree, served: Sequence[EnvironmentSpec], known: Collection[str]
) -> Iterator[Finding]:
    """The gate's chart, with what `sluice bootstrap` would say; its image is any."""
    gate = GateOptions("localhost/gate", f"sha256:{'0' * 64}", "sluicegate", "sluicegate-repo")
    installed = gate_values(served, InstallOptions(repo=""), gate)
    own = replace(
        check, function=gate_renders, needs=("tree", "base", "installed", "environments", "workdir")
    )
    with tempfile.TemporaryDirectory(prefix="sluice-validate-") as workdir:
        given = {"tree": head, "base": base, "installed": installed, "environments": known}
        yield from judge(own, Inputs({**given, "workdir": Path(workdir)}))


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
