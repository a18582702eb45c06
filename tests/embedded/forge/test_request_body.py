from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from sluicegate.embedded.forge.api.checks import NewCheckRun
from sluicegate.embedded.forge.api.hooks import NewHook
from sluicegate.embedded.forge.api_error import ApiError
from sluicegate.embedded.forge.pulls import NewPull
from sluicegate.embedded.forge.request_body import RequestBody, Required, Text, Whole, parse, read


class Part(RequestBody):
    level: Literal["low", "high"]


class Sample(RequestBody):
    name: Required = Field(max_length=10)
    note: Annotated[Text, Field(max_length=10)] | None = None
    flag: bool = False
    line: Whole | None = None
    parts: list[Part] | None = None


@pytest.mark.parametrize(
    "content", [b"{", b'{"a": NaN}', b'{"a": "\\ud800"}', b"\xff", b"[" * 100_000, b'"text"', b"7"]
)
def test_nonsense_is_400(content: bytes) -> None:
    with pytest.raises(ApiError) as caught:
        parse(content, "application/json")
    assert caught.value.status == 400


@given(st.binary(max_size=60))
def test_any_bytes_give_an_object_or_400(content: bytes) -> None:
    try:
        assert isinstance(parse(content, ""), dict)
    except ApiError as error:
        assert error.status == 400


def test_other_media_types_are_415() -> None:
    with pytest.raises(ApiError) as caught:
        parse(b"<a/>", "text/xml")
    assert caught.value.status == 415


def refused(data: Any, model: type[RequestBody] = Sample) -> ApiError:
    with pytest.raises(ApiError) as caught:
        read(data, model)
    assert caught.value.status == 422
    return caught.value


def test_a_field_that_was_sent_as_null_is_told_from_one_that_was_left_out() -> None:
    assert read({"name": "x", "unknown": 1}, Sample) == Sample(name="x")
    assert not read({"name": "x"}, Sample).has("note")
    assert read({"name": "x", "note": None}, Sample).has("note")


@pytest.mark.parametrize("data", [{}, {"name": None}, {"name": ""}, {"name": " \t"}])
def test_what_is_missing_or_blank_is_a_missing_field(data: dict[str, Any]) -> None:
    error = refused(data)
    assert error.message == "Validation Failed"
    assert error.errors == ({"resource": "Request", "field": "name", "code": "missing_field"},)


def test_text_is_counted_in_characters() -> None:
    assert read({"name": "é" * 10}, Sample).name == "é" * 10
    message = "name is too long (maximum is 10 characters)"
    assert refused({"name": "é" * 11}).errors == (
        {"resource": "Request", "field": "name", "code": "unprocessable", "message": message},
    )


def test_every_field_that_is_missing_or_too_long_is_listed() -> None:
    error = refused({"note": "x" * 11})
    assert [(one["field"], one["code"]) for one in error.errors] == [
        ("name", "missing_field"),
        ("note", "unprocessable"),
    ]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", 3, "'properties/name', 3 is not a string."),
        ("name", ["x"], "'properties/name', [\"x\"] is not a string."),
        ("name", "a\0b", "is not a string without NUL."),
        ("flag", "true", "'properties/flag', \"true\" is not a boolean."),
        ("flag", 1, "is not a boolean."),
        ("line", True, "is not a whole number."),
        ("line", -1, "is not a whole number."),
        ("line", 2**31, "is not a whole number."),
        ("line", 1.5, "is not a whole number."),
        ("parts", {}, "is not a list."),
        ("parts", [1], "'properties/parts/0', 1 is not an object."),
        ("parts", [{"level": "odd"}], "'properties/parts/0/level', \"odd\" is not one of 'low' or 'high'."),
    ],
)
def test_a_value_of_the_wrong_kind_is_an_invalid_request(field: str, value: object, words: str) -> None:
    error = refused({"name": "x", field: value})
    assert error.message.startswith("Invalid request.\n\nFor 'properties/") and words in error.message
    assert error.errors == ()


FIELDS = ["title", "head", "base", "output", "annotations", "config", "url", "events", "status", "actions"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), below, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON), st.sampled_from([NewCheckRun, NewHook, NewPull]))
def test_no_object_gets_past_github_s_422(data: dict[str, Any], model: type[RequestBody]) -> None:
    try:
        assert isinstance(read(data, model), model)
    except ApiError as error:
        assert error.status == 422 and error.message
