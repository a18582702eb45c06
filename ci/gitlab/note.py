"""The report on a merge request: one note, found again and edited.

https://docs.gitlab.com/api/notes/#merge-requests. A job's own CI_JOB_TOKEN may not write notes, so this
takes a project's access token with the scope `api`.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import urllib3

from sluicegate.ci.report.markdown_report import KIND, render
from sluicegate.ci.report.markdown_text import read_marker
from sluicegate.ci.report.text_format import clean
from sluicegate.gate.adapters.bounded_http import Answer, Deadline, NoAnswer, send, with_deadlines
from sluicegate.specs.errors import SluiceError
from sluicegate.validators.runner.finding import Report

TOKEN_VARIABLES = ("SLUICE_TOKEN", "GITLAB_TOKEN")
WAITS = (1.0, 3.0, 9.0)
"""Seconds before each further attempt."""
RETRIED = (429, 500, 502, 503, 504)
SECONDS = 30.0
MOST_PAGES = 50
"""Pages of 100 notes that are read."""
_TARGET = re.compile(r"(?P<project>[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*)!(?P<number>[1-9][0-9]{0,9})")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class GitLabError(SluiceError):
    """The report could not be posted to GitLab."""


class _Later(Exception):
    """The same request may succeed."""


def post(report: Report, target: str, api: str, *, pause: Callable[[float], None] = time.sleep) -> str:
    """Write the report to the merge request `GROUP/PROJECT!N` (or `ID!N`); what was done, in a sentence.

    The token is in SLUICE_TOKEN or GITLAB_TOKEN. Raises GitLabError.
    """
    parts = _TARGET.fullmatch(target)
    if parts is None:
        raise GitLabError(f"{target!r} is not a merge request", "write GROUP/PROJECT!NUMBER")
    token = next((os.environ[name] for name in TOKEN_VARIABLES if os.environ.get(name)), None)
    if token is None:
        raise GitLabError("there is no token", f"set {TOKEN_VARIABLES[0]} (or {TOKEN_VARIABLES[1]})")
    client = _Client(_encrypted(api), token)
    path = f"/projects/{quote(parts['project'], safe='')}/merge_requests/{parts['number']}"
    for wait in (*WAITS, None):
        try:
            return f"{target}: {_put(client, path, report)}"
        except _Later as error:
            if wait is None:
                raise GitLabError(f"{target}: GitLab {error}", "run it again later") from error
            pause(wait)
    raise AssertionError


def _put(client: _Client, path: str, report: Report) -> str:
    """One attempt, which reads first what is there: the one before may have arrived."""
    head = client.ask("GET", path)[0]["sha"]
    if report.head is None or head != report.head:
        judged = clean(report.head or "a work tree", 40)
        raise GitLabError(
            f"the report is of {judged}, and the merge request is at {clean(head, 40)}",
            "judge that commit with --changed BASE..HEAD",
        )
    body = render(report)
    mine = _own_note(client, path)
    if mine is None:
        client.ask("POST", f"{path}/notes", {"body": body})
        return "note written"
    if mine["body"].strip() == body.strip():
        return "note is as it was"
    client.ask("PUT", f"{path}/notes/{int(mine['id'])}", {"body": body})
    return "note edited"


def _own_note(client: _Client, path: str) -> dict[str, Any] | None:
    """The oldest of the token's own with our marker; anyone can write a marker."""
    own = client.ask("GET", "/user")[0]["id"]
    page = "1"
    for _ in range(MOST_PAGES):
        notes, page = client.ask("GET", f"{path}/notes?sort=asc&order_by=created_at&per_page=100&page={page}")
        for note in notes:
            if note["author"]["id"] == own and read_marker(note["body"], KIND) is not None:
                found: dict[str, Any] = note
                return found
        if not page.isdecimal():
            break
    return None


@dataclass(frozen=True)
class _Client:
    api: str
    token: str = field(repr=False)

    def ask(self, method: str, path: str, data: dict[str, str] | None = None) -> tuple[Any, str]:
        """The answer's JSON, and the number of the next page. Raises _Later, GitLabError."""
        headers = {
            "PRIVATE-TOKEN": self.token,
            "Content-Type": "application/json",
            "User-Agent": "sluicegate",
        }
        body = None if data is None else json.dumps(data).encode()
        try:
            with with_deadlines(urllib3.PoolManager()) as manager:
                answer = send(manager, method, self.api + path, Deadline(SECONDS), headers=headers, body=body)
        except NoAnswer as error:
            raise _Later(str(error)) from error
        if answer.status in RETRIED:
            raise _Later(f"answered {answer.status}")
        if not 200 <= answer.status < 300:
            raise GitLabError(
                f"GitLab answered {answer.status} to {method} {path.partition('?')[0]}: {_says(answer)}",
                "check that the token has the scope `api` and may comment there",
            )
        try:
            return json.loads(answer.body), answer.headers.get("X-Next-Page", "")
        except ValueError as error:
            raise GitLabError(f"{self.api} answered no JSON", "give the address of GitLab's API") from error


def _says(answer: Answer) -> str:
    return clean(answer.body[:300].decode("utf-8", "replace"), 200)


def _encrypted(api: str) -> str:
    """Raises GitLabError for an address that would send the token unencrypted, or is none."""
    try:
        parts = urlsplit(api)
        _ = parts.port
    except ValueError as error:
        raise GitLabError(f"{api!r} is not an address", "write https://HOST/api/v4") from error
    local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or local):
        raise GitLabError(
            f"{clean(api, 200)} would send the token unencrypted", "give an address that begins with https://"
        )
    return api.rstrip("/")
