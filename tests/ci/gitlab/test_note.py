"""The note over real HTTP, to a server that answers as GitLab's pages on notes and merge requests say.

It is no GitLab: what is held here is the client, against the documented requests and answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from support.http_stub import Answer, Request, StubServer

from sluicegate.ci.gitlab.note import GitLabError, post
from sluicegate.ci.report.markdown_report import render
from sluicegate.validators.runner.finding import Finding, Report, Verdict

HEAD = "a" * 40
NOTES = "/projects/acme%2Fmodels/merge_requests/7/notes"


class GitLab(StubServer):
    """Notes of one merge request, two a page; `failing` are statuses of the next answers to writes."""

    def __init__(self) -> None:
        self.notes: list[dict[str, Any]] = []
        self.failing: list[int] = []
        super().__init__(self.answer)

    def note(self, body: str, author: int) -> None:
        self.notes.append({"id": 300 + len(self.notes), "body": body, "author": {"id": author}})

    def answer(self, request: Request) -> Answer | bytes:
        if request.headers.get("private-token") != "glpat-abc":
            return Answer(401, b'{"message":"401 Unauthorized"}')
        if request.method != "GET" and self.failing:
            return Answer(self.failing.pop(0))
        return self.read(request) if request.method == "GET" else self.write(request)

    def read(self, request: Request) -> Answer | bytes:
        if request.path == "/user":
            return b'{"id": 5, "username": "project_1_bot"}'
        if request.path == NOTES.removesuffix("/notes"):
            return json.dumps({"iid": 7, "sha": HEAD}).encode()
        if request.path != NOTES:
            return Answer(404, b'{"message":"404 Not found"}')
        page = int(request.query["page"])
        more = str(page + 1) if len(self.notes) > 2 * page else ""
        shown = self.notes[2 * page - 2 : 2 * page]
        return Answer(200, json.dumps(shown).encode(), {"X-Next-Page": more})

    def write(self, request: Request) -> Answer:
        body = json.loads(request.body)["body"]
        if request.method == "POST":
            self.note(body, 5)
            return Answer(201, json.dumps(self.notes[-1]).encode())
        (note,) = (one for one in self.notes if request.path == f"{NOTES}/{one['id']}")
        note["body"] = body
        return Answer(200, json.dumps(note).encode())


@pytest.fixture
def gitlab(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitLab]:
    monkeypatch.setenv("SLUICE_TOKEN", "glpat-abc")
    with GitLab() as gitlab:
        yield gitlab


def report(message: str = "roc_auc is 0.5") -> Report:
    return Report((Finding("quality", Verdict.FAIL, message, "m"),), 1.0, HEAD, models={"m": Verdict.FAIL})


def posted(gitlab: GitLab, what: Report) -> str:
    return post(what, "acme/models!7", gitlab.url, pause=lambda _: None)


def test_one_note_is_written_then_edited_then_left(gitlab: GitLab) -> None:
    for author in (8, 9, 10):
        gitlab.note("words of others", author)
    assert posted(gitlab, report()) == "acme/models!7: note written"
    assert posted(gitlab, report("roc_auc is 0.6")) == "acme/models!7: note edited"
    assert posted(gitlab, report("roc_auc is 0.6")) == "acme/models!7: note is as it was"
    assert len(gitlab.notes) == 4
    assert "0.6" in gitlab.notes[-1]["body"]


def test_a_marker_of_somebody_else_is_not_ours(gitlab: GitLab) -> None:
    gitlab.note(render(report()), 8)
    posted(gitlab, report())
    assert [note["author"]["id"] for note in gitlab.notes] == [8, 5]


def test_a_server_that_fails_is_asked_again_and_gets_one_note(gitlab: GitLab) -> None:
    gitlab.failing = [502, 429]
    posted(gitlab, report())
    assert len(gitlab.notes) == 1


def test_what_goes_on_failing_is_a_named_error(gitlab: GitLab) -> None:
    gitlab.failing = [503] * 9
    with pytest.raises(GitLabError, match="answered 503"):
        posted(gitlab, report())


def test_a_report_of_another_commit_is_not_posted(gitlab: GitLab) -> None:
    with pytest.raises(GitLabError, match="judge that commit"):
        posted(gitlab, Report(report().findings, 1.0, "b" * 40))
    assert gitlab.notes == []


def test_no_quoted_text_begins_a_line_with_a_quick_action(gitlab: GitLab) -> None:
    """GitLab carries out a line of a note that begins with `/merge` or `/approve`."""
    posted(gitlab, report("bad\n/approve\n/merge"))
    lines = gitlab.notes[0]["body"].splitlines()
    assert [line for line in lines if line.lstrip(" >").startswith("/")] == []


def test_what_is_wrong_is_said(gitlab: GitLab, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(GitLabError, match="GROUP/PROJECT!NUMBER"):
        post(report(), "acme/models#7", gitlab.url)
    with pytest.raises(GitLabError, match="unencrypted"):
        post(report(), "acme/models!7", "http://gitlab.example/api/v4")
    monkeypatch.setenv("SLUICE_TOKEN", "another")
    with pytest.raises(GitLabError, match="answered 401"):
        posted(gitlab, report())
    monkeypatch.delenv("SLUICE_TOKEN")
    monkeypatch.delenv("GITLAB_TOKEN", raising=False)
    with pytest.raises(GitLabError, match="no token"):
        posted(gitlab, report())
