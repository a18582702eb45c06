"""What an environment may pin: the serving chart in a registry, by version and digest."""

from __future__ import annotations

import json

import pytest
from support.specs import environment_yaml

from sluicegate.specs.chart import PinnedChart
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.yamlio import InputError, parse

GOOD = {
    "repository": "oci://registry.example.org:5000/team/charts/onnx-serving",
    "version": "1.2.3-rc.1",
    "digest": "sha256:" + "1" * 64,
}


def chart_of(value: dict[str, str]) -> PinnedChart | None:
    text = environment_yaml("eu", extra=f"  chart: {json.dumps(value)}\n")
    return load_environment(parse(text, "environment.yaml").checked()).chart


def test_a_chart_is_pinned_by_repository_version_and_digest() -> None:
    assert chart_of(GOOD) == PinnedChart(**GOOD)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("repository", "https://registry.example.org/charts/onnx-serving"),
        ("repository", "oci://registry.example.org/charts/onnx-serving:1.2.3"),
        ("repository", "oci://user:token@registry.example.org/charts/onnx-serving"),
        ("repository", "oci://registry.example.org/charts/another"),
        ("version", "latest"),
        ("version", "^1.2.0"),
        ("digest", "1" * 64),
    ],
)
def test_what_can_move_or_is_another_chart_is_refused_by_line(key: str, value: str) -> None:
    with pytest.raises(InputError, match=rf"environment.yaml:\d+:\d+: spec.chart.{key}"):
        chart_of({**GOOD, key: value})


def test_no_part_may_be_left_out() -> None:
    with pytest.raises(InputError, match=r"spec\.chart"):
        chart_of({key: value for key, value in GOOD.items() if key != "digest"})
