"""A refusal of the API, as GitHub words it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    """What a request is answered with instead: HTTP status, message, and GitHub's list of `errors`.

    It ends in a response, never in a terminal, so it is not a SluiceError.
    """

    def __init__(self, status: int, message: str, errors: Sequence[Json | str] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = tuple(errors)


def invalid(resource: str, field: str, message: str = "", code: str = "") -> ApiError:
    """422 Validation Failed; with a message the code is `custom`, as GitHub has it."""
    error = {"resource": resource, "field": field, "code": code or ("custom" if message else "invalid")}
    if message:
        error["message"] = message
    return ApiError(422, "Validation Failed", [error])
