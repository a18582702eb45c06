"""The JSON Schema that GitHub's description is written in: OpenAPI 3.0, read as GitHub itself keeps to it.

Where the description asks more than GitHub keeps to, what GitHub sends decides (@octokit/webhooks-examples):
- `oneOf` is `anyOf`: its alternatives overlap (basic-error and repository-rule-violation-error, private-user
  and public-user), so that no answer of GitHub's own would be under exactly one.
- `nullable` holds for the whole schema that says so, its `enum` and alternatives too: `state_reason` of an
  open issue, `conclusion` of a check run that runs, `author` of a commit without an account are null.
- A text of format `uri` may be empty: `target_url` of a status that was given none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jsonschema import FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator, oas30_format_checker

Json = Any
FORMATS = FormatChecker(formats=())
FORMATS.checkers = {**oas30_format_checker.checkers}
_URI, _RAISES = FORMATS.checkers["uri"]
FORMATS.checkers["uri"] = (lambda value: value == "" or _URI(value), _RAISES)


def _alternatives(
    validator: Any, options: list[Json], value: Json, schema: Json
) -> Iterator[ValidationError]:
    if value is None and schema.get("nullable"):
        return
    context: list[ValidationError] = []
    for index, option in enumerate(options):
        errors = list(validator.descend(value, option, schema_path=index))
        if not errors:
            return
        context += errors
    yield ValidationError("is none of the alternatives", context=context)


def _enumerated(validator: Any, options: list[Json], value: Json, schema: Json) -> Iterator[ValidationError]:
    if value not in options and not (value is None and schema.get("nullable")):
        yield ValidationError(f"{value!r} is not one of {options!r}")


_CHANGED = {"oneOf": _alternatives, "anyOf": _alternatives, "enum": _enumerated}
Read: Any = extend(OAS30ReadValidator, _CHANGED)
"""What GitHub answers."""
Write: Any = extend(OAS30WriteValidator, _CHANGED)
"""What GitHub is sent."""


def explain(problem: ValidationError) -> str:
    """Where in the value, and what is wrong, in a line; of alternatives, the nearest one's first fault."""
    while problem.context:
        problem = _nearest(problem.context)
    place = "/".join(str(part) for part in problem.absolute_path) or "."
    return f"{place}: {problem.message[-160:]}"


def _nearest(context: list[ValidationError]) -> ValidationError:
    """The first fault of the alternative that has no wrong `enum` or `type`, else of the one with fewest."""
    by_option: dict[Any, list[ValidationError]] = {}
    for one in context:
        by_option.setdefault(one.relative_schema_path[0], []).append(one)

    def distance(errors: list[ValidationError]) -> tuple[bool, int]:
        return any(one.validator in ("enum", "type") for one in errors), len(errors)

    return min(by_option.values(), key=distance)[0]
