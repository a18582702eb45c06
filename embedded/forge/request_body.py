"""JSON request bodies as typed models; what is missing, wrong or too long is named as GitHub names it."""

from __future__ import annotations

import json
from typing import Annotated, NoReturn, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from sluicegate.embedded.forge.api_error import ApiError, Json


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("nul", "a string without NUL")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("missing", "blank")
    return text


Text = Annotated[str, AfterValidator(_without_nul)]
"""Any text; NUL is what neither git nor sqlite takes. A limit is in characters: `Field(max_length=...)`."""
Required = Annotated[Text, AfterValidator(_not_blank)]
"""Text that must be there and not be blank."""
Whole = Annotated[int, Field(ge=0, lt=2**31)]
"""A whole number that every client can hold."""


class RequestBody(BaseModel):
    """The base of all request models: no value is converted to another type, unknown fields are ignored.

    A field that was left out is not in `model_fields_set`; one that was sent as null is.
    """

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    def has(self, name: str) -> bool:
        """Whether the field was sent, be it null."""
        return name in self.model_fields_set


Model = TypeVar("Model", bound=RequestBody)


def parse(content: bytes, media: str) -> Json:
    """The JSON object of a body; an empty body is an empty object. Raises `ApiError` 400, 415."""
    kind = media.split(";", maxsplit=1)[0].strip().lower()
    # application/x-www-form-urlencoded is what curl -d says; GitHub reads JSON there too.
    if kind and kind != "application/x-www-form-urlencoded" and not kind.endswith(("/json", "+json")):
        raise ApiError(415, f"Unsupported media type {kind}: send application/json")
    if not content.strip():
        return {}
    try:
        data = json.loads(content, parse_constant=_no_constant)
        json.dumps(data, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "Problems parsing JSON") from error
    if isinstance(data, list):
        return {"labels": data}  # the one bare list that the API knows: labels of an issue
    if not isinstance(data, dict):
        raise ApiError(400, "Body should be a JSON object")
    return data


def _no_constant(word: str) -> NoReturn:
    raise ValueError(word)


def read(data: Json, model: type[Model]) -> Model:
    """The request that a body is. Raises `ApiError` 422 with GitHub's words."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _refusal(error.errors(include_url=False)) from error


def _refusal(problems: list[ErrorDetails]) -> ApiError:
    """A value of the wrong kind refuses the whole request; fields that are missing or too long are listed."""
    listed: list[Json] = []
    for problem in problems:
        error = _listed(problem)
        if error is None:
            return ApiError(422, f"Invalid request.\n\n{_explained(problem)}")
        listed.append(error)
    return ApiError(422, "Validation Failed", listed)


def _listed(problem: ErrorDetails) -> Json | None:
    """The problem as an entry of `errors`; None for one that refuses the whole request."""
    error: Json = {"resource": "Request", "field": _field(problem)}
    if problem["type"] == "missing" or problem["input"] is None:
        return error | {"code": "missing_field"}
    if problem["type"] in ("string_too_long", "too_long"):  # the second where a validator comes first
        most = problem["ctx"]["max_length"]
        message = f"{_field(problem)} is too long (maximum is {most} characters)"
        return error | {"code": "unprocessable", "message": message}
    return None


def _explained(problem: ErrorDetails) -> str:
    shown = json.dumps(problem["input"], ensure_ascii=False)[:80]
    path = "/".join(str(part) for part in problem["loc"])
    return f"For 'properties/{path}', {shown} is not {_expected(problem)}."


def _expected(problem: ErrorDetails) -> str:
    kinds = {
        "string_type": "a string",
        "bool_type": "a boolean",
        "list_type": "a list",
        "model_type": "an object",
        "model_attributes_type": "an object",
        "int_type": "a whole number",
        "greater_than_equal": "a whole number",
        "less_than": "a whole number",
    }
    if problem["type"] == "literal_error":
        return f"one of {problem['ctx']['expected']}"
    return kinds.get(problem["type"], problem["msg"])


def _field(problem: ErrorDetails) -> str:
    """The name that the client knows: of `events/0` it is `events`."""
    names = [part for part in problem["loc"] if isinstance(part, str)]
    return names[-1] if names else ""
