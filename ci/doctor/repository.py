"""The repository: what its own environments, models and workflows need of this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sluicegate.ci.commands._checkout import checkout
from sluicegate.ci.doctor import Line, Patient, line
from sluicegate.ci.scaffold.repository import WORKFLOWS
from sluicegate.gate.adapters.git.command import GitError, run
from sluicegate.gate.adapters.git.identity import identity
from sluicegate.gate.adapters.git.repository import MAIN
from sluicegate.gate.daemon.code import code_commit
from sluicegate.specs import layout
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.repository import Environments, environments, models
from sluicegate.specs.tree import WorkTree
from sluicegate.validators.helm.chart import HELM, KUBECONFORM
from sluicegate.validators.helm.command import ToolAbsent, tool
from sluicegate.validators.providers.advisories import ASKED, PROGRAM, is_asked, program
from sluicegate.validators.runner.inputs import Unavailable

_USES = re.compile(r"uses: [^\s@]+/ci@([0-9a-f]{40})")


def lines(patient: Patient) -> Iterator[Line]:
    """What this repository asks for beside what any does."""
    yield _git()
    yield _contents(patient)
    yield _branch(patient)
    yield _identity(patient)
    served = in_clusters(patient)
    for name, variable, remedy in (
        ("helm", "SLUICE_HELM", HELM), ("kubeconform", "SLUICE_KUBECONFORM", KUBECONFORM),
    ):  # fmt: skip
        yield _tool(name, variable, remedy, [one.name for one in served])
    yield _deepchecks(patient)
    yield _pip_audit()
    if served:
        yield _charts(patient)
    yield from _behind(patient)


def in_clusters(patient: Patient) -> list[EnvironmentSpec]:
    """The environments of a cluster."""
    return [one for one in _read(patient).specs.values() if one.traffic != "embedded"]


def pools(patient: Patient) -> list[str]:
    """The environments with a pool of GPUs."""
    return [one.name for one in _read(patient).specs.values() if one.gpu_pool is not None]


def _read(patient: Patient) -> Environments:
    return environments(WorkTree(patient.root))


def _git() -> Line:
    try:
        found = run(None, "--version").decode("utf-8", "replace").strip()
    except GitError as problem:
        return line("git", False, problem.message, "every command", problem.remedy)
    return line("git", True, found.removeprefix("git version "), "every command", "")


def _contents(patient: Patient) -> Line:
    there = _read(patient)
    count = len(models(WorkTree(patient.root)))
    found = f"{count} models, environments: {', '.join(there.specs) or 'none'}"
    remedy = "sluice init"
    if there.unreadable:
        found += f"; cannot be read: {', '.join(there.unreadable)}"
        remedy = "sluice validate --all says at which line"
    good = bool(there.specs) and not there.unreadable
    return line("repository", good, found, "to judge and release models", remedy)


def _branch(patient: Patient) -> Line:
    other = checkout(patient.root).branch_instead_of_main()
    found = MAIN if other is None else f"{other}, and there is no {MAIN}"
    remedy = f"git branch -m {MAIN}"
    return line("branch", other is None, found, "gate, workflows and `sluice up`, which follow it", remedy)


def _identity(patient: Patient) -> Line:
    try:
        person = identity(patient.root)
    except GitError as problem:
        person = None
        found = problem.message
    else:
        found = person or "git has no user here"
    return line(
        "identity", person is not None, found, "commits, and commands of people (sluice gate hold)",
        "git config user.name NAME && git config user.email ADDRESS",
    )  # fmt: skip


def _tool(name: str, variable: str, remedy: str, served: list[str]) -> Line:
    purpose = f"to render what {', '.join(served)} would apply" if served else "environments in a cluster"
    try:
        return line(name, True, str(tool(name, variable, remedy)), purpose, "", needed=bool(served))
    except ToolAbsent as problem:
        return line(name, False, problem.message, purpose, problem.remedy, needed=bool(served))


def _deepchecks(patient: Patient) -> Line:
    from sluicegate.ci.doctor.machine import has

    there = has("deepchecks")
    return line(
        "deepchecks", there, "installed" if there else "not installed",
        "data-drift and deepchecks-conditions: without it no run is complete, and no version starts",
        "pip install 'sluicegate[data]', on Python 3.11 or 3.12",
        needed=bool(models(WorkTree(patient.root))),
    )  # fmt: skip


def _pip_audit() -> Line:
    asked = is_asked()
    purpose = f"known-vulnerabilities, where {ASKED} asks for it"
    try:
        return line(PROGRAM, True, str(program()), purpose, "", needed=asked)
    except Unavailable as problem:
        return line(PROGRAM, False, problem.reason, purpose, problem.remedy or "", needed=asked)


def _charts(patient: Patient) -> Line:
    chart = layout.SERVING_CHART
    served = in_clusters(patient)
    pinned = [one.chart for one in served if one.chart is not None]
    if len(pinned) == len(served):
        found = ", ".join(sorted({f"{pin.repository}:{pin.version}" for pin in pinned}))
        return line("charts", True, found, "Argo CD renders it", "")
    there = (patient.root / chart / "Chart.yaml").is_file()
    return line(
        "charts", there, chart if there else f"no {chart}", "Argo CD renders it",
        "sluice vendor writes it",
    )  # fmt: skip


def _behind(patient: Patient) -> Iterator[Line]:
    """Whether the workflows judge by the code that runs here."""
    commits = set()
    for name in WORKFLOWS:
        file = patient.root / f".github/workflows/sluice-{name}.yaml"
        if file.is_file():
            commits |= set(_USES.findall(file.read_text(encoding="utf-8", errors="replace")))
    own = code_commit()
    if commits:
        same = commits == {own}
        others = ", ".join(sorted(commit[:12] for commit in commits))
        yield Line(
            "workflows", "ok" if same else "missing", f"the jobs use {others}, this is {own[:12]}",
            "that a job judges as this machine does",
            "sluice init --update --action OWNER/SLUICEGATE@COMMIT",
            needed=False,
        )  # fmt: skip
