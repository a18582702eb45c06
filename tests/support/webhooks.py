"""Events as GitHub sends them, from its own examples (npm `@octokit/webhooks-examples`, `make tools`)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = (
    Path(__file__).parents[1] / "webhooks/node_modules/@octokit/webhooks-examples/api.github.com/index.json"
)


@cache
def _examples() -> dict[str, str]:
    if not EXAMPLES.is_file():
        pytest.skip("@octokit/webhooks-examples is not installed: make tools, with npm on PATH")
    return {event["name"]: json.dumps(event["examples"]) for event in json.loads(EXAMPLES.read_bytes())}


def examples(event: str) -> list[dict[str, Any]]:
    """Every example of an event; a fresh copy, to be changed at will."""
    found: list[dict[str, Any]] = json.loads(_examples()[event])
    return found


def example(event: str, action: str | None = None) -> dict[str, Any]:
    """The first example of an event, with this action where one is named."""
    return next(each for each in examples(event) if action in (None, each.get("action")))


def pull_request(
    repository: str, number: int, base: str, head: str, *, fork: str | None = None, branch: str = "topic"
) -> dict[str, Any]:
    """GitHub's example of an opened pull request, about these commits; `fork` is the head's repository."""
    payload = example("pull_request", "opened")
    payload["number"] = payload["pull_request"]["number"] = number
    payload["repository"]["full_name"] = repository
    payload["pull_request"]["base"] |= {"sha": base, "ref": "main"}
    payload["pull_request"]["head"] |= {"sha": head, "ref": branch}
    payload["pull_request"]["head"]["repo"]["full_name"] = fork or repository
    return payload


def merge_group(repository: str, base: str, head: str) -> dict[str, Any]:
    """GitHub's example of a merge group that asks for checks, about these commits."""
    payload = example("merge_group", "checks_requested")
    payload["merge_group"] |= {"base_sha": base, "head_sha": head}
    payload["repository"]["full_name"] = repository
    return payload


def push(repository: str, before: str, after: str, ref: str = "refs/heads/main") -> dict[str, Any]:
    """GitHub's example of a push, about these commits."""
    payload = example("push")
    payload |= {"ref": ref, "before": before, "after": after, "created": False, "deleted": False}
    payload["repository"]["full_name"] = repository
    return payload
