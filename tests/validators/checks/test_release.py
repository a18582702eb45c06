from sluicegate.specs.tree import WorkTree
from sluicegate.validators.checks.release import release_untouched
from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.submission.changes import changes

RELEASE = "environments/production/m/release.yaml"


def judge(tmp_path, *paths):
    return list(release_untouched(WorkTree(tmp_path), changes(paths)))


def test_each_release_that_a_change_touches_is_refused_by_its_path(tmp_path):
    refused, other = judge(tmp_path, RELEASE, "models/m/model.yaml", "environments/dev/m/release.yaml")
    assert (refused.verdict, refused.path) == (Verdict.FAIL, RELEASE)
    assert refused.message == f"{RELEASE} is written by the gate alone"
    assert other.path == "environments/dev/m/release.yaml"


def test_other_files_of_an_environment_are_for_people(tmp_path):
    (finding,) = judge(tmp_path, "environments/dev/m/values.yaml", "environments/release.yaml")
    assert finding.verdict == Verdict.PASS


def test_a_work_tree_has_nothing_to_compare_its_releases_with():
    (finding,) = release_untouched(None, changes([RELEASE]))
    assert finding.verdict == Verdict.SKIPPED
