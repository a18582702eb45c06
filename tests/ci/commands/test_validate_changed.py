"""`sluice validate --changed BASE..HEAD`: commits are judged, and not the work tree."""

from __future__ import annotations

import pytest
from support.validating import LIGHT, by_check, judged

from sluicegate.validators.runner.registry import checks


@pytest.fixture(autouse=True)
def branch(work):
    work.git("checkout", "--quiet", "-b", "topic")


def test_heads_blobs_are_judged_not_the_work_tree(sluice, work) -> None:
    work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
    head = work.commit()
    work.write("models/tiny/model.yaml", "nonsense: [")
    result = sluice("validate", "-C", work.root, "--changed", "main..topic", *LIGHT)
    assert result.exit_code == 0, result.output
    first = result.output.splitlines()[0]
    assert first.startswith(f"✔ pass at {head[:12]} · ")
    assert "· a merge starts the release of tiny (new → 2)" in first


def test_a_lowered_version_is_refused(sluice, work) -> None:
    work.git("checkout", "--quiet", "main")
    work.edit("models/tiny/model.yaml", "version: 1", "version: 3")
    work.commit()
    work.git("checkout", "--quiet", "-b", "lower")
    work.edit("models/tiny/model.yaml", "version: 3", "version: 2")
    work.commit()
    found = by_check(judged(sluice, work, "--changed", "main..lower", *LIGHT, code=1))["version-rises"]
    assert (found["verdict"], found["observed"], found["threshold"]) == ("fail", 2, 3)


def test_a_release_alone_is_refused(sluice, work, digest) -> None:
    work.release("production", "tiny", 1, work.git("rev-parse", "main"), digest)
    work.commit()
    data = judged(sluice, work, "--changed", "main..topic", code=1)
    assert data["models"] == {}
    (found,) = [finding for finding in data["findings"] if finding["verdict"] != "pass"]
    assert (found["check"], found["verdict"]) == ("release-untouched", "fail")
    assert found["path"] == "environments/production/tiny/release.yaml"


def test_a_release_beside_a_model_refuses_the_change(sluice, work, digest) -> None:
    work.release("production", "tiny", 1, work.git("rev-parse", "main"), digest)
    work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
    work.commit()
    data = judged(sluice, work, "--changed", "main..topic", *LIGHT, code=1)
    found = by_check(data)["release-untouched"]
    assert (data["verdict"], found["verdict"], found["model"]) == ("fail", "fail", "")


def test_what_main_did_meanwhile_is_not_the_pull_requests(sluice, work, digest) -> None:
    """The gate commits releases to main while the pull request is open."""
    work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
    work.commit()
    work.git("checkout", "--quiet", "main")
    work.release("production", "tiny", 1, work.git("rev-parse", "main"), digest)
    work.commit()
    data = judged(sluice, work, "--changed", "main..topic", *LIGHT)
    assert by_check(data)["release-untouched"]["verdict"] == "pass"


def test_what_touches_no_model_passes(sluice, work) -> None:
    work.write("docs/x.md", "words")
    work.commit()
    data = judged(sluice, work, "--changed", "main..topic")
    assert {f["check"] for f in data["findings"]} == {
        id for id, check in checks().items() if check.scope == "repository"
    }
    assert (data["verdict"], data["models"]) == ("pass", {})


def test_no_change_at_all_passes(sluice, work) -> None:
    assert judged(sluice, work, "--changed", "main..main")["verdict"] == "pass"


def test_a_broken_environment_is_refused_at_its_line(sluice, work) -> None:
    work.edit("environments/dev/environment.yaml", "traffic: embedded", "traffic: smoke")
    work.commit()
    found = by_check(judged(sluice, work, "--changed", "main..topic", code=1))["environment-valid"]
    assert (found["verdict"], found["line"]) == ("fail", 6)


def test_an_environment_with_a_release_cannot_be_taken_away(sluice, work, digest) -> None:
    """Also where the release came to main after the branch was made."""
    work.git("rm", "--quiet", "environments/production/environment.yaml")
    work.commit()
    found = by_check(judged(sluice, work, "--changed", "main..topic"))["environment-valid"]
    assert (found["verdict"], "nothing is released there" in found["message"]) == ("pass", True)
    work.git("checkout", "--quiet", "main")
    work.release("production", "tiny", 1, work.git("rev-parse", "main"), digest)
    work.commit()
    found = by_check(judged(sluice, work, "--changed", "main..topic", code=1))["environment-valid"]
    assert found["verdict"] == "fail"
    assert "environments/production/tiny/release.yaml is there" in found["message"]


def test_what_others_wait_for_cannot_be_taken_away(sluice, work) -> None:
    work.git("rm", "--quiet", "environments/dev/environment.yaml")
    work.commit()
    data = judged(sluice, work, "--changed", "main..topic", code=1)
    (found,) = [f for f in data["findings"] if f["verdict"] == "fail"]
    assert (found["check"], found["path"]) == (
        "environment-valid",
        "environments/production/environment.yaml",
    )
    assert (found["line"], "no environment 'dev'" in found["message"]) == (9, True)


def test_environments_that_wait_for_each_other_are_refused(sluice, work) -> None:
    work.edit("environments/dev/environment.yaml", "traffic:", "after: production\n  traffic:")
    work.commit()
    data = judged(sluice, work, "--changed", "main..topic", code=1)
    said = [f["message"] for f in data["findings"] if f["verdict"] == "fail"]
    assert said == [
        "spec.after: waits for itself: dev after production after dev",
        "spec.after: waits for itself: production after dev after production",
    ]


def test_an_unreadable_environment_never_makes_another_production(sluice, work) -> None:
    work.git("checkout", "--quiet", "main")
    work.edit("environments/production/environment.yaml", "traffic: embedded", "traffic: smoke")
    work.commit()
    work.git("checkout", "--quiet", "-b", "next")
    work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
    work.commit()
    result = sluice("validate", "-C", work.root, "--changed", "main..next", *LIGHT)
    assert result.exit_code == 1
    assert "environments/production/environment.yaml:6:" in result.stderr
    judged(sluice, work, "--changed", "main..next", "--production", "production", *LIGHT)
    work.git("checkout", "--quiet", "-b", "mended", "main")
    work.edit("environments/production/environment.yaml", "traffic: smoke", "traffic: embedded")
    work.commit()
    judged(sluice, work, "--changed", "main..mended")


def test_a_model_that_is_served_cannot_be_taken_away(sluice, work, digest) -> None:
    work.git("checkout", "--quiet", "main")
    work.release("dev", "tiny", 1, work.git("rev-parse", "main"), digest)
    work.commit()
    work.git("checkout", "--quiet", "-b", "gone")
    work.git("rm", "-r", "--quiet", "models/tiny")
    work.commit()
    found = by_check(judged(sluice, work, "--changed", "main..gone", code=1))["model-removed"]
    assert "dev still serves it" in found["message"]


def test_a_served_model_under_another_name_is_a_new_model_beside_it(sluice, work, digest) -> None:
    work.git("checkout", "--quiet", "main")
    work.release("production", "tiny", 1, work.git("rev-parse", "main"), digest)
    work.commit()
    work.git("checkout", "--quiet", "-B", "topic")
    work.git("mv", "models/tiny", "models/small")
    work.commit()
    command = ("--changed", "main..topic", "--check", "model-removed", "--check", "spec-valid")
    found = by_check(judged(sluice, work, *command, code=1))
    assert "small" in found["spec-valid"]["message"]  # the name in model.yaml is still the old one
    work.edit("models/small/model.yaml", 'name: "tiny"', 'name: "small"')
    work.commit()
    found = by_check(judged(sluice, work, *command, code=1))
    assert found["spec-valid"]["verdict"] == "pass"
    removed = found["model-removed"]
    assert removed["message"] == "models/tiny is renamed to models/small, and production still serves it"
    work.git("checkout", "main", "--", "models/tiny")
    work.commit()
    assert by_check(judged(sluice, work, *command))["model-removed"]["verdict"] == "pass"


def test_models_below_the_root_are_refused_and_never_passed_over(sluice, work) -> None:
    """A monorepo's folder: judged from the root it would be a change of no model, which passes."""
    (work.root / "services/ml").mkdir(parents=True)
    work.git("checkout", "--quiet", "--orphan", "mono")
    for folder in ("models", "environments"):
        work.git("mv", folder, f"services/ml/{folder}")
    before = work.commit()
    work.edit("services/ml/models/tiny/model.yaml", "version: 1", "version: 2")
    work.commit()
    remedy = "move models/ and environments/ to the root, or make services/ml a repository of its own"
    for words in (("--changed", "HEAD~1..HEAD"), ("--all",)):
        result = sluice("validate", "-C", work.root / "services/ml", *words)
        assert result.exit_code == 1
        assert "services/ml holds models or environments, and it is not the root" in result.stderr
        assert remedy in result.stderr
    result = sluice("validate", "-C", work.root, "--changed", f"{before}..HEAD")
    assert (result.exit_code, remedy in result.stderr) == (1, True)
    work.write("services/ml/models/tiny/README.md", "Words.")
    work.commit()
    result = sluice("validate", "-C", work.root, "--changed", "HEAD~1..HEAD")
    assert "has no model and no environment at its root" in result.stderr


def test_a_model_that_nobody_serves_can(sluice, work) -> None:
    work.git("rm", "-r", "--quiet", "models/tiny")
    work.commit()
    found = by_check(judged(sluice, work, "--changed", "main..topic"))["model-removed"]
    assert found["verdict"] == "pass"


def test_a_link_in_place_of_a_model_is_judged(sluice, work) -> None:
    (work.root / "models/evil").symlink_to("/etc")
    work.commit()
    data = judged(sluice, work, "--changed", "main..topic", *LIGHT, code=1)
    assert data["models"] == {"evil": "fail"}


def test_production_is_what_main_serves(sluice, work, digest) -> None:
    revision = work.git("rev-parse", "main")
    work.git("checkout", "--quiet", "main")
    work.release("production", "tiny", 1, revision, digest)
    work.commit()
    work.git("checkout", "--quiet", "-b", "next")
    work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
    work.commit()
    result = sluice("validate", "-C", work.root, "--changed", "main..next", *LIGHT)
    assert "(1 → 2)" in result.output.splitlines()[0]


def test_a_revision_that_is_not_in_this_clone_is_a_named_error(sluice, work, digest) -> None:
    work.git("checkout", "--quiet", "main")
    work.release("production", "tiny", 1, "1" * 40, digest)
    work.commit()
    work.git("checkout", "--quiet", "-b", "next")
    work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
    work.commit()
    result = sluice("validate", "-C", work.root, "--changed", "main..next", *LIGHT)
    assert result.exit_code == 1
    assert "fetch-depth: 0" in result.stderr


def test_a_break_names_the_callers_until_it_is_declared(sluice, work, digest) -> None:
    revision = work.git("rev-parse", "main")
    work.git("checkout", "--quiet", "main")
    work.release("production", "tiny", 1, revision, digest)
    file = work.root / "environments/production/environment.yaml"
    callers = '  callers: [{name: shop, models: [tiny], contact: "@shop/oncall"}]'
    file.write_text(f"{file.read_text()}{callers}\n")
    work.commit()
    work.git("checkout", "--quiet", "-b", "next")
    work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
    work.edit("models/tiny/model.yaml", 'columns: ["a", "b"]', 'columns: ["b", "a"]')
    work.commit()
    command = ("--changed", "main..next", "--check", "signature-compatible")
    (refused, *_) = judged(sluice, work, *command, code=1)["findings"]
    assert refused["verdict"] == "fail"
    assert "column 0 is b, and was a" in refused["message"]
    assert "stable in production; callers: shop (@shop/oncall)" in refused["message"]
    work.edit("models/tiny/model.yaml", "  version: 2", "  version: 2\n  breaking: b comes first now")
    work.commit()
    (declared, *_) = judged(sluice, work, *command)["findings"]
    assert declared["verdict"] == "waived"
    assert declared["message"].endswith("shop (@shop/oncall)); declared: b comes first now")


def test_a_changed_exam_is_said_in_line_1(sluice, work) -> None:
    work.edit("models/tiny/model.yaml", "margin: 0.01}\n  latency", "margin: 0.9}\n  latency")
    work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
    work.commit()
    result = sluice("validate", "-C", work.root, "--changed", "main..topic", *LIGHT)
    assert "tiny changes its own exam: `quality` rules" in result.output.splitlines()[0]


def test_a_bare_repository_will_do(sluice, work, tmp_path) -> None:
    work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
    work.commit()
    work.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    result = sluice("validate", "-C", tmp_path / "bare.git", "--changed", "main..topic", *LIGHT)
    assert result.exit_code == 0, result.output
    assert "is bare" in sluice("validate", "-C", tmp_path / "bare.git", "--all").stderr


def test_a_linked_work_tree_will_do(sluice, work, tmp_path) -> None:
    work.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "main")
    result = sluice("validate", "-C", tmp_path / "linked" / "models", "--changed", "main..topic")
    assert result.exit_code == 0, result.output
