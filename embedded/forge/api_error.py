"""A refusal of the API, as GitHub words it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    """What a request is answered with instead: HTTP status, message, GitHub's list of `errors`, headers.

    It ends in a response, never in a terminal, so it is not a SluiceError.
    """

    def __init__(
        self,
        status: int,
        message: str,
        errors: Sequence[Json | str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


def invalid(resource: str, field: str, message: str = "", code: str = "") -> ApiError:
    """422 Validation Failed; with a message the code is `custom`, as GitHub has it."""
    error = {"resource": resource, "field": field, "code": code or ("custom" if message else "invalid")}
    if message:
        error["message"] = message
    return ApiError(422, "Validation Failed", [error])
