"""The environments, as `sluice init` and `sluice new environment` write them, and what a person adds."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.run import call
from ruamel.yaml import YAML

from sluicegate.embedded.demo.author import copy_model

MATERIAL = Path(__file__).parents[1] / "material"
SLUICE = Path(sys.executable).parent / "sluice"
CHARTS = ("onnx-serving", "gate")


@dataclass(frozen=True)
class Place:
    """What the commands are told of the cluster: addresses of this run, the digest of its server's image."""

    prometheus: str
    artifacts: str
    server: str
    """`sha256:...`"""
    node: str
    """The node's address, which the gateway's requests come from."""
    chart: str
    """The serving chart in its registry: `oci://REGISTRY/NAMES:VERSION`."""
    authority: Path | None = None
    """Whom to trust of the registry's certificate; None where it is asked by plain http."""

    @property
    def variables(self) -> Mapping[str, str]:
        """Of the commands' processes."""
        return {} if self.authority is None else {"SSL_CERT_FILE": str(self.authority)}

    def options(self) -> list[str]:
        """Of `--cluster`; what is not named has the command's default."""
        return [
            "--cluster",
            f"--prometheus={self.prometheus}",
            f"--artifacts={self.artifacts}",
            f"--server-image=localhost/onnx-server@{self.server}",
            f"--chart={self.chart}",
        ]


def write(checkout: Path, place: Place, scratch: Path) -> None:
    """Write environments, charts and Argo CD's part over those of a checkout; releases stay as they are.

    The commands work in `scratch`, which is removed. Raises `CommandFailed`.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        _commands(scratch, place)
        for name in _additions("environments"):
            _edit(scratch / "environments" / name, name, place)
        for chart in CHARTS:  # what a chart of before had, and this one has not, goes
            shutil.rmtree(checkout / "charts" / chart, ignore_errors=True)
        for folder in ("charts", "environments"):
            copy_model(scratch / folder, checkout / folder)
        shutil.copy(MATERIAL / "gate.yaml", checkout / "environments")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _commands(folder: Path, place: Place) -> None:
    first, *others = _additions("environments").items()
    begin = [str(SLUICE), "init", str(folder), "--environment", first[0], "--no-github"]
    call([*begin, *place.options()], env=place.variables)
    for name, wanted in others:
        new = [str(SLUICE), "new", "environment", name]
        after = [f"--after={wanted['after']}"] if "after" in wanted else []
        call([*new, *after, *place.options()], folder=folder, env=place.variables)
    call([str(SLUICE), "vendor"], folder=folder)  # for the gate's chart: it comes from no registry


def _edit(folder: Path, name: str, place: Place) -> None:
    """What a person adds: how fast it goes, and what the harness' only node needs.

    No environment requires a verdict: no scene of the cluster is about verdicts.
    """
    rollout = _additions("environments")[name]["rollout"]
    _merge(folder / "environment.yaml", {"spec": {"rollout": rollout, "require": []}})
    values = _additions("values")
    values["networkPolicy"]["gatewayCidrs"] = [f"{place.node}/32"]
    _merge(folder / "values.yaml", values)


def pin(file: Path, chart: Mapping[str, str] | None) -> None:
    """Let an environment.yaml take another chart of a registry, None for the one in charts/."""
    yaml = YAML()
    body = yaml.load(file)
    body["spec"].pop("chart", None)
    if chart is not None:
        body["spec"]["chart"] = dict(chart)
    yaml.dump(body, file)


def _additions(name: str) -> Any:
    return YAML(typ="safe").load(MATERIAL / f"{name}.yaml")


def _merge(file: Path, more: Mapping[str, Any]) -> None:
    yaml = YAML()
    body = yaml.load(file)
    _into(body, more)
    yaml.dump(body, file)


def _into(body: Any, more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, Mapping) and key in body:
            _into(body[key], value)
        else:
            body[key] = value
