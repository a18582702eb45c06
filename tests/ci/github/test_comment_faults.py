"""The comment beside faults, by a real proxy before the forge, and beside people who delete and edit it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from github import GithubException
from github.PullRequest import PullRequest
from support.forge_proxy import LOCKED, Fault, Meanwhile, Proxy
from support.forges import BOT, REVIEWER, target
from support.http_stub import Answer, Request, StubServer

from sluicegate.ci.github.checks import put_check_run
from sluicegate.ci.github.client import Client, GitHubError, connect
from sluicegate.ci.github.comment import post, put_report, write
from sluicegate.ci.report.markdown_comment import comment
from sluicegate.embedded.forge import Forge
from sluicegate.validators.runner.finding import Finding, Report, Verdict


@pytest.fixture
def proxy(forge: Forge) -> Iterator[Proxy]:
    with Proxy(forge) as server:
        yield server


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def patient(proxy: Proxy, waits: list[float]) -> Client:
    """A client through the proxy whose waiting is written down instead of waited."""
    return connect(proxy.api, BOT.secret, pause=waits.append)


@pytest.fixture
def through(patient: Client, pull: PullRequest) -> PullRequest:
    return patient.github.get_repo(pull.base.repo.full_name).get_pull(pull.number)


COMMENTS = "/comments"


@pytest.mark.parametrize("applied", [True, False])
def test_a_comment_is_written_once_though_the_answer_was_502(
    proxy: Proxy, patient: Client, through: PullRequest, report: Report, applied: bool, waits: list[float]
) -> None:
    proxy.faults.append(Fault("POST", COMMENTS, 502, applied=applied))
    put_report(patient, through, report)
    assert through.get_issue_comments().totalCount == 1
    assert waits == [1.0]


@pytest.mark.parametrize(
    ("status", "headers", "waited"),
    [(403, {"Retry-After": "7"}, 7.0), (429, {}, 1.0), (502, {}, 1.0), (429, {"Retry-After": "9999"}, 60.0)],
)
def test_an_edit_is_tried_again(
    proxy: Proxy,
    patient: Client,
    through: PullRequest,
    report: Report,
    status: int,
    headers: dict[str, str],
    waited: float,
    waits: list[float],
) -> None:
    first = put_report(patient, through, report)
    proxy.faults.append(Fault("PATCH", str(first.id), status, headers))
    later = replace(report, notes=("later",))
    body = comment(later)
    assert put_report(patient, through, later).body == body
    assert waits == [waited]


def test_a_plain_403_is_not_tried_again(
    proxy: Proxy, patient: Client, through: PullRequest, report: Report, waits: list[float]
) -> None:
    proxy.faults.append(Fault("POST", COMMENTS, 403))
    with pytest.raises(GithubException):
        put_report(patient, through, report)
    assert waits == []


def test_a_locked_conversation_keeps_no_verdict_back(
    proxy: Proxy, patient: Client, through: PullRequest, report: Report
) -> None:
    proxy.faults.append(Fault("POST", COMMENTS, 403, message=LOCKED))
    said = write(patient, through.base.repo, through, report, "main")
    assert "no comment (the conversation is locked), check run with 1 annotations" in said
    assert through.base.repo.get_commit(str(report.head)).get_combined_status().state == "failure"


@pytest.mark.parametrize("begun", ["GET", "PATCH"])
def test_a_comment_that_a_person_deletes_meanwhile_is_written_anew_once(
    proxy: Proxy, pull: PullRequest, patient: Client, through: PullRequest, report: Report, begun: str
) -> None:
    """At PATCH it is gone for our edit, at GET for the look at what the edit became."""
    first = put_report(patient, through, report)
    gone = pull.get_issue_comment(first.id).delete
    later = replace(report, notes=("later",))
    if begun == "GET":
        look = Meanwhile("GET", COMMENTS, gone)
        proxy.meanwhile.append(Meanwhile("PATCH", str(first.id), lambda: proxy.meanwhile.append(look)))
    else:
        proxy.meanwhile.append(Meanwhile("PATCH", str(first.id), gone))
    put_report(patient, through, later)
    (comment_now,) = pull.get_issue_comments()
    assert comment_now.id != first.id
    assert comment_now.body == comment(later)
    assert proxy.meanwhile == []


def test_an_edit_of_somebody_else_at_the_same_time_loses_no_report(
    proxy: Proxy, pull: PullRequest, patient: Client, through: PullRequest, report: Report
) -> None:
    """As of the gate, which read the comment before our report was in it, and writes after."""
    first = put_report(patient, through, report)
    theirs = first.body.replace("too low", "as it was")
    look = Meanwhile("GET", COMMENTS, lambda: pull.get_issue_comment(first.id).edit(theirs))
    proxy.meanwhile.append(Meanwhile("PATCH", str(first.id), lambda: proxy.meanwhile.append(look)))
    later = replace(report, notes=("later",))
    assert put_report(patient, through, later).body == comment(later)
    assert proxy.meanwhile == []


def test_a_person_who_edits_it_in_a_browser_makes_no_second_one(
    client: Client, pull: PullRequest, as_bot: PullRequest, report: Report
) -> None:
    """A browser sends its own line ends, and people add words where the text ends."""
    first = put_report(client, as_bot, report)
    edited = first.body.replace("\n", "\r\n") + "\r\nThis is fine, see the chat.\r\n"
    pull.get_issue_comment(first.id).edit(edited)
    later = replace(report, notes=("later",))
    assert put_report(client, as_bot, later).id == first.id
    (kept,) = pull.get_issue_comments()
    assert kept.body == comment(later)


def test_new_refusals_are_said_though_the_answer_to_the_edit_was_lost(
    proxy: Proxy, patient: Client, pull: PullRequest, through: PullRequest, report: Report
) -> None:
    good = replace(report, findings=(Finding("quality", Verdict.PASS, "fine", "a"),))
    first = put_report(patient, through, good)
    rita = connect(proxy.api, REVIEWER.secret).github.get_repo(pull.base.repo.full_name)
    rita.get_pull(pull.number).create_review(event="APPROVE", body="fine")
    proxy.faults.append(Fault("PATCH", str(first.id), 502, applied=True))
    assert "came after the approval of" in put_report(patient, through, report).body


def test_comments_of_deleted_accounts_are_nobodys(
    proxy: Proxy, pull: PullRequest, patient: Client, through: PullRequest, report: Report
) -> None:
    pull.create_issue_comment(comment(report))
    proxy.deleted.add("olga")
    first = put_report(patient, through, report)
    assert put_report(patient, through, replace(report, notes=("later",))).id == first.id


def test_it_gives_up_after_four_attempts(
    proxy: Proxy, patient: Client, through: PullRequest, report: Report, waits: list[float]
) -> None:
    proxy.faults += [Fault("POST", COMMENTS, 502)] * 9
    with pytest.raises(GithubException):
        put_report(patient, through, report)
    assert waits == [1.0, 3.0, 9.0]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_annotations_are_not_doubled_by_a_502(
    proxy: Proxy, patient: Client, through: PullRequest, report: Report, method: str
) -> None:
    findings = tuple(
        Finding(f"c{i}", Verdict.FAIL, "m", "a", "models/a/model.yaml", i + 1) for i in range(70)
    )
    run_id = "check-runs" if method == "POST" else ""
    proxy.faults.append(Fault(method, run_id, 502, applied=True))
    run = put_check_run(patient, through.base.repo, replace(report, findings=findings))
    assert [note.start_line for note in run.get_annotations()] == list(range(1, 71))
    assert through.base.repo.get_commit(str(report.head)).get_check_runs().totalCount == 1


def test_without_an_apps_token_comment_and_status_remain(
    proxy: Proxy, pull: PullRequest, report: Report
) -> None:
    proxy.faults.append(Fault("POST", "check-runs", 403))
    posted = post(report, target(pull), proxy.api, BOT.secret)
    assert "no check run" in posted
    assert pull.get_issue_comments().totalCount == 1
    assert pull.base.repo.get_commit(pull.head.sha).get_combined_status().total_count == 1


def test_a_token_that_may_not_ask_who_it_is(
    proxy: Proxy, patient: Client, through: PullRequest, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICE_BOT", "sluice")
    proxy.faults += [Fault("GET", "/api/v3/user", 403)] * 2
    first = put_report(patient, through, report)
    assert put_report(patient, through, replace(report, notes=("later",))).id == first.id


def test_an_address_that_leads_elsewhere_is_a_named_error(report: Report) -> None:
    def moved(request: Request) -> Answer:
        return Answer(301, b"{}", {"Location": f"https://git.example.org{request.target}"})

    with StubServer(moved) as server, pytest.raises(GitHubError, match="redirected from http protocol"):
        post(report, "o/r#1", server.url, "secret")


def test_nobody_answers(report: Report, waits: list[float]) -> None:
    with socket.socket() as taken:
        # Bound but not listening: the port is nobody else's, and refuses.
        taken.bind(("127.0.0.1", 0))
        api = f"http://127.0.0.1:{taken.getsockname()[1]}/api/v3"
        with pytest.raises(GitHubError, match="cannot be reached"):
            post(report, "o/r#1", api, "secret", pause=waits.append)
    assert waits == [1.0, 3.0, 9.0]
