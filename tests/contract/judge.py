"""One call of a forge's journal, held against the description."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from contract.description import Description, Operation
from sluicegate.embedded.forge.wire import API, OWN

_BASIC_ERROR = "/components/schemas/basic-error"


_TOLERATED = {"PATCH /repos/{owner}/{repo}/hooks/{hook_id}": {"name"}}
"""Fields that PyGithub sends and GitHub passes over."""


@dataclass(frozen=True)
class Call:
    """A request and its answer, as the journal has them; bodies are JSON, or None."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    sent: Any
    status: int
    headers: Mapping[str, str]
    answered: Any

    @property
    def refused(self) -> bool:
        """Whether the forge did not take the request."""
        return 400 <= self.status < 500


@dataclass(frozen=True)
class Judged:
    """A call's operation, and what violates it; no operation: GitHub has none such."""

    call: Call
    operation: Operation | None
    violations: tuple[str, ...]


def read_journal(directory: Path, files: str = "*.jsonl") -> Iterator[Call]:
    """Every call of every forge that wrote there, but those of the forge's own endpoints."""
    for path in sorted(directory.glob(files)):
        for line in path.read_text().splitlines():
            call = _call(json.loads(line))
            if OWN not in call.path:
                yield call


def _call(line: Mapping[str, Any]) -> Call:
    request, response = line["request"], line["response"]
    kind = response.get("headers", {}).get("content-type", "")
    return Call(
        request["method"], request["path"].removeprefix(API),
        tuple(parse_qsl(request["query"], keep_blank_values=True)), _json(request["body"]),
        response.get("status", 0), response.get("headers", {}),
        _json(response["body"]) if "json" in kind else None,
    )  # fmt: skip


def _json(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) and text.strip() else None
    except ValueError:
        return None


def judge(description: Description, call: Call) -> Judged:
    """A request that the forge takes is one that GitHub takes; every answer is one that GitHub gives.

    What the forge refuses it refuses as GitHub does, so only the answer is judged then.
    """
    operation = description.operation(call.method, call.path)
    if operation is None:
        known = call.status in (401, 404)  # nothing is there, and the forge says so
        return Judged(call, None, () if known else ("GitHub has no such endpoint",))
    found = [] if call.refused else [*_request(description, operation, call)]
    return Judged(call, operation, (*found, *_response(description, operation, call)))


def _request(description: Description, operation: Operation, call: Call) -> Iterator[str]:
    parameters = [description.follow(one) for one in operation.content.get("parameters", [])]
    known = {one["name"]: (index, one) for index, one in enumerate(parameters) if one["in"] == "query"}
    for name, value in call.query:
        if name not in known:
            yield f"request ?{name}: GitHub has no such parameter"
        elif problem := _odd(description.follow(known[name][1]["schema"]), value):
            yield f"request ?{name}={value}: {problem}"
    body = operation.content.get("requestBody")
    if body is None:
        if call.sent not in (None, {}):
            yield "request: GitHub takes no body here"
        return
    pointer = f"{operation.pointer}/requestBody/content/application~1json/schema"
    if call.sent is None:
        if body.get("required"):
            yield "request: no body"
        return
    # "You can also pass an array of labels directly" is said in words only.
    sent = {"labels": call.sent} if isinstance(call.sent, list) else call.sent
    for problem in description.errors(pointer, sent, written=True):
        yield f"request {problem}"
    for name in set(description.unknown(pointer, sent)) - _TOLERATED.get(str(operation), set()):
        yield f"request {name}: GitHub has no such field"


def _odd(schema: Mapping[str, Any], value: str) -> str:
    """What is wrong with a parameter's text, if anything."""
    if schema.get("type") == "integer" and not value.lstrip("-").isdecimal():
        return "no whole number"
    if schema.get("type") == "boolean" and value.lower() not in ("true", "false"):
        return "neither true nor false"
    if "enum" in schema and value not in [str(one) for one in schema["enum"]]:
        return f"none of {', '.join(map(str, schema['enum']))}"
    return ""


def _response(description: Description, operation: Operation, call: Call) -> Iterator[str]:
    if call.status == 304:
        if call.answered is not None:
            yield "answer 304: with a body"
        return
    responses = operation.content["responses"]
    if str(call.status) not in responses:
        yield from _undescribed(description, call)
        return
    response = description.follow(responses[str(call.status)])
    if call.method == "HEAD" or "application/json" not in response.get("content", {}):
        return
    place = responses[str(call.status)].get("$ref", "").removeprefix("#")
    place = place or f"{operation.pointer}/responses/{call.status}"
    pointer = f"{place}/content/application~1json/schema"
    if call.answered is None:
        if "octet" not in call.headers.get("content-type", "") and "raw" not in call.headers.get(
            "content-type", ""
        ):
            yield f"answer {call.status}: no JSON"
        return
    for problem in description.errors(pointer, call.answered, written=False):
        yield f"answer {call.status} {problem}"
    # Errors have a `status` that no description names.
    for name in description.unknown(pointer, call.answered) if call.status < 400 else []:
        yield f"answer {call.status} {name}: GitHub has no such field"


def _undescribed(description: Description, call: Call) -> Iterator[str]:
    """A status that the operation does not name: any error may come, as GitHub's errors look."""
    if call.status < 400:
        yield f"answer {call.status}: GitHub gives no such status"
        return
    if call.method != "HEAD":
        for problem in description.errors(_BASIC_ERROR, call.answered, written=False):
            yield f"answer {call.status} {problem}"
