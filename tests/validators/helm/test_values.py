from __future__ import annotations

from pathlib import Path

import pytest

from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.helm.values import values
from sluicegate.validators.runner.finding import Position

CHART = "charts/onnx-serving/values.yaml"


@pytest.fixture
def tree(tmp_path: Path):
    def made(**files: str) -> WorkTree:
        for name, text in files.items():
            path = tmp_path / {
                "chart": CHART,
                "shared": "environments/eu/values.yaml",
                "own": "environments/eu/m/values.yaml",
                "release": "environments/eu/m/release.yaml",
            }.get(name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return WorkTree(tmp_path)

    return made


def test_the_last_file_wins_and_is_named_with_its_line(tree) -> None:
    given = values(
        tree(
            chart="engine: ort\ngpu: {kind: none, count: 1}\nlist: [1, 2]\nkept: 1\n",
            shared="gpu:\n  kind: whole\nlist: [3]\n",
            own="engine: triton\nkept: null\n",
            release="tracks: {stable: {version: 1}, canary: null}\n",
        ),
        "eu",
        "m",
    )
    assert given.merged == {
        "engine": "triton",
        "gpu": {"kind": "whole", "count": 1},
        "list": [3],
        "tracks": {"stable": {"version": 1}},
    }
    assert given.position(("engine",)) == Position("environments/eu/m/values.yaml", 1, 1)
    assert given.position(("gpu", "kind")) == Position("environments/eu/values.yaml", 2, 3)
    assert given.position(("gpu", "count")) == Position(CHART, 2, 19)
    assert given.position(("gpu", "kindd")) == Position("environments/eu/values.yaml", 1, 1)
    assert given.position(("list", 0)).path == "environments/eu/values.yaml"
    assert given.position(("nowhere",)) == Position("environments/eu/m/release.yaml")
    assert (given.sets(("list", 1)), given.sets(("list", 2)), given.sets(("engine", "x"))) == (
        True,
        False,
        False,
    )
    assert (given.get("gpu", "kind"), given.get("gpu", "x", default=5), given.get("engine", "x")) == (
        "whole",
        5,
        None,
    )


def test_files_that_are_not_there_say_nothing_but_the_chart_must_be(tree) -> None:
    with pytest.raises(InputError, match=r"charts/onnx-serving/values\.yaml is not there"):
        values(tree(own="engine: ort\n"), "eu", "m")
    assert len(values(tree(chart="engine: ort\n"), "eu", "n").files) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n", "does not hold a mapping"),
        ("a: 1\na: 2\n", "a: the key is given twice"),
        ("a: &x 1\nb: *x\n", ""),
        ("a: [\n", ""),
    ],
)
def test_values_that_two_readers_could_take_differently_are_refused(tree, text, said) -> None:
    with pytest.raises(InputError) as caught:
        values(tree(chart="engine: ort\n", own=text), "eu", "m")
    assert caught.value.problems[0].path == "environments/eu/m/values.yaml"
    assert said in str(caught.value)
