from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.validators.runner.changes import changes, model_of


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("models/flight-delay/model.yaml", "flight-delay"),
        ("models/flight-delay/data/deep/x.parquet", "flight-delay"),
        ("models/a b/\n", "a b"),
        ("models/link", "link"),
        ("models/model.schema.json", None),
        ("models/README.md", None),
        ("models/model.schema.json/x", "model.schema.json"),
        ("environments/dev/flight-delay/values.yaml", None),
        ("docs/models/a/model.yaml", None),
        ("models", None),
    ],
)
def test_which_model_a_path_belongs_to(path: str, name: str | None) -> None:
    assert model_of(path) == name


def test_what_a_change_touches() -> None:
    found = changes(
        [
            ("M", "models/a/model.yaml"),
            ("A", "models/a/model.onnx"),
            ("D", "models/b/model.yaml"),
            ("M", "environments/dev/environment.yaml"),
            ("M", "environments/dev/a/release.yaml"),
            ("A", "README.md"),
        ]
    )
    assert found.models == ("a", "b")
    assert found.environments == ("environments/dev/environment.yaml",)
    assert found.removed == {"models/b/model.yaml"}
    assert len(found.paths) == 6


@pytest.mark.parametrize(
    ("path", "anew"),
    [
        ("environments/eu/values.yaml", {("eu", "a"), ("eu", "b")}),
        ("environments/eu/environment.yaml", {("eu", "a"), ("eu", "b")}),
        ("environments/eu/a/values.yaml", {("eu", "a")}),
        ("environments/eu/a/release.yaml", {("eu", "a")}),
        ("environments/eu/a/notes.md", set()),
        ("environments/applicationset.yaml", set()),
        ("environments/eu/a/b/values.yaml", set()),
        ("charts/onnx-serving/templates/x.yaml", {(e, m) for e in ("eu", "us") for m in "ab"}),
        ("charts/schemas/pod-v1.json", {(e, m) for e in ("eu", "us") for m in "ab"}),
        ("charts/images/gate/Dockerfile", set()),
        ("models/a/model.yaml", set()),
    ],
)
def test_what_renders_anew(path: str, anew: set[tuple[str, str]]) -> None:
    found = changes([("M", path)])
    assert {(e, m) for e in ("eu", "us") for m in "ab" if found.renders_anew(e, m)} == anew


@pytest.mark.parametrize(
    ("path", "gate"),
    [
        ("charts/gate/values.yaml", True),
        ("charts/gate/templates/a/b.yaml", True),
        ("environments/gate.yaml", True),
        ("environments/eu/gate.yaml", False),
        ("charts/gates/x", False),
        ("gate/daemon/tick.py", False),
    ],
)
def test_what_changes_the_gate(path: str, gate: bool) -> None:
    assert changes([("M", path)]).gate == gate


@given(st.lists(st.tuples(st.sampled_from("AMDT"), st.text(max_size=30))))
def test_no_changed_path_is_lost(pairs: list[tuple[str, str]]) -> None:
    found = changes(pairs)
    assert found.paths == tuple(path for _, path in pairs)
    assert set(found.models) == {model_of(path) for path in found.paths} - {None}
