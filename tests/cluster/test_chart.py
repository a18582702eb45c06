"""The serving chart: from the registry, as every environment takes it, and from charts/ in the repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import environments, registry
from harness.lab import ENVIRONMENT, Lab, untouched
from harness.repository import CHECKOUT, Team
from harness.story import git
from harness.wait import NotYet, until
from ruamel.yaml import YAML

MODEL = "digits"
PATH = f"environments/{ENVIRONMENT}/environment.yaml"
VENDORED = "charts/onnx-serving"
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture
def lab(run, subject) -> Iterator[Lab]:
    """Version 1 alone; in the end from the chart that it began with."""
    lab = Lab(subject(MODEL, ENVIRONMENT))
    lab.stable()
    began = pin(lab)
    yield lab
    taking(lab, began)
    lab.stable()


def pin(lab: Lab) -> dict[str, str]:
    """The chart that main's environment.yaml names."""
    spec = YAML(typ="safe").load(git(lab.it.run, "show", f"main:{PATH}"))["spec"]
    found: dict[str, str] = spec["chart"]
    return found


def taking(lab: Lab, chart: dict[str, str] | None) -> str:
    """Commit the chart of the environment, None for the vendored one; the commit."""

    def change(checkout: Path) -> None:
        environments.pin(checkout / PATH, chart)

    return Team(lab.it.run).commit(f"{ENVIRONMENT}: the chart", change)


def sources(lab: Lab) -> list[dict[str, str]]:
    """Where the Application takes its manifests from."""
    spec = (lab.it.application() or {}).get("spec", {})
    found: list[dict[str, str]] = spec.get("sources") or [spec.get("source", {})]
    return found


def until_first(lab: Lab, key: str, value: str) -> None:
    """Wait until the Application's first source says so."""

    def there() -> bool:
        if sources(lab)[0].get(key) != value:
            raise NotYet(f"sources {sources(lab)}")
        return True

    until(f"the Application to have the {key} {value}", there, 120)


def test_an_environment_moves_to_another_chart_of_the_registry_to_the_vendored_one_and_back_under_traffic(
    run, lab
):
    began = pin(lab)
    assert began["repository"] == f"oci://{registry.address(run)}/charts/onnx-serving"
    until_first(lab, "targetRevision", began["digest"])
    # The same chart packed again: the tag moves, and only what pins the new digest follows.
    chart = registry.push(run, CHECKOUT / VENDORED)
    assert chart["version"] == began["version"] and chart["digest"] != began["digest"]
    with untouched(lab):
        for kind, value, wanted in (
            ("targetRevision", chart["digest"], chart),
            ("path", VENDORED, None),
            ("targetRevision", began["digest"], began),
        ):
            commit = taking(lab, wanted)
            until_first(lab, kind, value)
            lab.settled(commit)
        assert sources(lab)[1]["ref"] == "values"
