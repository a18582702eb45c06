"""From a pull request to its comment: the steps of both workflows, one without rights and one with them."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from github import Auth, Github
from github.Repository import Repository
from harness.found import tool
from support import registries, webhooks
from support.expressions import fill, value_of
from support.extras import needs_deepchecks
from support.forge_actions import end_run, record_run, upload_artifact
from support.forges import APP, BOT, PERSON, READER, STRANGER
from support.jobs import ROOT, USES, Job, workflow
from support.repositories import commit_files, git
from support.specs import environment_yaml

from sluicegate.embedded.forge import Forge, Token

COUNT = itertools.count(1)
VALIDATE, REPORT, COMMANDS, GATE, PUBLISH = (
    workflow(ROOT / f".github/workflows/sluice-{name}.yaml")
    for name in ("validate", "report", "commands", "gate", "publish")
)


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    with Forge(tmp_path_factory.mktemp("forge"), [BOT, PERSON, READER, APP, STRANGER]) as running:
        yield running


@pytest.fixture
def hosted(forge: Forge, work: Any) -> Repository:
    """The tiny model on the forge, and an open pull request with its second version."""
    repository = as_user(forge, PERSON).get_user().create_repo(f"models-{next(COUNT)}")
    work.git("remote", "add", "origin", f"{forge.url}/{repository.full_name}.git")
    work.git("switch", "--quiet", "--create", "topic")
    work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
    work.commit("Version 2")
    push(forge, work.root, "main")
    push(forge, work.root, "topic")
    repository.create_pull(base="main", head="topic", title="Version 2", body="")
    return repository


def as_user(forge: Forge, who: Token) -> Github:
    return Github(
        base_url=forge.api, auth=Auth.Token(who.secret), retry=None,
        seconds_between_requests=0, seconds_between_writes=0,
    )  # fmt: skip


def push(forge: Forge, folder: Path, branch: str, secret: str = PERSON.secret) -> None:
    header = f"http.{forge.url}/.extraheader=Authorization: Bearer {secret}"
    git("-c", header, "push", "--quiet", "origin", branch, cwd=folder)


@pytest.fixture
def job(forge: Forge, tmp_path: Path, monkeypatch):
    def start(event_name: str, event: dict[str, Any]) -> Job:
        folder = tmp_path / f"job-{next(COUNT)}"
        return Job(folder, event_name, event, forge.url, BOT.secret, uses=dict(USES))

    return start


def judged(job, event_name: str, event: dict[str, Any], checks: str | None) -> Job:
    """The job of `sluice validate`, by these checks or by all."""
    ran: Job = job(event_name, event)
    ran.token = READER.secret  # what a fork's job gets, and enough
    steps = VALIDATE["jobs"]["validate"]["steps"]
    given = {} if checks is None else {"checks": checks}
    ran.run({"steps": [step | ({"with": given} if step["uses"] == "./ci" else {}) for step in steps]})
    return ran


def ended(hosted: Repository, forge: Forge, ran: Job, head: str, **run: Any) -> dict[str, Any]:
    """The run of a job is over, and what it left is kept; the event that GitHub sends then."""
    folder = ran.folder / "artifacts/sluice-report"
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    api, name = forge.api, hosted.full_name
    recorded = record_run(api, PERSON.secret, name, head, **run)
    upload_artifact(api, PERSON.secret, name, recorded["id"], "sluice-report", files)
    ended = end_run(api, PERSON.secret, name, recorded["id"])
    done = webhooks.example("workflow_run", "completed")
    done["repository"]["full_name"] = name
    done["workflow_run"] = ended
    return done


def validated(job, hosted: Repository, forge: Forge, checks: str | None) -> dict[str, Any]:
    """Run the validate workflow for the pull request, and end its run."""
    (pull,) = hosted.get_pulls()
    event = webhooks.pull_request(hosted.full_name, pull.number, pull.base.sha, pull.head.sha)
    ran = judged(job, "pull_request", event, checks)
    return ended(hosted, forge, ran, pull.head.sha, event="pull_request", head_branch="topic")


@needs_deepchecks
def test_a_whole_run_becomes_comment_and_status_by_the_job_with_rights(job, hosted, forge) -> None:
    ran = job("workflow_run", validated(job, hosted, forge, None))
    assert ran.run(REPORT["jobs"]["report"])
    (pull,) = hosted.get_pulls()
    (comment,) = pull.get_issue_comments()
    assert pull.head.sha[:7] in comment.body, ran.log
    (status,) = hosted.get_commit(pull.head.sha).get_combined_status().statuses
    assert status.context == "sluice/validate"
    assert (status.state == "success") == (not ran.failed)
    assert BOT.secret not in ran.log


def test_a_partial_run_is_no_verdict(job, hosted, forge) -> None:
    ran = job("workflow_run", validated(job, hosted, forge, "spec-valid"))
    ran.run(REPORT["jobs"]["report"])
    (pull,) = hosted.get_pulls()
    states = {one.state for one in hosted.get_commit(pull.head.sha).get_combined_status().statuses}
    assert "success" not in states, ran.log


@pytest.mark.parametrize(
    ("change", "judges"),
    [
        ({"action": "synchronize"}, True),
        ({"action": "reopened"}, True),
        ({"action": "edited", "changes": {"base": {"ref": {"from": "next"}}}}, True),
        ({"action": "edited", "changes": {"title": {"from": "Versoin 2"}}}, False),
    ],
)
def test_another_base_is_judged_anew_and_another_title_ends_no_run(change, judges) -> None:
    event = webhooks.pull_request("octo/models", 7, "a" * 40, "b" * 40) | change
    contexts = {"github": {"event": event, "ref": "refs/pull/7/merge"}}
    assert change["action"] in VALIDATE["on"]["pull_request"]["types"]
    assert bool(value_of(VALIDATE["jobs"]["validate"]["if"], contexts)) == judges
    group = fill(VALIDATE["concurrency"]["group"], contexts)
    assert group == ("sluice-validate-7" if judges else "sluice-validate-7-words")


def test_a_run_that_was_cancelled_is_not_reported(job, hosted, forge) -> None:
    event = webhooks.example("workflow_run", "completed")
    event["workflow_run"]["conclusion"] = "cancelled"
    assert not job("workflow_run", event).run(REPORT["jobs"]["report"])


def commented(job, hosted: Repository, forge: Forge, body: str) -> Job:
    """A comment on the pull request, and what the workflow that GitHub starts by it does."""
    (pull,) = hosted.get_pulls()
    written = pull.create_issue_comment(body)
    event = webhooks.example("issue_comment", "created")
    event["repository"]["full_name"] = hosted.full_name
    event["issue"] |= {"number": pull.number, "pull_request": {"url": pull.url}}
    event["comment"] |= {"id": written.id, "body": body}
    event["comment"]["user"] |= {"login": written.user.login, "id": written.user.id, "type": "User"}
    event["repository"]["default_branch"] = "main"
    ran: Job = job("issue_comment", event)
    assert ran.run(COMMANDS["jobs"]["commands"]) == ("/sluice" in body)
    return ran


def test_a_command_is_carried_out_once_by_the_job_with_rights(job, hosted, forge) -> None:
    ran = commented(job, hosted, forge, "/sluice explain latency")
    assert not ran.failed, ran.log
    assert "1 of 1 commands carried out" in ran.log
    (pull,) = hosted.get_pulls()
    (_, answer) = pull.get_issue_comments()
    assert "✅ `/sluice explain latency`" in answer.body
    assert BOT.secret not in ran.log


@needs_deepchecks
def test_a_report_whose_token_may_not_write_says_what_it_lacks_and_vouches_for_nothing(
    job, hosted, forge
) -> None:
    (pull,) = hosted.get_pulls()
    ran = job("workflow_run", validated(job, hosted, forge, None))
    ran.token = READER.secret
    assert ran.run(REPORT["jobs"]["report"])
    assert ran.failed
    assert "GitHub answered 403" in ran.log, ran.log
    assert "check that the token may read runs and artifacts, and write checks and statuses there" in ran.log
    assert "Traceback" not in ran.log
    assert hosted.get_commit(pull.head.sha).get_combined_status().total_count == 0


def test_a_comment_without_a_command_starts_nothing(job, hosted, forge) -> None:
    assert not commented(job, hosted, forge, "looks good").ran


def test_a_merge_group_is_judged_as_it_would_be_merged(job, hosted, forge, work) -> None:
    base, head = work.git("rev-parse", "main"), work.git("rev-parse", "topic")
    queue = f"gh-readonly-queue/main/pr-1-{base}"
    work.git("switch", "--quiet", "--create", queue, "main")
    work.git("merge", "--quiet", "--no-ff", "--message", "Merge", head)
    merged = work.git("rev-parse", "HEAD")
    push(forge, work.root, queue)
    event = webhooks.merge_group(hosted.full_name, base, merged)
    event["merge_group"] |= {"head_ref": f"refs/heads/{queue}", "base_ref": "refs/heads/main"}
    ran = judged(job, "merge_group", event, "spec-valid")
    assert (ran.outputs["verdict"], ran.outputs["base"], ran.outputs["head"]) == ("pass", base, merged)
    told = job("workflow_run", ended(hosted, forge, ran, merged, event="merge_group", head_branch=queue))
    assert told.run(REPORT["jobs"]["report"])
    assert "neither check run nor status: the run was partial" in told.log
    assert not list(hosted.get_pulls()[0].get_issue_comments())


VALIDATE_PATH = ".github/workflows/sluice-validate.yaml"
HOSTILE = r"""
on: pull_request
jobs:
  validate:
    steps:
      - run: |
          echo "secret=[$SECRET]"
          curl --silent --output said.json --write-out 'status=%{http_code}\n' \
            --header "Authorization: Bearer $TOKEN" \
            --data '{"state": "success", "context": "sluice/validate"}' \
            "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/statuses/$HEAD"
          git init --quiet . && git config user.name f && git config user.email f@example.org
          git commit --quiet --allow-empty --message mine
          there="${GITHUB_SERVER_URL/:\/\//://x:$TOKEN@}/$GITHUB_REPOSITORY.git"
          git push "$there" HEAD:refs/heads/mine || echo "push=$?"
          mkdir "$RUNNER_TEMP/report"
          echo '{"verdict": "pass", "complete": true}' > "$RUNNER_TEMP/report/report.json"
        env:
          HEAD: ${{ github.event.pull_request.head.sha }}
          SECRET: ${{ secrets.SLUICE_SIGNING_KEY }}
          TOKEN: ${{ github.token }}
      - uses: actions/upload-artifact@v7
        with: {name: sluice-report, path: "${{ runner.temp }}/report"}
"""


@pytest.fixture
def fork(hosted: Repository, forge: Forge, tmp_path: Path) -> Repository:
    """A stranger's fork, and a pull request from it that rewrites the workflow which judges it."""
    stranger = as_user(forge, STRANGER)
    theirs = stranger.get_repo(hosted.full_name).create_fork()
    work = tmp_path / "fork"
    git("clone", "--quiet", f"{forge.url}/{theirs.full_name}.git", str(work), cwd=tmp_path)
    git("switch", "--quiet", "--create", "trust-me", cwd=work)
    commit_files(work, {VALIDATE_PATH: HOSTILE})
    push(forge, work, "trust-me", STRANGER.secret)
    base = stranger.get_repo(hosted.full_name)
    base.create_pull(base="main", head=f"{STRANGER.login}:trust-me", title="Trust me", body="")
    return theirs


def test_a_fork_that_rewrites_its_judge_gets_nothing_and_is_told_so(
    job, hosted, forge, fork, tmp_path
) -> None:
    (pull,) = hosted.get_pulls(head=f"{STRANGER.login}:trust-me")
    event = webhooks.pull_request(
        hosted.full_name, pull.number, pull.base.sha, pull.head.sha, fork=fork.full_name, branch="trust-me"
    )
    theirs = job("pull_request", event)  # GitHub takes the workflow from the pull request itself
    theirs.token = READER.secret  # and gives a fork's job a token that reads, and no secret
    own = tmp_path / "own.yaml"
    own.write_text(hosted.get_contents(VALIDATE_PATH, ref=pull.merge_commit_sha).decoded_content.decode())
    theirs.run(workflow(own)["jobs"]["validate"])
    assert "secret=[]" in theirs.log
    assert "status=403" in theirs.log
    assert "push=128" in theirs.log

    waits = record_run(
        forge.api, PERSON.secret, hosted.full_name, pull.head.sha, head_branch="trust-me",
        head_repository=fork.full_name, status="completed", conclusion="action_required",
    )  # fmt: skip
    assert not job("workflow_run", waits_for_approval(hosted, waits)).run(REPORT["jobs"]["report"])

    run = {"event": "pull_request", "head_branch": "trust-me", "head_repository": fork.full_name}
    done = ended(hosted, forge, theirs, pull.head.sha, **run)
    assert done["workflow_run"]["pull_requests"] == []  # GitHub names none of a fork's
    told = job("workflow_run", done)
    assert told.run(REPORT["jobs"]["report"])
    (comment,) = pull.get_issue_comments()
    first = comment.body.splitlines()[0]
    assert "**fail**" in first and "sluice-validate.yaml" in first, comment.body
    assert "a fork changes what judges it: .github/workflows/sluice-validate.yaml" in comment.body
    (status,) = hosted.get_commit(pull.head.sha).get_combined_status().statuses
    assert (status.context, status.state, status.creator.login) == ("sluice/validate", "failure", BOT.login)
    assert not list(fork.get_commit(pull.head.sha).get_statuses())


def waits_for_approval(hosted: Repository, run: dict[str, Any]) -> dict[str, Any]:
    """The event that GitHub sends of a first contributor's run, which nobody has let begin."""
    event = webhooks.example("workflow_run", "completed")
    event["repository"]["full_name"] = hosted.full_name
    event["workflow_run"] = run
    return event


def app_token(job: Job, given: Mapping[str, str]) -> dict[str, str]:
    """As actions/create-github-app-token."""
    assert given["client-id"] == "Iv1.app"
    return {"token": APP.secret, "app-slug": APP.login.removesuffix("[bot]")}


UNTIL_MOVED = """\
#!/bin/bash
shift 2
before=$(git ls-remote "$SLUICE_REPO" trunk)
"$@" &
while kill -0 $! 2>/dev/null && [ "$(git ls-remote "$SLUICE_REPO" trunk)" = "$before" ]; do sleep 0.3; done
kill -TERM $! 2>/dev/null
wait $!
"""


@pytest.fixture
def soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of `timeout --preserve-status 55m`: SIGTERM as soon as the gate has decided something."""
    program = tmp_path / "bin/timeout"
    program.parent.mkdir()
    program.write_text(UNTIL_MOVED)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("soon")
def test_the_gate_runs_as_the_app_on_a_default_branch_of_any_name(job, hosted, forge, work) -> None:
    work.git("switch", "--quiet", "--create", "trunk", "main")
    for name, after in (("dev", None), ("production", "dev")):
        text = environment_yaml(name, namespace=f"models-{name}", after=after, require="[verdict]")
        work.write(f"environments/{name}/environment.yaml", text)
    head = work.commit("No verdict, no release")
    push(forge, work.root, "trunk")
    event = webhooks.example("workflow_dispatch")
    event["repository"] |= {"full_name": hosted.full_name, "default_branch": "trunk"}
    event["ref"] = "refs/heads/trunk"

    def gate(**vars: str) -> Job:
        ran: Job = job("workflow_dispatch", event)
        ran.uses["actions/create-github-app-token"] = app_token
        ran.vars = {"SLUICE_APP_CLIENT_ID": "Iv1.app", **vars}
        ran.run(GATE["jobs"]["gate"])
        return ran

    assert not gate().ran  # SLUICE_GATE is not `actions`
    nobody = gate(SLUICE_GATE="actions", SLUICE_APP_CLIENT_ID="")
    assert nobody.failed and "::error::the gate lacks an App: set the variable SLUICE_APP" in nobody.log
    without = gate(SLUICE_GATE="actions")
    assert "version 1 waits for a verdict" in without.log, without.log
    assert hosted.get_branch("trunk").commit.sha == head
    brought = work.git("rev-parse", "main")  # the commit of version 1
    as_user(forge, APP).get_repo(hosted.full_name).create_check_run(
        "sluice/validate", brought, status="completed", conclusion="success",
        output={"title": "pass: a merge starts the release", "summary": "19 findings"},
    )  # fmt: skip
    started = gate(SLUICE_GATE="actions", SLUICE_JUDGES=f"app:{APP.id}")
    assert not started.failed, started.log
    assert "dev: version 1 starts dark, as the first version" in started.log
    (parent,) = hosted.get_commit("trunk").parents
    assert parent.sha == head
    assert APP.secret not in started.log


@pytest.fixture
def registry() -> Iterator[str]:
    """HOST:PORT, by the name that oras speaks to without TLS."""
    with registries.serving(registries.crane, Path()) as there:
        yield there.replace("127.0.0.1", "localhost")


@pytest.fixture
def merged(hosted, forge, work, registry, monkeypatch) -> dict[str, Any]:
    """The event of the push that brings version 2."""
    monkeypatch.setenv("PATH", f"{Path(tool('oras')).parent}{os.pathsep}{os.environ['PATH']}")
    event = webhooks.push(hosted.full_name, work.git("rev-parse", "main"), work.git("rev-parse", "topic"))
    event["repository"]["default_branch"] = "main"
    work.git("switch", "--quiet", "main")
    work.git("merge", "--quiet", "--ff-only", "topic")
    push(forge, work.root, "main")
    return event


def published(job, event: dict[str, Any], registry: str, judged: Job | None = None) -> Job:
    """The job that publishes, after the one that judged."""

    def download(job: Job, given: Mapping[str, str]) -> dict[str, str]:
        assert judged is not None
        shutil.copytree(judged.folder / "artifacts" / given["name"], given["path"])
        return {"download-path": given["path"]}

    def attest(job: Job, given: Mapping[str, str]) -> dict[str, str]:
        job.signed = given["subject-checksums"]
        return {}

    ran: Job = job("push", event)
    ran.vars = {"SLUICE_REGISTRY": f"{registry}/octo/models"}
    ran.token = READER.secret
    ran.needs = {"judge": {"outputs": {} if judged is None else judged.said}}
    ran.uses["oras-project/setup-oras"] = lambda job, given: {}
    ran.uses["actions/download-artifact"] = download
    ran.uses["actions/attest-build-provenance"] = attest
    ran.run(PUBLISH["jobs"]["publish"])
    return ran


def bill(ran: Job) -> dict[str, Any]:
    return dict(json.loads((ran.temp / "publication/tiny/bom.cdx.json").read_text())["metadata"]["component"])


def test_a_merge_is_published_and_signed_for_from_the_default_branch_alone(job, merged, registry) -> None:
    for ref in ("refs/heads/topic", "refs/tags/main"):  # a tag of the branch's name is none
        assert not published(job, merged | {"ref": ref}, registry).ran
    ran = published(job, merged, registry)
    assert not ran.failed, ran.log
    assert f"{registry}/octo/models/tiny:2@sha256:" in ran.log
    assert Path(ran.signed).read_text().count("\n") == 2  # manifest and artifact
    assert READER.secret not in ran.log


@needs_deepchecks
def test_what_was_measured_of_a_merge_is_in_the_bill_of_materials(job, merged, registry) -> None:
    judging = job("push", merged)
    judging.token = READER.secret
    judging.vars = {"SLUICE_REGISTRY": registry}
    judging.run(PUBLISH["jobs"]["judge"])
    assert judging.said == {"verdict": "pass"}, judging.log
    ran = published(job, merged, registry, judging)
    assert not ran.failed, ran.log
    assert bill(ran)["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]


def test_what_did_not_pass_again_is_published_without_figures(job, merged, registry) -> None:
    """People approved or overrode it: the job that judges again knows nothing of that."""
    judging = job("push", merged)
    judging.said = {"verdict": "inconclusive"}
    ran = published(job, merged, registry, judging)
    assert not ran.failed, ran.log
    assert "quantitativeAnalysis" not in bill(ran).get("modelCard", {})
