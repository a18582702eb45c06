import pytest

from sluicegate.specs.tree import WorkTree
from sluicegate.validators.checks.release import release_untouched
from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.submission.changes import changes

RELEASE = "environments/production/m/release.yaml"


def judge(tmp_path, *paths):
    return list(release_untouched(WorkTree(tmp_path), changes(paths), ()))


def test_each_release_that_a_change_touches_is_refused_by_its_path(tmp_path):
    refused, other = judge(tmp_path, RELEASE, "models/m/model.yaml", "environments/dev/m/release.yaml")
    assert (refused.verdict, refused.path) == (Verdict.FAIL, RELEASE)
    assert refused.message == f"{RELEASE} is written by the gate alone"
    assert other.path == "environments/dev/m/release.yaml"


def test_other_files_of_an_environment_are_for_people(tmp_path):
    (finding,) = judge(tmp_path, "environments/dev/m/values.yaml", "environments/release.yaml")
    assert finding.verdict == Verdict.PASS


def test_a_work_tree_has_nothing_to_compare_its_releases_with():
    (finding,) = release_untouched(None, changes([RELEASE]), ())
    assert finding.verdict == Verdict.SKIPPED


@pytest.mark.parametrize("name", ["Release.yaml", "release.yml", "RELEASE.YML"])
def test_a_name_that_some_systems_take_for_the_release_is_refused(tmp_path, name):
    path = f"environments/production/m/{name}"
    (finding,) = judge(tmp_path, path)
    assert (finding.verdict, finding.path) == (Verdict.FAIL, path)


def test_a_commit_that_speaks_for_the_gate_is_named(tmp_path):
    (finding,) = release_untouched(WorkTree(tmp_path), changes([]), ["a" * 40])
    assert finding.message.startswith("commit aaaaaaaaaaaa claims to be a decision of the gate")
