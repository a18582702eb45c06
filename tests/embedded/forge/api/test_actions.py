from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import requests
from github.PullRequest import PullRequest
from github.Repository import Repository
from support.forge_actions import end_run, record_run, upload_artifact

from sluicegate.embedded.forge import Forge

SECRET = "olga-secret"


@pytest.fixture
def run(forge: Forge, repo: Repository, pull: PullRequest) -> dict[str, Any]:
    """A run of `validate` for the pull's head, in progress."""
    return record_run(forge.api, SECRET, repo.full_name, pull.head.sha, head_branch="topic")


def test_a_run_is_listed_with_its_pull(
    forge: Forge, repo: Repository, pull: PullRequest, run: dict[str, Any]
) -> None:
    end_run(forge.api, SECRET, repo.full_name, run["id"], "failure")
    (seen,) = repo.get_workflow_runs(head_sha=pull.head.sha, event="pull_request")
    assert (seen.name, seen.status, seen.conclusion, seen.run_number) == (
        "validate",
        "completed",
        "failure",
        1,
    )
    assert [one.number for one in seen.pull_requests] == [pull.number]
    assert list(repo.get_workflow_runs(branch="main")) == []
    again = record_run(forge.api, SECRET, repo.full_name, pull.head.sha)
    assert repo.get_workflow_run(again["id"]).run_number == 2


def test_an_artifact_is_downloaded_without_a_token_by_the_address_given(
    forge: Forge, repo: Repository, run: dict[str, Any], ask: Callable[..., tuple[int, dict[str, str], Any]]
) -> None:
    upload_artifact(forge.api, SECRET, repo.full_name, run["id"], "sluice-report", {"report.json": "{}"})
    (seen,) = repo.get_workflow_run(run["id"]).get_artifacts()
    assert (seen.name, seen.expired, seen.workflow_run.id) == ("sluice-report", False, run["id"])
    assert [one.id for one in repo.get_artifacts(name="sluice-report")] == [seen.id]
    path = seen.archive_download_url.removeprefix(forge.url)
    assert ask("GET", path, login=None)[0] == 401
    status, headers, _ = ask("GET", path, login="rita")
    assert status == 302
    content = requests.get(headers["location"], timeout=60).content
    assert zipfile.ZipFile(io.BytesIO(content)).read("report.json") == b"{}"
    for forged in (headers["location"][:-1] + "x", headers["location"].replace("until=", "until=9")):
        assert requests.get(forged, timeout=60).status_code == 403


def test_an_artifact_is_a_zip_file_and_its_name_is_taken_once(
    forge: Forge, repo: Repository, run: dict[str, Any]
) -> None:
    with pytest.raises(requests.HTTPError, match="422"):
        upload_artifact(forge.api, SECRET, repo.full_name, run["id"], "report", b"no zip")
    upload_artifact(forge.api, SECRET, repo.full_name, run["id"], "report", {"a": "1"})
    with pytest.raises(requests.HTTPError, match="409"):
        upload_artifact(forge.api, SECRET, repo.full_name, run["id"], "report", {"a": "2"})


def test_the_end_of_a_run_is_told(
    forge: Forge, repo: Repository, pull: PullRequest, receiver: Callable[..., Any]
) -> None:
    there = receiver()
    repo.create_hook("web", {"url": there.url, "content_type": "json"}, ["workflow_run"])
    made = record_run(forge.api, SECRET, repo.full_name, pull.head.sha, name="validate")
    end_run(forge.api, SECRET, repo.full_name, made["id"])
    requested, completed = there.wait("workflow_run", 2)
    assert (requested["action"], completed["action"]) == ("requested", "completed")
    assert completed["workflow_run"]["conclusion"] == "success"
    assert completed["workflow_run"]["head_sha"] == pull.head.sha
    assert completed["workflow"]["path"] == ".github/workflows/validate.yml"
