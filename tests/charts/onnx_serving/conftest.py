"""Renders the chart by the real Helm, and holds what comes out against the API's schemas by kubeconform."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness.found import tool

ROOT = Path(__file__).parents[3]
Json = Mapping[str, Any]


class Refused(Exception):
    """Helm rendered nothing; its message."""


@dataclass(frozen=True)
class Manifests:
    """What was rendered: the text, and its objects by `Kind/name`."""

    text: str
    objects: Mapping[str, Json]

    def __getitem__(self, name: str) -> Any:
        return self.objects[name]

    def __contains__(self, name: str) -> bool:
        return name in self.objects

    def kinds(self) -> set[str]:
        return {name.partition("/")[0] for name in self.objects}

    def of(self, kind: str) -> list[Any]:
        return [found for found in self.objects.values() if found["kind"] == kind]

    def pods(self) -> Iterator[tuple[str, Json]]:
        """Every specification of pods, whatever holds it."""
        for name, found in self.objects.items():
            if found["kind"] in ("Deployment", "Job"):
                yield name, found["spec"]["template"]["spec"]
            elif found["kind"] == "Pod":
                yield name, found["spec"]
            elif found["kind"] == "InferenceService":
                predictor = found["spec"]["predictor"]
                yield name, {**predictor, "containers": [predictor["model"]]}

    def containers(self) -> Iterator[tuple[str, Json]]:
        for name, spec in self.pods():
            for one in [*spec.get("initContainers", []), *spec["containers"]]:
                yield f"{name}/{one.get('name', 'model')}", one


def merged(*parts: Json) -> dict[str, Any]:
    """Values files one over the other, as Helm takes them."""
    result: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            inner = result.get(key)
            both = isinstance(inner, Mapping) and isinstance(value, Mapping)
            result[key] = merged(inner, value) if both else value
    return result


class Chart:
    """The chart, and values that render."""

    path = ROOT / "charts" / "onnx-serving"
    model, namespace = "flight-delay", "models-production"
    stable, canary = "sha256:" + "1" * 64, "sha256:" + "2" * 64
    image = "sha256:" + "3" * 64
    Refused = Refused
    merged = staticmethod(merged)

    @cached_property
    def helm(self) -> str:
        return tool("helm")

    @cached_property
    def kubeconform(self) -> str:
        return tool("kubeconform")

    @cached_property
    def defaults(self) -> dict[str, Any]:
        return yaml.safe_load((self.path / "values.yaml").read_text())

    @cached_property
    def schema(self) -> dict[str, Any]:
        return json.loads((self.path / "values.schema.json").read_text())

    @staticmethod
    def revision(version: int) -> str:
        return f"{version}abcdef".ljust(40, "0")

    @classmethod
    def track(cls, version: int, digest: str, weight: int) -> dict[str, Any]:
        return {"version": version, "revision": cls.revision(version), "digest": digest, "weight": weight}

    def tracks(self, weight: int | None = 25) -> dict[str, Any]:
        """Stable and a canary at this weight; None: stable alone."""
        canary = None if weight is None else self.track(2, self.canary, weight)
        return {"tracks": {"stable": self.track(1, self.stable, 100 - (weight or 0)), "canary": canary}}

    def values(self, engine: str = "ort", weight: int | None = 25, **more: Any) -> dict[str, Any]:
        """An engine, a release, and `more` over them."""
        image = {"repository": "localhost/image", "digest": self.image}
        base = {
            "metadata": {"model": self.model, "environment": "production"},
            "engine": engine,
            "traffic": "kserve" if engine == "kserve" else "gateway-api",
            "images": {"ort": image, "triton": image},
            "artifacts": {"url": "http://forge:3000/raw"},
            **self.tracks(weight),
        }
        return merged(base, more)

    def run(self, command: str, *files: Json | Path, options: tuple[str, ...] = ()) -> str:
        """`helm COMMAND` with values files, of which one may be a mapping. Raises Refused."""
        plain = [given for given in files if not isinstance(given, Path)]
        assert len(plain) <= 1, "standard input is one file"
        given = [part for file in files for part in ("-f", str(file) if isinstance(file, Path) else "-")]
        place = [self.model, str(self.path)] if command == "template" else [str(self.path)]
        done = subprocess.run(
            [self.helm, command, *place, *given, *options],
            input=json.dumps(plain[0]) if plain else None,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Refused(done.stdout + done.stderr if command == "lint" else done.stderr)
        return done.stdout

    def render(self, *files: Json | Path, kube: str | None = None, namespace: str | None = None) -> Manifests:
        """Render values files, the last one wins. Raises Refused."""
        options = ("--namespace", namespace or self.namespace)
        text = self.run("template", *files, options=(*options, *(("--kube-version", kube) if kube else ())))
        loaded = [one for one in yaml.load_all(text, yaml.CSafeLoader) if one]
        objects = {f"{one['kind']}/{one['metadata']['name']}": one for one in loaded}
        assert len(objects) == len(loaded), "two objects of one name"
        return Manifests(text, objects)

    def render_file(self, file: Path) -> Manifests:
        """Render a file of ci/ for the Kubernetes and in the namespace that its first lines name."""
        return self.render(
            file, kube=self.named(file, "kube-version"), namespace=self.named(file, "namespace")
        )

    def judged(self, manifests: Manifests) -> list[str]:
        """What kubeconform complains of; a kind without a schema is a complaint."""
        place = f"{ROOT}/charts/schemas/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json"
        command = [self.kubeconform, "-strict", "-output", "json", "-n", "2", "-schema-location", place]
        done = subprocess.run(command, input=manifests.text, capture_output=True, text=True, check=False)
        found = json.loads(done.stdout)["resources"] or []
        assert found or done.returncode == 0, done.stderr
        return [f"{one['kind']}/{one['name']}: {one['msg']}" for one in found]

    def refusal(self, values: Json, **how: Any) -> str:
        """The message with which these values are refused."""
        with pytest.raises(Refused) as refused:
            self.render(values, **how)
        return str(refused.value)

    @staticmethod
    def named(file: Path, what: str) -> str | None:
        """`# WHAT: ...` in a file of ci/."""
        found = re.search(rf"^# {what}: (\S+)$", file.read_text(), re.MULTILINE)
        return found[1] if found else None


@pytest.fixture(scope="session")
def chart() -> Chart:
    made = Chart()
    assert made.helm
    return made
