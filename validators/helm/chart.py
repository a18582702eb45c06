"""The serving chart, rendered for one model in the states of a release, and checked against the schemas.

Both tools are children with limits, on a copy of the plain files that they need; neither gets a kubeconfig
or a token to use. Nothing holds them back from the network, so no file may send them there: a schema that
refers to anything but itself, and a subchart, are refused before (`sluicegate.validators.helm.chart_files`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sluicegate.gate.core.change import finished, moved, same, started
from sluicegate.specs.layout import KUBERNETES_SCHEMAS, SERVING_CHART
from sluicegate.specs.release import Release, Version
from sluicegate.specs.release_file import render as release_text
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import Location
from sluicegate.validators.helm.chart_files import copy_chart, copy_schemas
from sluicegate.validators.helm.command import TOOL, ToolError, run, tool
from sluicegate.validators.helm.values import Values
from sluicegate.validators.runner.limits import Limits

HELM = "Install Helm 3.19 or later"
KUBECONFORM = "Install kubeconform 0.7 or later"
KUBERNETES = "1.35.0"
"""What the chart is told that it renders for: the newest that it knows; Argo CD renders for the real one."""
MAX_MESSAGE = 600
SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)
"""When a state that is made up began: it says nothing, and no template may ask."""
_AT = re.compile(r"- at '(?P<pointer>[^']*)': (?P<message>.*)")
_EXTRA = re.compile(r"additional propert\w+ (?P<names>'.*') not allowed")
_TEMPLATE = re.compile(r"execution error at \([^)]*\): (?P<message>.*)", re.DOTALL)
_PATH = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z0-9_-]+|\[[0-9]+\])*")


@dataclass(frozen=True)
class State:
    """A state of a release, in words, and as release.yaml."""

    name: str
    release: bytes
    serves: bool
    """Whether it has a track, so that something must be rendered."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a state's manifests; `location` is the path in the values, where it is known."""

    state: str
    message: str
    location: Location | None = None
    remedy: str | None = None


@dataclass(frozen=True)
class Rendered:
    """The outcome for some states: how many objects each has, and what is wrong."""

    states: int
    objects: Mapping[str, int]
    faults: tuple[Fault, ...]


def states(release: Release, version: Version, committed: bytes | None) -> list[State]:
    """The states to render: as it is, and the way of a version that comes next; 5 % stands for every weight.

    `version` is the one that comes; where it is stable already, the number after it, of the same bytes.
    """
    stable = release.stable
    if stable is not None and (same(version, stable) or version.version <= stable.version):
        version = Version(stable.version + 1, "0" * 40, stable.digest)
    dark = started(release, version, SOME_DAY)
    share = 5 if stable is not None else 100
    made = {
        "dark canary": dark,
        f"canary at {share} %": moved(dark, share, None, SOME_DAY),
        "finished": finished(dark, version, SOME_DAY),
    }
    found = [State(name, release_text(state), True) for name, state in made.items()]
    if committed is not None:
        found.insert(0, State("as released", committed, bool(stable or release.canary)))
    return found


class Charts:
    """A chart of a tree, and the schemas to check it against, copied into a folder once.

    Raises ChartError: no chart, no schemas, a link in them, one that is far too large, a subchart, a schema
    that refers elsewhere; and ToolAbsent. A schema of manifests that the base has is taken from there: a pull
    request does not loosen what it is judged by.
    """

    def __init__(
        self, tree: Tree, base: Tree | None, folder: Path, limits: Limits = TOOL, path: str = SERVING_CHART
    ) -> None:
        self.folder, self.limits = folder, limits
        folder.mkdir(parents=True, exist_ok=True)
        copy_chart(tree, path, folder / "chart")
        copy_schemas(tree, base, folder / "schemas")
        self.helm = tool("helm", "SLUICE_HELM", HELM)
        self.kubeconform = tool("kubeconform", "SLUICE_KUBECONFORM", KUBECONFORM)

    def render(self, model: str, namespace: str, values: Values, made: Sequence[State]) -> Rendered:
        """Render these states, and judge what comes out. `values` are all files but release.yaml."""
        given = ["release.yaml"]
        for number, document in enumerate(values.files[1:]):
            given.insert(number, f"values-{number}.yaml")
            (self.folder / given[number]).write_bytes(document.text)
        objects: dict[str, int] = {}
        faults: list[Fault] = []
        manifests: dict[str, State] = {}
        for number, state in enumerate(made):
            (self.folder / "release.yaml").write_bytes(state.release)
            options = [f"--namespace={namespace}", f"--kube-version={KUBERNETES}"]
            options += [f"--values={name}" for name in given]
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
            objects[state.name] = len(re.findall(rb"^kind:", done.output, re.MULTILINE))
            if state.serves and not objects[state.name]:
                faults.append(Fault(state.name, "the chart renders nothing"))
        return Rendered(len(made), objects, (*faults, *self._judged(manifests)))

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
            yield from _faults(resource, state.name if state else "every state")
        if done.code and not resources:
            yield Fault("every state", f"kubeconform ended with exit code {done.code}: {_short(done.stderr)}")


def _faults(resource: Mapping[str, Any], state: str) -> Iterator[Fault]:
    what = f"{resource.get('kind') or 'an object'} {resource.get('name') or ''}".strip()
    answer = str(resource.get("msg", ""))
    absent = re.search(r"could not find schema for (\S+)", answer)
    if absent is not None:
        message = f"{what} ({resource.get('version')}) has no schema to be judged by"
        yield Fault(state, message, None, f"Name {absent[1]} in {KUBERNETES_SCHEMAS}/make.py and run it.")
        return
    errors = resource.get("validationErrors") or [{"path": "", "msg": answer}]
    for error in errors:
        where = dotted(pointer(str(error["path"])))
        yield Fault(state, _short(": ".join(part for part in (what, where, str(error["msg"])) if part)))


def helm_faults(state: str, stderr: str, values: Values) -> Iterator[Fault]:
    """Each thing that Helm complains of, with its path in the values; one for what it says otherwise."""
    matches = [found for line in stderr.splitlines() if (found := _AT.match(line.strip()))]
    for found in matches:
        location = pointer(found["pointer"])
        if extra := _EXTRA.fullmatch(found["message"]):
            for name in re.findall(r"'([^']*)'", extra["names"]):
                yield Fault(state, _short(f"{dotted((*location, name))}: no such key"), (*location, name))
        else:
            yield Fault(state, _short(f"{dotted(location) or 'values'}: {found['message']}"), location)
    if matches:
        return
    lines = [line for line in stderr.splitlines() if line.strip() and not line.startswith("Use --debug")]
    text = "\n".join(lines).strip().removeprefix("Error: ")
    if (template := _TEMPLATE.search(text)) is None:
        yield Fault(state, _short(text) or "helm failed and said nothing")
        return
    for line in template["message"].strip().splitlines():
        message, remedy = message_and_remedy(line)
        named = (spelled(found[0]) for found in _PATH.finditer(line))
        known = next((path for path in named if values.sets(path)), None)
        yield Fault(state, message, known, remedy)


def message_and_remedy(line: str) -> tuple[str, str | None]:
    """A line of our charts' own validation, split at its semicolon; the remedy as a sentence.

    The contract of templates/_validate.tpl and of each `fail` of our charts: `- PATH: what is wrong; remedy`,
    where neither part has a semicolon. Another chart's line without one is a message alone.
    """
    message, semicolon, remedy = _short(line.removeprefix("- ")).partition("; ")
    if not semicolon:
        return message, None
    return message, f"{remedy[:1].upper()}{remedy[1:]}."


def pointer(text: str) -> Location:
    """The path that a JSON pointer (RFC 6901) names."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]
    return tuple(int(part) if part.isdigit() else part for part in parts)


def spelled(text: str) -> Location:
    """The path that `route.headers[0].name` names."""
    parts = re.findall(r"[A-Za-z0-9_-]+", text)
    return tuple(int(part) if part.isdigit() else part for part in parts)


def dotted(location: Location) -> str:
    """`route.headers[0].name`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")


def _short(text: str) -> str:
    return " ".join(text.split())[:MAX_MESSAGE]
