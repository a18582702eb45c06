from __future__ import annotations

import re
from pathlib import Path

import pytest

from sluicegate.specs.yamlio import parse
from sluicegate.validators.helm.faults import (
    Fault,
    helm_faults,
    message_and_remedy,
    pointer,
    schema_faults,
    spelled,
)
from sluicegate.validators.helm.values import Values

GIVEN = Values(
    (
        parse(b"engine: ort\nroute: {headers: []}\ngpu: {kind: none}\n", "charts/onnx-serving/values.yaml"),
        parse(b"engine: tritn\nroute:\n  headers: [{name: a}]\n", "environments/eu/m/values.yaml"),
    )
)

SCHEMA = """\
Error: values don't meet the specifications of the schema(s) in the following chart(s):
onnx-serving:
- at '/engine': value must be one of 'triton', 'ort', 'kserve'
- at '/route/headers/0': additional properties 'nam', 'x' not allowed
- at '': additional properties 'enginee' not allowed
"""
TEMPLATE = """\
Error: execution error at (onnx-serving/templates/validate.yaml:9:4): |
- route.headers[0].name: is no name; write one
- gpu.count: is 2 with gpu.kind mps; give 1

Use --debug flag to render out invalid YAML
"""


@pytest.mark.parametrize(
    ("said", "faults"),
    [
        (
            SCHEMA,
            [
                ("engine: value must be one of 'triton', 'ort', 'kserve'", ("engine",), None),
                ("route.headers[0].nam: no such key", ("route", "headers", 0, "nam"), None),
                ("route.headers[0].x: no such key", ("route", "headers", 0, "x"), None),
                ("enginee: no such key", ("enginee",), None),
            ],
        ),
        (
            TEMPLATE,
            [
                ("route.headers[0].name: is no name", ("route", "headers", 0, "name"), "Write one."),
                ("gpu.count: is 2 with gpu.kind mps", ("gpu", "kind"), "Give 1."),
            ],
        ),
        ("Error: template: x.yaml:3:  boom\n", [("template: x.yaml:3: boom", None, None)]),
        ("", [("helm failed without a message", None, None)]),
    ],
)
def test_what_helm_complains_of_gets_its_path_in_the_values(said, faults) -> None:
    said = said.replace(": |", ": ")
    assert list(helm_faults("s", said, GIVEN)) == [Fault("s", m, at, remedy) for m, at, remedy in faults]


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("- gpu.count: is 2; give 1", ("gpu.count: is 2", "Give 1.")),
        ("replicas: one; set 1, or mode", ("replicas: one", "Set 1, or mode.")),
        ("someone else's words", ("someone else's words", None)),
    ],
)
def test_a_line_of_our_charts_is_a_message_and_a_remedy(line, parts) -> None:
    assert message_and_remedy(line) == parts


def test_every_failure_of_our_charts_keeps_the_contract() -> None:
    """The helper writes the one semicolon of a problem; a `fail` has its own."""
    root = Path(__file__).parents[3] / "charts"
    files = [*root.glob("*/templates/*.tpl"), *root.glob("*/templates/*.yaml")]
    texts = [file.read_text() for file in files]
    problems = [
        text
        for each in texts
        for text in re.findall(r"(?s)\{\{- include \"onnx-serving\.problem\" .*?-\}\}", each)
    ]
    assert len(problems) > 20
    assert [text for text in problems if ";" in text] == []
    failures = [text for each in texts for text in re.findall(r"\{\{-? fail \"[^\n]*", each)]
    assert failures
    assert [text for text in failures if text.count("; ") != 1] == []


def test_paths() -> None:
    assert pointer("/a/b~1c~0/0") == ("a", "b/c~", 0)
    assert spelled("route.headers[0].name") == ("route", "headers", 0, "name")


def test_an_object_without_a_schema_names_what_to_add() -> None:
    resource = {"kind": "Route", "name": "m", "version": "x/v1", "msg": "could not find schema for Route"}
    (fault,) = schema_faults(resource, "finished")
    assert fault.message == "Route m (x/v1) has no schema to be judged by"
    assert fault.remedy == "Name Route in charts/schemas/make.py and run it."


def test_an_object_that_no_schema_takes_is_named_with_its_path() -> None:
    error = {"path": "/spec/template", "msg": "additional properties 'x' not allowed"}
    (fault,) = schema_faults({"kind": "Pod", "name": "m", "validationErrors": [error]}, "finished")
    assert fault == Fault("finished", "Pod m: spec.template: additional properties 'x' not allowed")
