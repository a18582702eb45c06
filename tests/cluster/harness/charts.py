"""The charts, rendered by the real helm, and judged by kubeconform against the committed schemas."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import yaml
from harness import build
from harness.kube import Object
from harness.run import call

CHARTS = Path(__file__).resolve().parents[3] / "charts"
VERSION = "1.34.10"
"""Of Kubernetes, unless a values file says another one in a comment, `# kube-version: 1.35.0`."""
_VERSION = re.compile(r"^# kube-version: (\S+)$", re.MULTILINE)


def examples() -> list[Path]:
    """Every chart's ci/*-values.yaml."""
    return sorted(CHARTS.glob("*/ci/*-values.yaml"))


def version(values: Path) -> str:
    """The Kubernetes that a values file is for."""
    found = _VERSION.search(values.read_text())
    return found[1] if found else VERSION


def template(
    chart: Path, release: str, namespace: str, values: Iterable[Path], kubernetes: str = VERSION
) -> str:
    """What `helm template` prints, called as Argo CD calls it. Raises `CommandFailed` with helm's words."""
    command = [build.tool("helm"), "template", chart, "--name-template", release, "--namespace", namespace]
    command += ["--kube-version", kubernetes, "--include-crds"]
    command += [word for path in values for word in ("--values", path)]
    return call(list(map(str, command)))


def objects(text: str) -> list[Object]:
    """The objects of a rendered text."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [body for body in yaml.load_all(text, loader) if body]


def judged(bodies: Iterable[Object]) -> list[str]:
    """What kubeconform says against the objects, by the committed schemas; a kind without one is a fault."""
    place = f"{CHARTS}/schemas/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json"
    command = [str(build.tool("kubeconform")), "-strict", "-output", "json", "-schema-location", place]
    text = yaml.safe_dump_all(bodies)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout).get("resources") or []
    return [f"{each['kind']}/{each['name']}: {each['msg']}" for each in found]
