"""Which changed paths are of what judges, releases or deploys every model."""

from __future__ import annotations

import pytest

from sluicegate.specs.tree import WorkTree
from sluicegate.validators.submission.judge_changes import changes_of_the_judge, judge_changes

JUDGES = {
    ".github/CODEOWNERS": "who owns what",
    "docs/CODEOWNERS": "who owns what",
    ".github/rulesets/main.json": "branch rules",
    ".github/workflows/sluice-validate.yaml": "workflows",
    ".github/actions/set-up/action.yml": "workflows",
    ".gitlab-ci.yml": "workflows",
    "Jenkinsfile": "workflows",
    ".pre-commit-config.yaml": "workflows",
    ".github/scripts/judge.sh": "workflows",
    ".github/zizmor.yml": "workflows",
    ".github": "workflows",
    ".GitHub/Workflows/a.yml": "workflows",
    ".circleci/config.yml": "workflows",
    ".ci/run": "workflows",
    "azure-pipelines.yml": "workflows",
    ".github/dependabot.yml": "what is merged or updated by itself",
    ".mergify.yml": "what is merged or updated by itself",
    "renovate.json5": "what is merged or updated by itself",
    "Models/late/model.yaml": "what some systems take for other files",
    "environments/production/Environment.yaml": "what some systems take for other files",
    "environments/production/late/values.yml": "what some systems take for other files",
    "Requirements.Lock": "locked packages",
    "web/pnpm-lock.yaml": "locked packages",
    "charts": "charts",
    ".gitattributes": "how git reads files",
    "models/late/.gitattributes": "how git reads files",
    ".lfsconfig": "how git reads files",
    "environments/gate.pub": "keys that sign evidence",
    "environments/gate.yaml": "the gate's own deployment",
    "environments/applicationset.yaml": "the gate's own deployment",
    "models/model.schema.json": "schemas",
    "charts/onnx-serving/templates/deployment.yaml": "charts",
    "requirements.lock": "locked packages",
    "tools/package-lock.json": "locked packages",
}
NO_JUDGE = (
    "models/late/model.yaml",
    "models/late/requirements.txt",
    "environments/production/environment.yaml",
    "environments/production/values.yaml",
    "environments/production/late/release.yaml",
    ".github/pull_request_template.md",
    ".github/ISSUE_TEMPLATE/model.md",
    ".github/FUNDING.yml",
    "environments/production/README.md",
    "README.md",
    "docs/charts/plan.md",
    "src/CODEOWNERS",
)
OURS = {
    "validators/checks/quality.py": "checks",
    "gate/core/machine.py": "the gate",
    "templates/validate.yml": "other code",
    "Makefile": "other code",
}


@pytest.mark.parametrize(("path", "words"), JUDGES.items())
def test_a_file_that_judges_is_of_a_kind_in_words(path: str, words: str) -> None:
    (found,) = judge_changes([path], own_code=False)
    assert (found.words, found.paths) == (words, (path,))


@pytest.mark.parametrize("path", [*NO_JUDGE, *OURS])
def test_other_files_judge_nothing_in_a_repository_of_others(path: str) -> None:
    assert judge_changes([path], own_code=False) == ()


@pytest.mark.parametrize(("path", "words"), OURS.items())
def test_our_code_judges_where_it_lies_beside_the_models(path: str, words: str) -> None:
    (found,) = judge_changes([path], own_code=True)
    assert found.words == words


def test_paths_of_a_kind_come_together_in_the_order_of_the_kinds() -> None:
    paths = ["requirements.lock", ".github/workflows/b.yaml", "README.md", ".github/workflows/a.yaml"]
    found = judge_changes(paths, own_code=False)
    assert [(one.words, one.paths) for one in found] == [
        ("workflows", (".github/workflows/a.yaml", ".github/workflows/b.yaml")),
        ("locked packages", ("requirements.lock",)),
    ]


def test_a_repository_without_a_model_has_no_judge_yet(tmp_path) -> None:
    paths = [".github/workflows/a.yaml", "models/late/model.yaml"]
    assert changes_of_the_judge(WorkTree(tmp_path), paths) == ()
    assert changes_of_the_judge(None, paths) == ()
    (tmp_path / "models/late").mkdir(parents=True)
    (tmp_path / "models/late/model.yaml").write_text("x")
    assert [one.words for one in changes_of_the_judge(WorkTree(tmp_path), paths)] == ["workflows"]
