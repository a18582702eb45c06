import pytest

from sluicegate.specs.tree import FileEntry, WorkTree
from sluicegate.validators.runner.candidate import MAX_FILES, MAX_SIZE, Candidate, Unavailable, materialise
from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.runner.inputs import Inputs
from sluicegate.validators.runner.judge import judge
from sluicegate.validators.runner.registry import checks


class Listed:
    """A tree that can be listed only: whoever reads or copies it fails."""

    def __init__(self, *entries):
        self.listed = entries

    def entries(self, prefix):
        return list(self.listed)

    def read(self, path):
        raise AssertionError(path)

    def copy(self, prefix, target):
        raise AssertionError("nothing may be copied")


def files_allowed(tree, tmp_path):
    subject = Candidate("m", "models/m", tree, load=None)
    return list(judge(checks()["files-allowed"], Inputs({"subject": subject, "workdir": tmp_path})))


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([FileEntry("models/m/zeros.txt", "100644", MAX_SIZE + 1)], "largest zeros.txt of 2,147,483,649"),
        ([FileEntry(f"models/m/{n}.txt", "100644", 1) for n in range(MAX_FILES + 1)], "1,001 files"),
        ([FileEntry("models/m", "120000")], "models/m is a symbolic link"),
        ([FileEntry("models/m", "160000")], "models/m is a submodule"),
        ([FileEntry("models/m", "100644", 3)], "models/m is a file, no directory"),
        ([FileEntry("models", "120000")], "models is a symbolic link"),
        ([FileEntry("models/m/../x", "100644", 3)], "no path below"),
    ],
)
def test_what_the_listing_refuses_is_the_finding_of_files_allowed_and_is_not_copied(entries, says, tmp_path):
    with pytest.raises(Unavailable, match=says) as raised:
        materialise(Listed(*entries), "models/m", tmp_path / "copy")
    assert raised.value.because == "files-allowed"
    (finding,) = files_allowed(Listed(*entries), tmp_path)
    assert finding.verdict == Verdict.FAIL
    assert says in finding.message
    assert finding.remedy


def test_as_much_as_is_allowed_is_copied(tmp_path):
    model = tmp_path / "models" / "m"
    model.mkdir(parents=True)
    for number in range(MAX_FILES):
        (model / f"{number}.txt").write_text("x")
    (finding,) = files_allowed(WorkTree(tmp_path), tmp_path / "work")
    assert (finding.verdict, finding.observed) == (Verdict.PASS, MAX_FILES)
