"""`sluice new environment`: its place in the order, its port, and what it refuses."""

from __future__ import annotations

import pytest

from sluicegate.specs.repository import environments
from sluicegate.specs.tree import WorkTree

IMAGE = f"registry.example.org/octo/onnx-server@sha256:{'3' * 64}"


@pytest.fixture
def root(sluice, tmp_path):
    assert sluice("init", tmp_path / "m", "--no-github").exit_code == 0
    return tmp_path / "m"


def test_it_comes_after_the_other_on_the_next_port(sluice, root) -> None:
    result = sluice("new", "environment", "live", "--after", "prod", "-C", root)
    assert result.exit_code == 0, result.output
    assert "order: prod -> live" in result.output
    live = environments(WorkTree(root)).specs["live"]
    assert live.upstream == ("prod",)
    assert live.metrics.url == "http://127.0.0.1:8802"
    assert sluice("validate", "--all", "-C", root).exit_code == 0


def test_a_cluster_is_added_to_a_repository_that_began_on_a_laptop(sluice, root, charting) -> None:
    result = sluice(
        "new", "environment", "live", "--after", "prod", "--cluster", "--gateway", "istio",
        "--server-image", IMAGE, "--artifacts", "https://raw.example/m", "-C", root,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    spec = environments(WorkTree(root)).specs["live"]
    assert (spec.traffic, spec.metrics.gateway, spec.require) == ("istio", "istio", ("verdict",))
    validated = sluice("validate", "--all", "-C", root)
    assert validated.exit_code == 0, validated.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["prod"], "already exists"),
        (["Live"], "cannot name an environment"),
        (["live", "--after", "prodd"], "did you mean prod?"),
        (["live", "--cluster", "--server-image", IMAGE, "--artifacts", "ftp://x"], "artifacts"),
        (
            ["live", "--cluster", "--server-image", IMAGE, "--artifacts", "https://x", "--gpu-pool", "l4"],
            "NAME:NODES:GPUS",
        ),
        (
            ["live", "--cluster", "--server-image", IMAGE, "--artifacts", "https://x", "--prometheus", "x y"],
            "metrics.url",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(sluice, root, words, said) -> None:
    result = sluice("new", "environment", *words, "-C", root)
    assert result.exit_code == 1, result.output
    assert said in result.stderr
    assert not (root / "environments/live").exists()
