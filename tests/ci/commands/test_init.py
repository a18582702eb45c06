"""`sluice init`: a repository that works at once; what is kept, renewed and refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.repositories import git

from sluicegate.ci.commands import _cluster_options

ACTION = f"octo/sluicegate@{'a' * 40}"
IMAGE = f"registry.example.org/octo/onnx-server@sha256:{'3' * 64}"
CLUSTER = ("--cluster", "--server-image", IMAGE, "--artifacts", "https://raw.example/octo/models")


@pytest.fixture
def init(sluice, tmp_path):
    def run(*words: str, root: Path = tmp_path / "models", code: int = 0, **more):
        result = sluice("init", root, "--action", ACTION, "--owner", "@octo/ml", *words, **more)
        assert result.exit_code == code, result.output
        return result

    return run


def contents(root: Path) -> dict[str, bytes]:
    found = (
        file for file in root.rglob("*") if file.is_file() and ".git" not in file.relative_to(root).parts
    )
    return {str(file.relative_to(root)): file.read_bytes() for file in found}


def test_a_new_folder_becomes_a_repository_that_every_command_understands(init, sluice, tmp_path) -> None:
    root = tmp_path / "models"
    assert "git init" in init().output
    assert (root / ".github/CODEOWNERS").read_text().endswith("*  @octo/ml\n")
    assert "no branch 'main'; commit to it" in sluice("gate", "plan", "--repo", root).stderr
    git("add", "--all", cwd=root)
    git("commit", "--quiet", "--message", "Begin", cwd=root)
    validated = sluice("validate", "--all", "-C", root)
    assert validated.exit_code == 0, validated.output
    assert "prod is valid" in validated.output
    assert "`sluice new model`" in validated.output
    assert "no model (`sluice new model`)" in sluice("gate", "plan", "--repo", root).output
    assert "Nothing is released yet" in sluice("status", "-C", root).output


def test_inside_another_repository_nothing_begins_unseen(init, tmp_path) -> None:
    """A folder of a monorepo: a second repository would hide in the first, whose root GitHub reads."""
    git("init", "--quiet", "--initial-branch=main", cwd=tmp_path)
    root = tmp_path / "services/ml"
    for words in ((), ("--dry-run",)):
        said = init(*words, root=root, code=1).stderr
        assert f"{root} lies in the git repository {tmp_path}" in said
        assert "--add keeps what is there" in said
    assert not (tmp_path / "services").exists()
    root.mkdir(parents=True)
    git("init", "--quiet", "--initial-branch=main", cwd=root)  # a person's word
    init(root=root)
    (tmp_path / ".gitignore").write_text("/elsewhere/\n")
    init(root=tmp_path / "elsewhere")  # as in a home that is a repository


def test_at_the_root_of_a_repository_with_other_code_all_of_it_stays(init, sluice, tmp_path) -> None:
    root = tmp_path / "mono"
    (root / "services/web").mkdir(parents=True)
    (root / "services/web/main.py").write_text("print()\n")
    (root / "CODEOWNERS").write_text("* @octo/web\n/models/ @octo/ml\n/environments/ @octo/ml\n")
    git("init", "--quiet", "--initial-branch=main", cwd=root)
    git("add", "--all", cwd=root)
    git("commit", "--quiet", "--message", "Other code", cwd=root)
    assert "--add" in init(root=root, code=1).stderr
    said = init("--add", root=root).output
    assert "CODEOWNERS stays: give /models/, /environments/ and /.github/ their owners in it" in said
    git("add", "--all", cwd=root)
    git("commit", "--quiet", "--message", "Begin", cwd=root)
    (root / "services/web/main.py").write_text("print(1)\n")
    git("commit", "--quiet", "--all", "--message", "Other code", cwd=root)
    validated = sluice("validate", "--changed", "HEAD~1..HEAD", "-C", root / "services/web")
    assert validated.exit_code == 0, validated.output
    assert not (root / ".github/CODEOWNERS").exists()


def test_a_dry_run_names_every_file_and_writes_none(init, tmp_path) -> None:
    said = init("--dry-run").output
    assert "would write  environments/prod/environment.yaml" in said
    assert "would write  .github/workflows/sluice-validate.yaml" in said
    assert not (tmp_path / "models").exists()


def test_a_second_time_changes_nothing_that_a_person_edited(init, tmp_path) -> None:
    root = tmp_path / "models"
    init()
    for path in ("README.md", ".github/workflows/sluice-gate.yaml", "environments/prod/environment.yaml"):
        (root / path).write_text("edited")
    before = contents(root)
    said = init().output
    assert contents(root) == before
    assert "kept       .github/workflows/sluice-gate.yaml (yours)" in said
    assert "kept       README.md (yours)" in said
    assert "wrote" not in said


def test_an_update_renews_workflows_and_keeps_the_rest(init, tmp_path) -> None:
    init()
    workflow, owners = (
        tmp_path / "models/.github" / name for name in ("workflows/sluice-gate.yaml", "CODEOWNERS")
    )
    workflow.write_text("old")
    owners.write_text("* @me\n")
    said = init("--update").output
    assert "renewed    .github/workflows/sluice-gate.yaml" in said
    assert workflow.read_text() != "old"
    assert owners.read_text() == "* @me\n"


def test_app_and_owner_that_are_named_later_are_taken_up_where_nobody_edited(sluice, tmp_path) -> None:
    github = tmp_path / ".github"
    assert sluice("init", tmp_path).exit_code == 0
    (github / "rulesets/evidence.json").write_bytes((github / "rulesets/history.json").read_bytes())
    said = sluice("init", tmp_path, "--action", ACTION, "--owner", "@octo/ml", "--app-id", "4711").output
    assert "renewed    .github/rulesets/review.json" in said
    assert "renewed    .github/CODEOWNERS" in said
    assert "kept       .github/rulesets/evidence.json (yours)" in said
    (passes,) = json.loads((github / "rulesets/review.json").read_text())["bypass_actors"]
    assert passes["actor_id"] == 4711
    assert "*  @octo/ml\n" in (github / "CODEOWNERS").read_text()


def test_an_update_keeps_the_app_that_the_rulesets_name(init, tmp_path) -> None:
    review = tmp_path / "models/.github/rulesets/review.json"
    init("--app-id", "4711")
    before = review.read_bytes()
    review.write_bytes(
        before.replace(b'"required_approving_review_count": 1', b'"required_approving_review_count": 0')
    )
    assert "renewed    .github/rulesets/review.json" in init("--update").output
    assert review.read_bytes() == before


def test_a_folder_with_other_files_is_refused_by_name(init, tmp_path) -> None:
    root = tmp_path / "models"
    (root / "train").mkdir(parents=True)
    (root / "notes.txt").write_text("mine")
    (root / "README.md").write_text("mine, too")
    refused = init(code=1).stderr
    assert "holds other files: notes.txt, train/;" in refused
    assert "it would add models/README.md, .gitattributes" in refused
    assert not (root / "models").exists()
    assert "kept       README.md (yours)" in init("--add").output
    assert (root / "README.md").read_text() == "mine, too"
    assert (root / "models/README.md").is_file()


def test_a_folder_that_cannot_be_made_is_named(init, tmp_path) -> None:
    (tmp_path / "file").touch()
    assert "file/models cannot be made: Not a directory" in init(root=tmp_path / "file/models", code=1).stderr
    assert "Traceback" not in init(root=Path("/dev/null"), code=1).stderr


def test_a_repository_without_main_is_told_that_all_else_follows_it(init, sluice, tmp_path) -> None:
    git("init", "--quiet", "--initial-branch=trunk", tmp_path / "models", cwd=tmp_path)
    assert "the branch is trunk (there is no branch main, which the gate," in init().output
    git("add", "--all", cwd=tmp_path / "models")
    git("commit", "--quiet", "--message=Begin", cwd=tmp_path / "models")
    assert "\ntrunk (there is no branch main," in sluice("status", "-C", tmp_path / "models").output
    git("branch", "-m", "main", cwd=tmp_path / "models")
    assert "there is no branch main" not in init().output
    assert "\nmain of this repository at" in sluice("status", "-C", tmp_path / "models").output


def test_nothing_is_written_through_a_link(init, tmp_path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "models").mkdir()
    (tmp_path / "models/environments").symlink_to(elsewhere)
    assert "environments is a symbolic link" in init(code=1).stderr
    assert list(elsewhere.iterdir()) == []


def test_without_github_there_is_nothing_of_it(init, tmp_path) -> None:
    init("--no-github")
    assert not (tmp_path / "models/.github").exists()
    assert (tmp_path / "models/.pre-commit-config.yaml").is_file()


def test_without_an_action_there_are_no_workflows_and_it_says_so(sluice, tmp_path) -> None:
    said = sluice("init", tmp_path / "m", "--owner", "@me").output
    assert "no workflows" in said
    assert (tmp_path / "m/.github/CODEOWNERS").is_file()
    assert not (tmp_path / "m/.github/workflows").exists()


def test_in_a_cluster_the_values_name_what_was_given_and_the_charts_are_there(init, tmp_path) -> None:
    init(*CLUSTER, "--gpu-pool", "l4:2:1:24Gi", "--environment", "live")
    root = tmp_path / "models"
    assert "namespace: models-live" in (root / "environments/live/environment.yaml").read_text()
    assert IMAGE.partition("@")[2] in (root / "environments/live/values.yaml").read_text()
    for path in ("charts/onnx-serving/Chart.yaml", "charts/gate/Chart.yaml", "environments/project.yaml"):
        assert (root / path).is_file()


def test_an_update_renews_the_charts_and_no_manifest_of_argo_cd(init, tmp_path) -> None:
    init(*CLUSTER)
    chart, project = (
        tmp_path / "models" / path
        for path in ("charts/onnx-serving/values.yaml", "environments/project.yaml")
    )
    before = chart.read_text()
    for file in (chart, project):
        file.write_text("edited")
    said = init("--update").output
    assert "renewed    charts/onnx-serving/ (1 files)" in said
    assert (chart.read_text(), project.read_text()) == (before, "edited")


def test_a_cluster_renders_as_it_was_written(init, sluice, charting, tmp_path) -> None:
    init(*CLUSTER)
    validated = sluice("validate", "--all", "-C", tmp_path / "models")
    assert validated.exit_code == 0, validated.output
    assert "the gate renders" in validated.output


def test_off_a_terminal_what_a_cluster_lacks_is_named(init) -> None:
    said = init("--cluster", code=2).output
    assert "needs --server-image and --artifacts" in said
    assert "add --cluster" in init("--domain", "models.example", code=2).output


def test_on_a_terminal_it_is_asked_with_defaults(init, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(_cluster_options, "is_terminal", lambda: True)
    answers = ["", "", "http://prometheus.example:9090", "", IMAGE, "https://raw.example/m", "", ""]
    init("--cluster", input="\n".join(answers) + "\n")
    text = (tmp_path / "models/environments/prod/environment.yaml").read_text()
    assert 'url: "http://prometheus.example:9090"' in text
    assert "gateway: traefik" in text


def test_each_model_is_owned_by_whom_its_model_yaml_names(init, work) -> None:
    init(root=work.root)
    assert "/models/tiny/  @data/flights\n" in (work.root / ".github/CODEOWNERS").read_text()


def test_an_owner_that_github_does_not_know_is_said_and_left_out(init, work) -> None:
    work.edit("models/tiny/model.yaml", "@data/flights", "Olga <olga@example.org>")
    result = init(root=work.root)
    assert "no owner that GitHub knows" in result.stderr
    assert "tiny" not in (work.root / ".github/CODEOWNERS").read_text()


@pytest.mark.parametrize(
    "action", ["sluicegate", "octo/sluicegate@v1", "octo/sluicegate@main", "../x/y", "a/b@" + "a" * 39]
)
def test_an_action_by_a_name_that_moves_is_refused(sluice, tmp_path, action) -> None:
    result = sluice("init", tmp_path, "--action", action, "--owner", "@octo/ml")
    assert result.exit_code == 1
    assert "OWNER/NAME" in result.stderr
    assert not (tmp_path / ".github").exists()


@pytest.mark.parametrize("owner", ["octo", "@octo/ml @x", "@a\n* @evil", ""])
def test_an_owner_that_is_none_is_refused(sluice, tmp_path, owner) -> None:
    result = sluice("init", tmp_path, "--action", ACTION, "--owner", owner)
    assert result.exit_code == 2
    assert not (tmp_path / ".github").exists()


def test_without_a_commit_it_is_the_one_of_this_sluice_or_nothing(sluice, tmp_path, monkeypatch) -> None:
    from sluicegate.gate.daemon import code

    monkeypatch.setattr(code, "code_commit", lambda: "b" * 40)
    result = sluice("init", tmp_path / "m", "--action", "octo/sluicegate", "--owner", "@octo/ml")
    assert result.exit_code == 0, result.output
    text = (tmp_path / "m/.github/workflows/sluice-validate.yaml").read_text()
    assert f"octo/sluicegate/ci@{'b' * 40} # v" in text
    monkeypatch.setattr(code, "code_commit", lambda: f"{'b' * 40}-dirty")
    refused = sluice("init", tmp_path / "other", "--action", "octo/sluicegate", "--owner", "@octo/ml")
    assert refused.exit_code == 1
    assert "--action octo/sluicegate@COMMIT" in refused.stderr


def test_json_says_what_became_of_each_file(init, tmp_path) -> None:
    said = json.loads(init("--json").output)
    assert {"path": "environments/prod/environment.yaml", "state": "new"} in said["files"]
    again = json.loads(init("--json", "--dry-run").output)
    assert {file["state"] for file in again["files"]} == {"unchanged"}
    assert again["dry_run"]
