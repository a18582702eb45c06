"""`sluice github report` against the forge: a true report is written, a forged one is refused by name.

The report is one real run of all checks; what forgers do to it is listed in `FORGED`.
"""

from __future__ import annotations

import base64
import io
import itertools
import json
import stat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from github import Auth, Github
from github.PullRequest import PullRequest
from support.extras import needs_deepchecks
from support.forge_actions import archive, record_run, upload_artifact
from support.forges import BOT, PERSON
from support.http_stub import Site
from support.keys import Key
from support.repositories import git

from sluicegate.ci.__main__ import main
from sluicegate.ci.github.checks import CONTEXT
from sluicegate.embedded.forge import Forge

KEY = Key()
COUNT = itertools.count(1)
pytestmark = needs_deepchecks  # without it no run is complete

Json = dict[str, Any]


@dataclass
class Hosted:
    """A pull request of the tiny model's second version, and the true report of it."""

    forge: Forge
    work: Any
    pull: PullRequest
    report: Json
    environment: dict[str, str] = field(default_factory=dict)
    """Of the job that reports, beside its token."""

    @property
    def name(self) -> str:
        return str(self.pull.base.repo.full_name)

    def reported(self, artifact: bytes, tmp_path: Path, **run: Any) -> Result:
        """What `sluice github report` makes of a run of the head that left this artifact."""
        head = run.pop("head_sha", self.pull.head.sha)
        given = {"status": "completed", "conclusion": "success", "head_branch": "topic"} | run
        made = record_run(self.forge.api, PERSON.secret, self.name, head, **given)
        upload_artifact(self.forge.api, PERSON.secret, self.name, made["id"], "sluice-report", artifact)
        event = tmp_path / "event.json"
        event.write_text(json.dumps({"workflow_run": made, "repository": {"full_name": self.name}}))
        words = ["github", "report", "-C", str(self.work.root), "--event", str(event)]
        words += ["--server", self.forge.url, "--api", self.forge.api]
        return CliRunner().invoke(main, words, env={"SLUICE_TOKEN": BOT.secret, **self.environment})

    def status(self) -> tuple[str, str]:
        """(state, description) of the newest status of the head."""
        statuses = self.pull.base.repo.get_commit(self.pull.head.sha).get_combined_status().statuses
        (found,) = [status for status in statuses if status.context == CONTEXT]
        return found.state, found.description

    def comment(self) -> str:
        (comment,) = self.pull.get_issue_comments()
        return str(comment.body)


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory):
    with Forge(tmp_path_factory.mktemp("forge"), [BOT, PERSON]) as running:
        yield running


@pytest.fixture(scope="module")
def hosted(
    forge: Forge, tmp_path_factory: pytest.TempPathFactory, make_work: Callable[[Path], Any]
) -> Hosted:
    work = make_work(tmp_path_factory.mktemp("hosted"))
    repository = Github(base_url=forge.api, auth=Auth.Token(PERSON.secret)).get_user().create_repo("models")
    work.git("remote", "add", "origin", f"{forge.url}/{repository.full_name}.git")
    credential = f"http.{forge.url}/.extraheader=Authorization: Bearer {PERSON.secret}"
    work.write("environments/gate.pub", KEY.public)
    work.commit("Who signs")
    work.git("switch", "--quiet", "--create", "topic", "main")
    work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
    head = work.commit("Version 2")
    git("-c", credential, "push", "--quiet", "origin", "main", "topic", cwd=work.root)
    work.git("switch", "--quiet", "main")
    pull = repository.create_pull(base="main", head="topic", title="Version 2", body="")
    words = ["validate", "-C", str(work.root), "--changed", f"main..{head}", "--format", "json"]
    result = CliRunner().invoke(main, words)
    return Hosted(forge, work, pull, json.loads(result.stdout))


def forged(report: Json, **change: Any) -> bytes:
    return archive({"report.json": json.dumps({**report, **change})})


def packed(name: str, mode: int = stat.S_IFREG | 0o644, content: bytes = b"{}") -> bytes:
    """An archive of one file, as zip itself allows it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        member = zipfile.ZipInfo(name)
        member.external_attr = mode << 16
        member.compress_type = zipfile.ZIP_DEFLATED
        file.writestr(member, content)
    return made.getvalue()


def failing(report: Json) -> list[Json]:
    """One finding of a check that loads the model is a fail."""
    return [
        finding | {"verdict": "fail"} if finding["check"] == "latency" else finding
        for finding in report["findings"]
    ]


def waived(report: Json, check: str = "spec-valid") -> list[Json]:
    """The findings of a check are waived, says the report; unless told otherwise of one that is run again."""
    return [
        finding | {"verdict": "waived"} if finding["check"] == check else finding
        for finding in report["findings"]
    ]


FORGED: dict[str, tuple[str, Callable[[Json], bytes]]] = {
    "leads out of the archive": ("unsafe-archive", lambda _: packed("../report.json")),
    "an absolute path": ("unsafe-archive", lambda _: packed("/report.json")),
    "a link": ("unsafe-archive", lambda _: packed("report.json", stat.S_IFLNK | 0o777, b"/etc/passwd")),
    "a bomb": ("too-large", lambda _: packed("report.json", content=b" " * (17 << 20))),
    "no report": ("no-report", lambda _: packed("other.json")),
    "no JSON": ("not-json", lambda _: packed("report.json", content=b"{")),
    "a key twice": ("not-json", lambda _: packed("report.json", content=b'{"head": 1, "head": 2}')),
    "a field of its own": ("other-schema", lambda report: forged(report, approved=True)),
    "another head": ("other-head", lambda report: forged(report, head="a" * 40)),
    "another base": ("other-base", lambda report: forged(report, base="b" * 40)),
    "another version of the code": ("other-code", lambda report: forged(report, code="sluicegate 9.9.9")),
    "another model": ("other-models", lambda report: forged(report, models={"other": "pass"})),
    "other files of the model": ("other-models", lambda report: forged(report, contents={"tiny": "c" * 40})),
    "a check less": (
        "fewer-checks",
        lambda report: forged(report, findings=[f for f in report["findings"] if f["check"] != "onnx-loads"]),
    ),
    "a check that was never asked for": (
        "fewer-checks",
        lambda report: forged(report, checks=[one for one in report["checks"] if one != "latency"]),
    ),
    "a pass beside a fail": ("other-verdict", lambda report: forged(report, findings=failing(report))),
    "a waiver that nobody wrote": (
        "not-waived",
        lambda report: forged(
            report, verdict="waived", models={"tiny": "waived"}, findings=waived(report, "latency")
        ),
    ),
    "another fact": ("other-facts", lambda report: forged(report, findings=waived(report))),
}


def test_the_true_report_is_comment_check_run_and_status(hosted: Hosted, tmp_path: Path) -> None:
    assert hosted.report["complete"], hosted.report["left_out"]
    assert hosted.report["verdict"] == "pass", hosted.report["findings"]
    result = hosted.reported(forged(hosted.report), tmp_path)
    assert result.exit_code == 0, result.output
    state, description = hosted.status()
    assert state == "success"
    assert description.startswith("pass: a merge starts the release of tiny")
    assert hosted.pull.head.sha[:7] in hosted.comment()


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_report_is_refused_by_name_and_written_as_a_failure(
    hosted: Hosted, tmp_path: Path, how: str
) -> None:
    kind, forge = FORGED[how]
    result = hosted.reported(forge(hosted.report), tmp_path)
    assert result.exit_code == 1, result.output
    assert hosted.status()[0] == "failure"
    assert f"is not believed ({kind})" in hosted.comment()


def test_a_partial_report_is_a_comment_and_no_status(hosted: Hosted, tmp_path: Path) -> None:
    hosted.reported(forged(hosted.report, head="a" * 40), tmp_path)
    before = hosted.status()
    result = hosted.reported(
        forged(hosted.report, complete=False, left_out=["only x was run"], notes=["partial: only x was run"]),
        tmp_path,
    )
    assert result.output.strip().endswith("the run was partial"), result.output
    assert hosted.status() == before
    assert "partial: only x was run" in hosted.comment()


def test_a_head_that_moved_on_is_not_reported(hosted: Hosted, tmp_path: Path) -> None:
    result = hosted.reported(forged(hosted.report), tmp_path, head_sha=hosted.pull.base.sha)
    assert "is of no open or merged pull request: nothing to report" in result.output


@pytest.fixture
def again(hosted: Hosted) -> Hosted:
    """The same pull request in a repository of its own, for a test that merges or closes it."""
    hub = Github(base_url=hosted.forge.api, auth=Auth.Token(PERSON.secret))
    repository = hub.get_user().create_repo(f"models-{next(COUNT)}")
    send(hosted, "main", "topic", to=repository.full_name)
    pull = repository.create_pull(base="main", head="topic", title="Version 2", body="")
    return replace(hosted, pull=pull)


def send(hosted: Hosted, *refs: str, to: str) -> None:
    credential = f"http.{hosted.forge.url}/.extraheader=Authorization: Bearer {PERSON.secret}"
    address = f"{hosted.forge.url}/{to}.git"
    git("-c", credential, "push", "--quiet", "--force", address, *refs, cwd=hosted.work.root)


def test_two_pull_requests_of_one_head_have_their_own_verdicts(again: Hosted, tmp_path: Path) -> None:
    """Whoever may push a branch sets its rules: a pass by them lets nothing into the default branch."""
    work = again.work
    tree = work.git("rev-parse", "main^{tree}")
    loose = work.git("commit-tree", tree, "-p", "main", "-m", "Rules of my own")
    send(again, f"{loose}:refs/heads/loose", to=again.name)
    repository = again.pull.base.repo
    other = replace(again, pull=repository.create_pull(base="loose", head="topic", title="Mine", body=""))
    result = other.reported(forged(again.report, base=loose), tmp_path)
    assert result.exit_code == 0, result.output
    statuses = repository.get_commit(again.pull.head.sha).get_combined_status().statuses
    assert [(one.context, one.state) for one in statuses] == [("sluice/validate (loose)", "success")]
    assert again.pull.get_issue_comments().totalCount == 0
    before = other.comment()
    assert again.reported(forged(again.report, verdict="fail"), tmp_path).exit_code == 1
    assert again.status()[0] == "failure"
    assert "is not believed (other-verdict)" in again.comment()
    assert again.reported(forged(again.report), tmp_path).exit_code == 0
    assert again.status()[0] == "success"
    assert "**pass**" in again.comment()
    assert other.comment() == before


@pytest.mark.parametrize("gone", [False, True])
def test_a_pull_request_that_was_merged_meanwhile_has_its_verdict(
    again: Hosted, tmp_path: Path, gone: bool
) -> None:
    """Its release waits for one; its branch may be deleted by then."""
    again.pull.merge()
    if gone:
        again.pull.base.repo.get_git_ref("heads/topic").delete()
    result = again.reported(forged(again.report), tmp_path)
    assert result.exit_code == 0, result.output
    assert again.status()[0] == "success"
    assert "**pass**" in again.comment()


def test_a_pull_request_that_was_closed_unmerged_is_not_reported(again: Hosted, tmp_path: Path) -> None:
    again.pull.edit(state="closed")
    result = again.reported(forged(again.report), tmp_path)
    assert "is of no open or merged pull request: nothing to report" in result.output
    assert again.pull.get_issue_comments().totalCount == 0


def test_a_branch_that_has_another_name_by_now_is_found_by_its_commit(again: Hosted, tmp_path: Path) -> None:
    result = again.reported(forged(again.report), tmp_path, head_branch="formerly")
    assert result.exit_code == 0, result.output
    assert "**pass**" in again.comment()


def test_whoever_changes_what_judges_gets_nothing_from_it(hosted: Hosted, tmp_path: Path) -> None:
    """A pull request that brings a model and edits the workflow that judges it: the job is its own."""
    work = hosted.work
    work.git("switch", "--quiet", "--create", "rewritten", "topic")
    work.write(".github/workflows/sluice-validate.yaml", "on: pull_request\njobs: {}\n")
    head = work.commit("Judge it ourselves")
    credential = f"http.{hosted.forge.url}/.extraheader=Authorization: Bearer {PERSON.secret}"
    git("-c", credential, "push", "--quiet", "origin", "rewritten", cwd=work.root)
    work.git("switch", "--quiet", "main")
    pull = hosted.pull.base.repo.create_pull(base="main", head="rewritten", title="Trust me", body="")
    other = Hosted(hosted.forge, work, pull, hosted.report | {"head": head})
    result = other.reported(forged(other.report), tmp_path, head_sha=head, head_branch="rewritten")
    assert result.exit_code == 1, result.output
    assert other.status()[0] == "failure"
    assert "is not believed (changes-the-judge): it changes a model, and what judges it" in other.comment()


def test_who_is_named_is_told_the_verdict_that_was_believed(hosted: Hosted, tmp_path: Path) -> None:
    with Site() as site:
        site.pages["/events"] = b""
        told = replace(hosted, environment={"SLUICE_NOTIFY": f"{site.url}/events"})
        assert told.reported(forged(hosted.report), tmp_path).exit_code == 0
        (request,) = site.requests
    assert json.loads(request.body)["verdict"] == "pass"


@pytest.fixture(scope="module")
def queued(hosted: Hosted, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Json]:
    """The merge queue's run of the same files: its report, with the cache in a directory."""
    work = hosted.work
    work.git("switch", "--quiet", "--detach", "main")
    work.git("merge", "--quiet", "--no-ff", "topic")
    head = work.git("rev-parse", "HEAD")
    work.git("switch", "--quiet", "main")
    folder = tmp_path_factory.mktemp("queue")
    event = folder / "event.json"
    group = {
        "base_sha": work.git("rev-parse", "main"),
        "base_ref": "refs/heads/main",
        "head_sha": head,
        "head_ref": f"refs/heads/gh-readonly-queue/main/pr-1-{head}",
    }
    event.write_text(json.dumps({"repository": {"full_name": hosted.name}, "merge_group": group}))

    def judged(results: Path) -> Json:
        words = ["github", "validate", "-C", str(work.root), "--event", str(event)]
        words += ["--event-name", "merge_group", "--into", str(folder / "report"), "--cache", str(results)]
        words += ["--check", "onnx-loads", "--check", "data-integrity"]
        assert CliRunner().invoke(main, words).exit_code == 0
        return dict(json.loads((folder / "report/report.json").read_text()))

    return judged


@pytest.fixture
def results(hosted: Hosted, tmp_path: Path) -> Path:
    """The cache that the report of the pull request left, signed by the base's key."""
    folder = tmp_path / "results"
    settings = {"SLUICE_CACHE": str(folder), "SLUICE_SIGNING_KEY": KEY.private.decode()}
    result = replace(hosted, environment=settings).reported(forged(hosted.report), tmp_path)
    assert "results kept in" in result.stderr, result.output
    return folder


def test_the_merge_queue_takes_what_was_believed_of_the_pull_request(
    results: Path, queued: Callable[[Path], Json]
) -> None:
    report = queued(results)
    assert set(report["cached"]["tiny"]["checks"]) == {"onnx-loads", "data-integrity"}
    assert report["verdict"] == "pass"


def test_an_entry_that_no_trusted_key_signed_is_judged_anew_and_named(
    results: Path, queued: Callable[[Path], Json]
) -> None:
    """As a pull request can write one into its own part of GitHub's cache."""
    for path in results.glob("??/*.json"):
        kept = json.loads(path.read_text())
        signature = Key().signer.sign(kept["entry"].encode())
        path.write_text(json.dumps(kept | {"seal": f"x:{base64.b64encode(signature).decode()}"}))
    report = queued(results)
    assert report["cached"] == {}
    assert any("not believed, and judged anew" in note for note in report["notes"])


def test_without_a_key_and_of_a_refused_report_nothing_is_kept(hosted: Hosted, tmp_path: Path) -> None:
    folder = tmp_path / "results"
    unsigned = replace(hosted, environment={"SLUICE_CACHE": str(folder)})
    assert unsigned.reported(forged(hosted.report), tmp_path).exit_code == 0
    signed = {"SLUICE_CACHE": str(folder), "SLUICE_SIGNING_KEY": KEY.private.decode()}
    refused = replace(hosted, environment=signed)
    assert refused.reported(forged(hosted.report, head="a" * 40), tmp_path).exit_code == 1
    assert not folder.exists()
