"""The serving chart, rendered for one model in the states of a release, and checked against the schemas.

Both tools are children with limits, on a copy of the plain files that they need; neither gets a kubeconfig
or a token to use. Nothing holds them back from the network, so no file may send them there: a schema that
refers to anything but itself, and a subchart, are refused before (`sluicegate.validators.helm.chart_files`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sluicegate.gate.core.change import finished, moved, same, started
from sluicegate.specs.layout import SERVING_CHART
from sluicegate.specs.release import Release, Version
from sluicegate.specs.release_file import render as release_text
from sluicegate.specs.tree import Tree
from sluicegate.validators.helm.chart_files import copy_chart, copy_schemas
from sluicegate.validators.helm.command import TOOL, ToolError, run, tool
from sluicegate.validators.helm.faults import Fault, helm_faults, schema_faults, shortened
from sluicegate.validators.helm.values import Values
from sluicegate.validators.runner.limits import Limits

HELM = "Install Helm 3.19 or later"
KUBECONFORM = "Install kubeconform 0.7 or later"
KUBERNETES = "1.35.0"
"""The version of Kubernetes to render for: the newest that the chart knows; Argo CD takes the real one."""
RELEASED = "as released"
FINISHED = "finished"
SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)
"""When a state that is made up began: it says nothing, and no template may ask."""


@dataclass(frozen=True)
class State:
    """A state of a release, in words, and as release.yaml."""

    name: str
    release: bytes
    serves: bool
    """Whether it has a track, so that something must be rendered."""


@dataclass(frozen=True)
class Rendered:
    """The outcome for some states: how many objects each has, and what is wrong."""

    states: int
    objects: Mapping[str, int]
    faults: tuple[Fault, ...]
    manifests: Mapping[str, bytes] = field(default_factory=dict)
    """By the state's name: what was rendered."""


def states(
    release: Release, version: Version, committed: bytes | None, *, baseline: bool = False
) -> list[State]:
    """The states to render: as it is, and the way of a version that comes next; 5 % represents every weight.

    `baseline`: whether one runs at such a weight.
    `version` is the one that comes; where it is stable already, the number after it, of the same bytes.
    """
    stable = release.stable
    if stable is not None and (same(version, stable) or version.version <= stable.version):
        version = Version(stable.version + 1, "0" * 40, stable.digest)
    dark = started(release, version, SOME_DAY)
    share = 5 if stable is not None else 100
    by_name = {
        "dark canary": dark,
        f"canary at {share} %": moved(dark, share, None, SOME_DAY, baseline=baseline and stable is not None),
        FINISHED: finished(dark, version, SOME_DAY),
    }
    every = [State(name, release_text(state), True) for name, state in by_name.items()]
    if committed is not None:
        every.insert(0, State(RELEASED, committed, bool(stable or release.canary)))
    return every


class Charts:
    """A chart of a tree, and the schemas to check it against, copied into a folder once.

    Raises ChartError: no chart, no schemas, a link in them, one that is far too large, a subchart, a schema
    that refers elsewhere; and ToolAbsent. A schema of manifests that the base has is taken from there: a pull
    request does not loosen what it is judged by.
    """

    def __init__(
        self, tree: Tree, base: Tree | None, folder: Path, limits: Limits = TOOL, path: str = SERVING_CHART
    ) -> None:
        self.folder = folder
        self.limits = limits
        folder.mkdir(parents=True, exist_ok=True)
        copy_chart(tree, path, folder / "chart")
        copy_schemas(tree, base, folder / "schemas")
        self.helm = tool("helm", "SLUICE_HELM", HELM)
        self.kubeconform = tool("kubeconform", "SLUICE_KUBECONFORM", KUBECONFORM)

    def render(self, model: str, namespace: str, values: Values, states: Sequence[State]) -> Rendered:
        """Render these states, and judge what comes out. `values` are all files but release.yaml."""
        names: list[str] = []
        for number, document in enumerate(values.files[1:]):
            names.append(f"values-{number}.yaml")
            (self.folder / names[number]).write_bytes(document.text)
        names.append("release.yaml")
        objects: dict[str, int] = {}
        faults: list[Fault] = []
        manifests: dict[str, State] = {}
        texts: dict[str, bytes] = {}
        for number, state in enumerate(states):
            (self.folder / "release.yaml").write_bytes(state.release)
            options = [f"--namespace={namespace}", f"--kube-version={KUBERNETES}"]
            options += [f"--values={name}" for name in names]
            try:
                done = run([self.helm, "template", model, "chart", *options], self.folder, self.limits)
            except ToolError as problem:
                faults.append(Fault(state.name, f"helm {problem}"))
                continue
            if done.code:
                faults += helm_faults(state.name, done.stderr, values)
                continue
            rendered = self.folder / f"state-{number}.yaml"
            rendered.write_bytes(done.output)
            manifests[rendered.name] = state
            texts[state.name] = done.output
            objects[state.name] = len(re.findall(rb"^kind:", done.output, re.MULTILINE))
            if state.serves and not objects[state.name]:
                faults.append(Fault(state.name, "the chart renders nothing"))
        return Rendered(len(states), objects, (*faults, *self._judged(manifests)), texts)

    def _judged(self, manifests: Mapping[str, State]) -> Iterator[Fault]:
        if not manifests:
            return
        schema = "schemas/{{ .ResourceKind }}{{ .KindSuffix }}.json"
        options = ["-strict", "-output=json", "-n=1", f"-schema-location={schema}"]
        try:
            done = run([self.kubeconform, *options, *manifests], self.folder, self.limits)
            resources = json.loads(done.output)["resources"] or []
        except (ToolError, ValueError, KeyError, TypeError) as problem:
            yield Fault("every state", f"kubeconform: {problem}")
            return
        for resource in resources:
            state = manifests.get(resource.get("filename"))
            yield from schema_faults(resource, state.name if state else "every state")
        if done.code and not resources:
            yield Fault(
                "every state", f"kubeconform ended with exit code {done.code}: {shortened(done.stderr)}"
            )
