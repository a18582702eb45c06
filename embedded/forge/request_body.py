"""Reading a JSON request body: what is missing, wrong or too long is named as GitHub names it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NoReturn

Json = dict[str, Any]


class ApiError(Exception):
    """A refusal: HTTP status, message, and GitHub's list of `errors`."""

    def __init__(self, status: int, message: str, errors: Sequence[Json] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = tuple(errors)


def invalid(resource: str, field: str, message: str = "", code: str = "") -> ApiError:
    """422 Validation Failed; with a message the code is `custom`, as GitHub has it."""
    code = code or ("custom" if message else "invalid")
    error = {"resource": resource, "field": field, "code": code} | ({"message": message} if message else {})
    return ApiError(422, "Validation Failed", [error])


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


class Body:
    """The object of a request, read field by field. All methods raise `ApiError` 422."""

    def __init__(self, data: Json) -> None:
        self.data = data

    def has(self, name: str) -> bool:
        """Whether the field is there, be it null."""
        return name in self.data

    def text(self, name: str, limit: int | None = None) -> str | None:
        """A text field; None if it is absent or null. `limit` in characters."""
        value = self.data.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or "\0" in value:
            self._wrong(name, value, "a string without NUL")
        if limit is not None and len(value) > limit:
            message = f"{name} is too long (maximum is {limit} characters)"
            error = {"resource": "Request", "field": name, "code": "unprocessable", "message": message}
            raise ApiError(422, "Validation Failed", [error])
        return str(value)

    def need(self, name: str, limit: int | None = None) -> str:
        """A text field that must be there and not be blank."""
        value = self.text(name, limit)
        if value is None or not value.strip():
            raise ApiError(
                422, "Validation Failed", [{"resource": "Request", "field": name, "code": "missing_field"}]
            )
        return value

    def choice(self, name: str, words: Sequence[str]) -> str | None:
        """A text field that is one of the words."""
        value = self.text(name)
        if value is not None and value not in words:
            self._wrong(name, value, f"one of {', '.join(words)}")
        return value

    def flag(self, name: str) -> bool:
        """A true/false field; False if it is absent."""
        value = self.data.get(name, False)
        return value if isinstance(value, bool) else self._wrong(name, value, "a boolean")

    def part(self, name: str) -> Body | None:
        """An object inside the object."""
        value = self.data.get(name)
        if value is None:
            return None
        return Body(value) if isinstance(value, dict) else self._wrong(name, value, "an object")

    def parts(self, name: str) -> list[Body]:
        """A list of objects; empty if it is absent."""
        value = self.data.get(name) or []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self._wrong(name, value, "a list of objects")
        return [Body(item) for item in value]

    def texts(self, name: str) -> list[str]:
        """A list of text; empty if it is absent."""
        value = self.data.get(name) or []
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            self._wrong(name, value, "a list of strings")
        return list(value)

    def whole(self, name: str) -> int:
        """A whole number from 0 up to 2^31 - 1 that must be there."""
        value = self.data.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
            self._wrong(name, value, "a whole number")
        return int(value)

    @staticmethod
    def _wrong(name: str, value: object, wanted: str) -> NoReturn:
        shown = json.dumps(value, ensure_ascii=False)[:80]
        raise ApiError(422, f"Invalid request.\n\nFor 'properties/{name}', {shown} is not {wanted}.")
