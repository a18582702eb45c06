"""PyGithub unchanged, over real HTTP, to the embedded forge; its faults: test_comment_faults.py.

Comment, check run and status go over one connection, so client.py and checks.py are tested here as well.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from click.testing import CliRunner
from github.PullRequest import PullRequest
from support.forges import BOT, REVIEWER, target

from sluicegate.ci.__main__ import main
from sluicegate.ci.github.checks import CONTEXT, blocking_annotations, put_check_run, put_status
from sluicegate.ci.github.client import Client, GitHubError, connect
from sluicegate.ci.github.comment import post, put_report, write
from sluicegate.ci.report.markdown_comment import comment
from sluicegate.embedded.forge import Forge
from sluicegate.validators.runner.finding import Finding, Report, Verdict


def test_a_report_becomes_comment_check_run_and_status(
    forge: Forge, pull: PullRequest, report: Report
) -> None:
    posted = post(report, target(pull), forge.api, BOT.secret)
    (posted_comment,) = pull.get_issue_comments()
    assert posted_comment.body == comment(report)
    assert posted_comment.user.login == "sluice"
    commit = pull.base.repo.get_commit(pull.head.sha)
    (run,) = commit.get_check_runs()
    assert (run.name, run.status, run.conclusion) == (CONTEXT, "completed", "failure")
    (note,) = run.get_annotations()
    assert (note.path, note.start_line, note.annotation_level) == ("models/a/model.yaml", 3, "failure")
    (status,) = commit.get_combined_status().statuses
    assert (status.context, status.state) == (CONTEXT, "failure")
    assert status.description == "fail: no traffic moves: refused by 1 finding"
    assert posted_comment.html_url in posted


def test_the_comment_is_edited_in_place(forge: Forge, pull: PullRequest, report: Report) -> None:
    post(report, target(pull), forge.api, BOT.secret)
    (before,) = pull.get_issue_comments()
    good = replace(
        report, findings=(Finding("quality", Verdict.PASS, "fine", "a"),), models={"a": Verdict.PASS}
    )
    post(good, target(pull), forge.api, BOT.secret)
    (after,) = pull.get_issue_comments()
    assert after.id == before.id
    assert "**pass**" in after.body
    assert pull.base.repo.get_commit(pull.head.sha).get_combined_status().state == "success"


def test_refusals_that_are_new_on_an_approved_pull_request_come_first(
    forge: Forge, client: Client, pull: PullRequest, as_bot: PullRequest, report: Report
) -> None:
    put_report(client, as_bot, replace(report, findings=(Finding("quality", Verdict.PASS, "fine", "a"),)))
    rita = connect(forge.api, REVIEWER.secret).github.get_repo(pull.base.repo.full_name)
    rita.get_pull(pull.number).create_review(event="APPROVE", body="fine")
    later = (Finding("latency", Verdict.INCONCLUSIVE, "unsure", "a"), *report.findings)
    put_report(client, as_bot, replace(report, findings=later))
    (first, *_) = [line for line in next(iter(pull.get_issue_comments())).body.splitlines()[1:] if line]
    assert first.startswith("⚠️ **2 refusals came after the approval of")


def test_it_is_found_on_a_later_page(
    client: Client, pull: PullRequest, as_bot: PullRequest, report: Report
) -> None:
    for number in range(120):
        pull.create_issue_comment(f"chat {number}")
    first = put_report(client, as_bot, report)
    assert put_report(client, as_bot, replace(report, notes=("later",))).id == first.id


def test_a_copied_marker_of_somebody_else_is_not_ours(
    client: Client, pull: PullRequest, as_bot: PullRequest, report: Report
) -> None:
    theirs = pull.create_issue_comment(comment(report))
    ours = put_report(client, as_bot, report)
    assert ours.id != theirs.id
    assert pull.get_issue_comment(theirs.id).body == comment(report)


def test_our_other_comments_are_left_alone(client: Client, as_bot: PullRequest, report: Report) -> None:
    chat = as_bot.create_issue_comment("Hello.")
    put_report(client, as_bot, report)
    assert as_bot.get_issue_comment(chat.id).body == "Hello."


def test_a_race_leaves_one_comment(client: Client, as_bot: PullRequest, report: Report) -> None:
    oldest = as_bot.create_issue_comment(comment(report))
    as_bot.create_issue_comment(comment(report))
    later = replace(report, notes=("later",))
    body = comment(later)
    assert put_report(client, as_bot, later).id == oldest.id
    assert [one.body for one in as_bot.get_issue_comments()] == [body]


def test_more_annotations_than_a_request_takes(client: Client, as_bot: PullRequest, report: Report) -> None:
    findings = tuple(
        Finding(f"c{i}", Verdict.FAIL, "m", "a", "models/a/model.yaml", i + 1) for i in range(130)
    )
    repository = as_bot.base.repo
    run = put_check_run(client, repository, replace(report, findings=findings))
    titles = [note.title for note in run.get_annotations()]
    assert titles == [f"a: c{i}" for i in range(100)]


def test_the_same_report_twice_is_one_check_run(client: Client, as_bot: PullRequest, report: Report) -> None:
    repository = as_bot.base.repo
    first, second = (put_check_run(client, repository, report) for _ in range(2))
    assert first.id == second.id
    assert second.output.annotations_count == 1


def test_only_what_blocks_and_has_a_path_is_annotated() -> None:
    findings = (
        Finding("good", Verdict.PASS, "m", "a", "p"),
        Finding("nowhere", Verdict.FAIL, "m", "a"),
        Finding("unsure", Verdict.INCONCLUSIVE, "m\x1b[31m", "a", "p", remedy="r"),
    )
    (note,) = blocking_annotations(Report(findings, 0))
    assert note == {
        "path": "p", "start_line": 1, "end_line": 1, "annotation_level": "warning", "title": "a: unsure",
        "message": "m\n→ r",
    }  # fmt: skip


def test_a_report_whose_head_was_replaced_meanwhile_does_not_overwrite_the_newer_one(
    client: Client, pull: PullRequest, as_bot: PullRequest, report: Report
) -> None:
    """A force push between the look-up of the run and its words: the run of the new head was faster."""
    repository = as_bot.base.repo
    old = pull.head.sha
    pull.base.repo.create_git_ref("refs/heads/other", pull.base.sha)
    made = pull.base.repo.create_file("models/a/model.yaml", "Anew", "version: 2\n", branch="other")
    new = made["commit"].sha
    pull.base.repo.get_git_ref("heads/topic").edit(new, force=True)
    write(client, repository, repository.get_pull(pull.number), replace(report, head=new), "main")
    said = write(client, repository, as_bot, report, "main")
    assert f"no comment (the head is {new[:12]} by now)" in said
    (kept,) = pull.get_issue_comments()
    assert new[:7] in kept.body and old[:7] not in kept.body
    assert pull.base.repo.get_commit(old).get_combined_status().state == "failure"


def test_a_report_of_another_commit_is_not_posted(forge: Forge, pull: PullRequest, report: Report) -> None:
    with pytest.raises(GitHubError, match="judge that commit"):
        post(replace(report, head=pull.base.sha), target(pull), forge.api, BOT.secret)
    assert pull.get_issue_comments().totalCount == 0


@pytest.mark.parametrize("words", ["o/r", "o/r#0", "o/r/s#1", "o/r#1\n", "../..#1"])
def test_a_malformed_target_is_refused(report: Report, words: str) -> None:
    with pytest.raises(GitHubError, match="OWNER/REPO#NUMBER"):
        post(report, words, "http://127.0.0.1:1", "secret")


def test_a_wrong_token_is_a_named_error(forge: Forge, pull: PullRequest, report: Report) -> None:
    with pytest.raises(GitHubError, match=r"answered 401.*token"):
        post(report, target(pull), forge.api, "wrong")


def test_a_token_never_travels_in_the_clear() -> None:
    with pytest.raises(GitHubError, match="https://"):
        connect("http://github.example", "secret")


def test_the_command_validates_and_comments(
    forge: Forge, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As CI runs it: a bare repository, two commits, one comment; the model.yaml is nonsense."""
    monkeypatch.setenv("SLUICE_TOKEN", BOT.secret)
    bare = forge.root / f"{pull.base.repo.full_name}.git"
    words = [
        "validate",
        "-C",
        bare,
        "--changed",
        f"{pull.base.sha}..{pull.head.sha}",
        "--check",
        "spec-valid",
    ]
    result = CliRunner().invoke(
        main, [str(w) for w in [*words, "--comment", target(pull), "--api", forge.api]]
    )
    assert result.exit_code == 1, result.output
    (posted,) = pull.get_issue_comments()
    assert posted.body.startswith(f"❌ **fail** at `{pull.head.sha[:12]}`")
    assert "`models/a/model.yaml:1:1`" in posted.body


def test_the_status_is_short(client: Client, as_bot: PullRequest, report: Report) -> None:
    models = {f"{'m' * 60}{i}": Verdict.PASS for i in range(5)}
    versions = dict.fromkeys(models, (1, 2))
    good = replace(report, findings=(Finding("c", Verdict.PASS, "m"),), models=models, versions=versions)
    put_status(client, as_bot.base.repo, good)
    (status,) = as_bot.base.repo.get_commit(str(report.head)).get_combined_status().statuses
    assert len(status.description) <= 140


def test_a_crashed_check_is_an_error_status(client: Client, as_bot: PullRequest, report: Report) -> None:
    broken = replace(report, findings=(Finding("c", Verdict.ERROR, "m"),))
    put_status(client, as_bot.base.repo, broken)
    assert as_bot.base.repo.get_commit(str(report.head)).get_combined_status().statuses[0].state == "error"


def test_a_partial_run_is_a_comment_and_no_verdict_of_the_commit(
    forge: Forge, client: Client, pull: PullRequest, as_bot: PullRequest, report: Report
) -> None:
    partial = replace(report, left_out=("only spec-valid was run",))
    assert post(partial, target(pull), forge.api, BOT.secret).endswith("the run was partial")
    commit = pull.base.repo.get_commit(pull.head.sha)
    assert len(list(pull.get_issue_comments())) == 1
    assert not list(commit.get_check_runs()) and not commit.get_combined_status().statuses
    for vouch in (put_check_run, put_status):
        with pytest.raises(ValueError, match="only spec-valid was run"):
            vouch(client, as_bot.base.repo, partial)
