"""What the charts render: how long it takes, and whether a real API server takes it as the schemas do."""

from __future__ import annotations

import copy
import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from harness import charts, scale
from harness.kube import Kube, Object, Refused

FEW, MANY = 100, 1000
PARALLEL = 2
NAMESPACE = "preview-rendering"
"""A preview's namespace begins so; the others do not mind."""
SERVING = charts.CHARTS / "onnx-serving"
GATED = "Kubernetes 1.35, or the feature gate ImageVolume: this API server drops the volume without a word"
ABSENT = "no CRD of the autoscaler is installed here; charts/schemas has its schema"
REFUSED = {
    ("onnx-serving/triton-image-volume", "Deployment"): GATED,
    ("onnx-serving/triton-image-volume", "Job"): GATED,
    ("", "VerticalPodAutoscaler"): ABSENT,
}
"""What a server of `charts.VERSION` refuses or drops, by example and kind, each with its reason."""


@pytest.mark.timeout(3600)
def test_rendering_is_at_most_linear(tmp_path, figures):
    models = scale.lay(tmp_path, MANY, canaries=MANY)

    def one(model: str) -> int:
        at = tmp_path / "environments" / scale.ENVIRONMENT
        files = [at / "values.yaml", at / model / "release.yaml"]
        return len(charts.objects(charts.template(SERVING, model, scale.NAMESPACE, files)))

    def all_of(names: list[str]) -> tuple[float, float]:
        """Seconds by the clock, and of helm's CPU: other work on the machine is not helm's."""
        began, before = time.monotonic(), _cpu()
        with ThreadPoolExecutor(PARALLEL) as pool:
            counts = set(pool.map(one, names))
        assert len(counts) == 1 and min(counts) > 5
        return time.monotonic() - began, _cpu() - before

    all_of(models[:PARALLEL])
    few, few_cpu = all_of(models[:FEW])
    many, many_cpu = all_of(models)
    figures.add(f"rendering {FEW} releases", few)
    figures.add(f"rendering {MANY:,} releases", many)
    figures.add(f"rendering {MANY:,} releases, CPU", many_cpu)
    figures.add(f"rendering {MANY:,} against {FEW}, CPU", many_cpu / few_cpu, "times")
    assert many_cpu <= 1.3 * MANY / FEW * few_cpu


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.fixture(scope="module")
def server(kube: Kube) -> Iterator[Callable[[Object], str]]:
    """What the API server says against an object, or drops of it, by a dry run: empty if nothing.

    Namespaces that the objects are in are made where there are none, and are gone afterwards.
    """
    made: list[str] = []

    def place(name: str) -> None:
        if name and kube.find("v1", "Namespace", name) is None:
            kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
            made.append(name)

    def judge(body: Object) -> str:
        place(body["metadata"].get("namespace", ""))
        try:
            answer = kube.apply(body, manager="rendering", dry_run=True)
        except Refused as error:
            return str(error)
        return "".join(f"drops {path}; " for path in lost(body, answer))

    yield judge
    for name in made:
        kube.delete("v1", "Namespace", name)


def lost(wanted: object, got: object, at: str = "") -> Iterator[str]:
    """Paths of what was applied and is not in the answer: fields that a feature gate takes away."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        for key, inner in wanted.items():
            if key in got:
                yield from lost(inner, got[key], f"{at}.{key}")
            elif inner not in (None, "", 0, False, [], {}):
                yield f"{at}.{key}"
    elif isinstance(wanted, list) and isinstance(got, list):
        if len(got) < len(wanted):
            yield at
        for number, (inner, other) in enumerate(zip(wanted, got, strict=False)):
            yield from lost(inner, other, f"{at}[{number}]")


@pytest.fixture(scope="module", params=charts.examples(), ids=lambda path: title(path))
def example(request) -> tuple[str, list[Object]]:
    """A chart's example: its title and what it renders."""
    path: Path = request.param
    text = charts.template(path.parents[1], "example", NAMESPACE, [path], charts.version(path))
    return title(path), charts.objects(text)


def title(path: Path) -> str:
    """CHART/EXAMPLE."""
    return f"{path.parents[1].name}/{path.name.removesuffix('-values.yaml')}"


def test_the_server_and_the_schemas_take_every_example(example, server):
    name, bodies = example
    assert charts.judged(bodies) == []
    refused = {f"{body['kind']}/{body['metadata']['name']}": server(body) for body in bodies}
    declared = {
        known: reason
        for known in refused
        for (title, kind), reason in REFUSED.items()
        if title in ("", name) and known.startswith(f"{kind}/")
    }
    said = {known: words for known, words in refused.items() if words}
    assert {known: words for known, words in said.items() if known not in declared} == {}
    assert set(declared) == set(said), "refused, and declared so, are the same"


def test_every_declared_refusal_is_of_an_example():
    titles = {title(path) for path in charts.examples()}
    assert {example for example, _ in REFUSED} <= titles | {""}


def change(at: str, value: object) -> Callable[[Object], None]:
    """Sets the value at a path of keys and numbers; `...` takes the key away."""

    def do(body: Object) -> None:
        *way, last = [int(part) if part.isdigit() else part for part in at.split(".")]
        inner = body
        for part in way:
            inner = inner[part]
        if value is ...:
            del inner[last]
        else:
            inner[last] = value

    return do


POD = "spec.template.spec"
BROKEN: list[tuple[str, str, str, object]] = [
    ("unknown key", "Deployment", "spec.replica", 2),
    ("unknown key, deep", "Deployment", f"{POD}.containers.0.readinesProbe", {}),
    ("number as text", "Deployment", "spec.replicas", "two"),
    ("text for a list", "Deployment", f"{POD}.containers", "server"),
    ("without a selector", "Deployment", "spec.selector", ...),
    ("port without a number", "Service", "spec.ports.0.port", ...),
    ("port as text", "Service", "spec.ports.0.port", "http"),
    ("unknown key", "Service", "spec.selectors", {}),
    ("unknown key", "NetworkPolicy", "spec.egres", []),
    ("list for a mapping", "PodDisruptionBudget", "spec.selector", []),
    ("unknown key", "HTTPRoute", "spec.hostname", "a.b"),
    ("weight as text", "HTTPRoute", "spec.rules.0.backendRefs.0.weight", "5"),
    ("weight below 0", "HTTPRoute", "spec.rules.0.backendRefs.0.weight", -1),
    ("backend without a name", "HTTPRoute", "spec.rules.0.backendRefs.0.name", ...),
    ("unknown kind of match", "HTTPRoute", "spec.rules.0.matches.0.path.type", "Somehow"),
]
"""Objects broken in one place, which both the schemas and the server refuse."""
ONLY_SERVER: list[tuple[str, str, str, object]] = [
    ("a limit below its request", "Deployment", f"{POD}.containers.0.resources.limits.memory", "1Mi"),
    ("a name twice", "Service", "spec.ports.1.name", "http"),
    ("a selector that is not the pods'", "Deployment", "spec.selector.matchLabels", {"a": "b"}),
]
"""What no schema says: this is why the server is asked at all."""


@pytest.fixture(scope="module")
def sound() -> dict[str, Object]:
    """One object of each kind of an ordinary release."""
    values = SERVING / "ci" / "ort-release-values.yaml"
    found = charts.objects(charts.template(SERVING, "example", NAMESPACE, [values]))
    return {body["kind"]: body for body in found}


def broken(sound: dict[str, Object], kind: str, at: str, value: object) -> Object:
    """A copy of the sound object, broken."""
    body = copy.deepcopy(sound[kind])
    change(at, value)(body)
    return body


@pytest.mark.parametrize(("what", "kind", "at", "value"), BROKEN, ids=lambda part: str(part))
def test_what_the_schemas_refuse_the_server_refuses(sound, server, what, kind, at, value):
    body = broken(sound, kind, at, value)
    assert charts.judged([body]), f"the schemas take {kind}: {what}"
    assert server(body), f"the server takes {kind}: {what}"


@pytest.mark.parametrize(("what", "kind", "at", "value"), ONLY_SERVER, ids=lambda part: str(part))
def test_what_only_the_server_refuses(sound, server, what, kind, at, value):
    body = broken(sound, kind, at, value)
    assert charts.judged([body]) == [], "a schema that says so may move up to BROKEN"
    assert server(body), f"the server takes {kind}: {what}"
