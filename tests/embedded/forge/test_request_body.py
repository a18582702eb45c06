from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.embedded.forge.request_body import ApiError, Body, parse


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


def test_text_is_counted_in_characters() -> None:
    assert Body({"body": "é" * 10}).text("body", 10) == "é" * 10
    with pytest.raises(ApiError) as caught:
        Body({"body": "x" * 11}).text("body", 10)
    assert caught.value.status == 422


@pytest.mark.parametrize("value", [None, "", "  ", 3, ["x"], "a\0b"])
def test_what_is_needed_must_be_text(value: object) -> None:
    with pytest.raises(ApiError) as caught:
        Body({"name": value}).need("name")
    assert caught.value.status == 422
