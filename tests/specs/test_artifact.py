"""`artifact: {files: [...]}`: what may be written, and what each mistake is called."""

from __future__ import annotations

from typing import Any

import pytest
from support.specs import model_yaml

from sluicegate.gate.metrics.base import gates
from sluicegate.specs.artifact import Artifact, PinnedFile
from sluicegate.specs.artifacts.reference import Reference, identity
from sluicegate.specs.model import File
from sluicegate.specs.model_file import load_model
from sluicegate.specs.yamlio import InputError, parse

A = "sha256:" + "a" * 64
B = "sha256:" + "b" * 64
REGISTRY = "oci://registry.example.org/team/model"


def load(artifact: str) -> Any:
    lines = model_yaml().decode().splitlines(keepends=True)
    text = "".join(f"  artifact: {artifact}\n" if "artifact:" in line else line for line in lines)
    return load_model(parse(text.encode(), "models/m/model.yaml"), gates=gates(), sections={}).artifact


def test_an_artifact_of_several_files() -> None:
    main = f'{{uri: "{REGISTRY}", name: model.onnx, sha256: "{A}", size: 4096}}'
    weights = f'{{uri: "https://host/weights.bin", sha256: "{B}"}}'
    artifact = load(f"{{files: [{main}, {weights}]}}")
    assert artifact == Artifact(
        (
            PinnedFile(A, uri=REGISTRY, name="model.onnx", size=4096),
            PinnedFile(B, uri="https://host/weights.bin"),
        )
    )
    assert artifact.path == "model.onnx"
    assert [file.local for file in artifact.files] == ["model.onnx", "weights.bin"]
    assert artifact.sha256 == identity([Reference("model.onnx", A), Reference("weights.bin", B)])


def test_the_onnx_file_is_the_first_one_or_the_one_that_main_names() -> None:
    files = f'files: [{{path: w.bin, sha256: "{B}"}}, {{path: m.onnx, sha256: "{A}"}}]'
    assert load(f"{{{files}}}").path == "w.bin"
    named = load(f"{{{files}, main: m.onnx}}")
    assert named.path == "m.onnx"
    assert named.sha256 == identity([Reference("m.onnx", A), Reference("w.bin", B)])


def test_one_file_in_the_directory_is_listed_alike() -> None:
    assert File("model.onnx", A).files == (PinnedFile(A, path="model.onnx"),)


@pytest.mark.parametrize(
    ("artifact", "problem"),
    [
        ("{files: []}", "should have at least 1 item"),
        ("{path: model.onnx}", "sha256 is missing"),
        (f'{{files: [{{sha256: "{A}"}}]}}', "should have either path or uri"),
        (f'{{files: [{{path: a, uri: "https://h/a", sha256: "{A}"}}]}}', "should have either path or uri"),
        (f'{{files: [{{path: a, name: b, sha256: "{A}"}}]}}', "should have no name beside its path"),
        (f'{{files: [{{uri: "https://h/", sha256: "{A}", name: "../a"}}]}}', "has the wrong form"),
        (f'{{files: [{{uri: "https://h/%2e", sha256: "{A}"}}]}}', "should have a name"),
        (f'{{files: [{{uri: "no address", sha256: "{A}"}}]}}', "has the wrong form; write an address"),
        (f'{{files: [{{path: a, sha256: "{A}"}}, {{path: a, sha256: "{B}"}}]}}', "a is there twice"),
        (f'{{files: [{{path: a, sha256: "{A}"}}], main: b}}', "the file that main names"),
        (
            f'{{files: [{{path: f/m.onnx, sha256: "{A}"}}, {{path: w.bin, sha256: "{B}"}}]}}',
            "should have w.bin in the directory of f/m.onnx",
        ),
        (f'{{files: [{{path: a, sha256: "{A}", size: 0}}]}}', "should be greater than or equal to 1"),
        (f'{{files: [{{path: a, sha256: "{A}", url: x}}]}}', "no such key; did you mean uri?"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(artifact: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        load(artifact)
    text = str(caught.value)
    assert problem in text
    assert text.startswith("models/m/model.yaml:7:")
