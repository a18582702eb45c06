from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.specs import layout
from sluicegate.validators.submission.changes import changes


@pytest.mark.parametrize(
    ("path", "models"),
    [
        ("models/flight-delay/model.yaml", ("flight-delay",)),
        ("models/flight-delay/data/deep/x.parquet", ("flight-delay",)),
        ("models/a b/\n", ("a b",)),
        ("models/link", ("link",)),
        ("models/model.schema.json", ()),
        ("models/README.md", ()),
        ("models/model.schema.json/x", ("model.schema.json",)),
        ("environments/dev/flight-delay/values.yaml", ()),
        ("docs/models/a/model.yaml", ()),
        ("models", ()),
    ],
)
def test_which_model_a_path_belongs_to(path: str, models: tuple[str, ...]) -> None:
    assert changes([path]).models == models


def test_what_a_change_touches() -> None:
    found = changes(
        [
            "models/a/model.yaml",
            "models/a/model.onnx",
            "models/b/model.yaml",
            "environments/dev/environment.yaml",
            "environments/dev/a/release.yaml",
            "environments/release.yaml",
            "docs/environments/dev/a/release.yaml",
            "README.md",
        ]
    )
    assert found.models == ("a", "b")
    assert found.environments == ("dev",)
    assert found.releases == ("environments/dev/a/release.yaml",)
    assert len(found.paths) == 8
    assert (found.touches("dev"), found.touches("production")) == (True, False)


@pytest.mark.parametrize(
    ("path", "affected"),
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
def test_whose_manifests_a_file_affects(path: str, affected: set[tuple[str, str]]) -> None:
    found = changes([path])
    assert {(e, m) for e in ("eu", "us") for m in "ab" if found.affects(e, m)} == affected


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
    assert changes([path]).gate_chart == gate


@given(st.lists(st.text(max_size=30)))
def test_no_changed_path_is_lost(paths: list[str]) -> None:
    found = changes(paths)
    assert found.paths == tuple(paths)
    assert set(found.models) == {layout.model_of(path) for path in paths} - {None}
