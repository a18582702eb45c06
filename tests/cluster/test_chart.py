"""The serving chart from a real registry, pinned by an environment, beside environments that vendor it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import bootstrap, images, registry
from harness.lab import ENVIRONMENT, Lab, untouched
from harness.repository import CHECKOUT, Team
from harness.wait import NotYet, until

MODEL = "digits"
PATH = f"environments/{ENVIRONMENT}/environment.yaml"
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture
def lab(run, subject) -> Iterator[Lab]:
    """Version 1 alone, from the vendored chart; put back in the end."""
    lab = Lab(subject(MODEL, ENVIRONMENT))
    lab.stable()
    yield lab
    pinned(lab, None)
    lab.stable()
    registry.stop(run)


def pinned(lab: Lab, chart: dict[str, str] | None) -> str:
    """Commit the chart of the environment, None for the vendored one; the commit."""

    def change(checkout: Path) -> None:
        file = checkout / PATH
        kept = [line for line in file.read_text().splitlines() if not line.startswith("  chart: ")]
        added = [] if chart is None else [f"  chart: {json.dumps(chart)}"]
        file.write_text("\n".join([*kept, *added]) + "\n")

    return Team(lab.it.run).commit(f"{ENVIRONMENT}: the chart", change)


def sources(lab: Lab) -> list[dict[str, str]]:
    """Where the Application takes its manifests from."""
    spec = (lab.it.application() or {}).get("spec", {})
    found: list[dict[str, str]] = spec.get("sources") or [spec.get("source", {})]
    return found


def until_from(lab: Lab, repository: str) -> None:
    def there() -> bool:
        if repository not in (source.get("repoURL") for source in sources(lab)):
            raise NotYet(f"sources {sources(lab)}")
        return True

    until(f"the Application to take its chart from {repository}", there, 120)


def test_an_environment_moves_to_a_chart_of_a_registry_and_back_under_traffic(run, lab):
    registry.start(run)
    chart = registry.push(run, CHECKOUT / "charts/onnx-serving")
    with untouched(lab):
        commit = pinned(lab, chart)
        # The project has to allow the registry: `sluice bootstrap` takes it from the environments.
        bootstrap.sluice(run, "--gate-image", images.loaded(run)["gate"])
        until_from(lab, chart["repository"])
        lab.settled(commit)
        first, second = sources(lab)
        assert (first["targetRevision"], second["ref"]) == (chart["digest"], "values")
