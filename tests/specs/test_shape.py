from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import ConfigDict, Field

from sluicegate.specs.shape import STRICT, Instant, Shape
from sluicegate.specs.yamlio import parse


@dataclass(frozen=True)
class Inner:
    """A part of the form."""

    share: Annotated[float, Field(ge=0, le=1)]
    """A share of the whole."""
    kind: Literal["scrape", "prometheus"] = "scrape"


@dataclass(frozen=True)
class Form:
    """A small form."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: str
    at: Instant | None = None
    code: Annotated[str, Field(pattern="^[a-z]+$", description="small letters")] = "a"
    parts: tuple[Inner, ...] = ()


FORM = Shape(Form)


def read(text: str) -> tuple[Form | None, list[str]]:
    document = parse(text.encode(), "f.yaml")
    form, problems = FORM.read(document, document.checked().value)
    return form, [str(problem).removeprefix("f.yaml:") for problem in problems]


def test_a_document_that_fits_becomes_typed_data() -> None:
    form, problems = read('name: x\nat: "2026-01-01T10:00:00+02:00"\nparts: [{share: 0}]\n')
    moment = datetime(2026, 1, 1, 10, tzinfo=timezone(timedelta(hours=2)))
    assert (form, problems) == (Form("x", moment, parts=(Inner(0.0),)), [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nam: x", ["1:1: name is missing; add it", "1:1: nam: no such key; did you mean name?"]),
        ("name: x\nzzz: 1", ["2:1: zzz: no such key; remove it; known here: at, code, name, parts"]),
        ("name: 5", ["1:7: name: should be a valid string, not 5; put it in quotes"]),
        ("name: x\ncode: A1", ['2:7: code: "A1" has the wrong form; write small letters']),
        ("name: x\nat: 2026-01-01", ["2:5: at: should be a moment with its time zone"]),
        ("name: x\nparts: [{share: 2}]", ["2:17: parts[0].share: should be less than or equal to 1, not 2; "
            "write a share of the whole"]),
        ("name: x\nparts: [{share: 1, kind: prometeus}]", ["2:26: parts[0].kind: should be 'scrape' or "
            "'prometheus', not \"prometeus\"; did you mean prometheus?"]),
        ("name: x\nparts: [{share: true}]", ["2:17: parts[0].share: should be a valid number, not true; "]),
    ],
)  # fmt: skip
def test_a_problem_says_where_what_should_be_there_and_how_to_fix_it(text: str, expected: list[str]) -> None:
    form, problems = read(text)
    assert form is None
    assert len(problems) == len(expected), problems
    for found, start in zip(problems, expected, strict=True):
        assert found.startswith(start)


def test_a_part_of_a_document_is_reported_at_its_own_path() -> None:
    document = parse(b"spec:\n  inner: {share: x}\n", "f.yaml")
    _, (problem,) = Shape(Inner).read(document, {"share": "x"}, ("spec", "inner"))
    assert (problem.line, problem.column, problem.where) == (2, 18, "spec.inner.share")


@pytest.mark.parametrize("text", ["2026-01-01T10:00:00", "2026-01-01", "2026-13-01T10:00:00Z", "now"])
def test_a_moment_without_a_time_zone_is_refused(text: str) -> None:
    assert read(f'name: x\nat: "{text}"\n')[0] is None


def test_a_moment_of_utc() -> None:
    form, _ = read('name: x\nat: "2026-01-01T10:00:00.5Z"\n')
    assert form is not None and form.at == datetime(2026, 1, 1, 10, 0, 0, 500_000, tzinfo=UTC)


def test_the_schema_tells_an_editor_the_same() -> None:
    schema: dict[str, Any] = FORM.schema
    assert (schema["required"], schema["additionalProperties"]) == (["name"], False)
    assert schema["$defs"]["Inner"]["properties"]["share"]["description"] == "A share of the whole."
