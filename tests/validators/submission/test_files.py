from pathlib import Path

import pytest

from sluicegate.specs.tree import FileEntry, WorkTree
from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.runner.inputs import Inputs, Unavailable
from sluicegate.validators.runner.judge import judge
from sluicegate.validators.runner.registry import checks
from sluicegate.validators.submission.candidate import Candidate
from sluicegate.validators.submission.files import MAX_FILES, MAX_SIZE, ModelFiles, materialise

FILES = ModelFiles(
    "models/m",
    {
        "model.onnx": FileEntry("model.onnx", "100644", 4),
        "data/rows.csv": FileEntry("data/rows.csv", "100755", 4),
        "link": FileEntry("link", "120000"),
        "sub": FileEntry("sub", "160000"),
    },
    Path("none"),
)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("model.onnx", None),
        ("data/rows.csv", None),
        ("./model.onnx", None),
        ("none", "is not there"),
        ("data", "is not there"),
        ("", "leads out of the model's directory"),
        ("/etc/passwd", "leads out of the model's directory"),
        ("../m/model.onnx", "leads out of the model's directory"),
        ("data/../../x", "leads out of the model's directory"),
        ("..\\x", "leads out of the model's directory"),
        ("link", "is a symbolic link"),
        ("link/passwd", "is a symbolic link"),
        ("sub/file", "is a submodule"),
    ],
)
def test_only_plain_files_of_the_directory_are_contained(name, fault):
    assert FILES.fault(name) == fault
    assert FILES.contains(name) == (fault is None)


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
    candidate = Candidate("m", tree, load=None)
    return list(judge(checks()["files-allowed"], Inputs({"candidate": candidate, "workdir": tmp_path})))


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([FileEntry("models/m/zeros.txt", "100644", MAX_SIZE + 1)], "largest zeros.txt of 2,147,483,649"),
        ([FileEntry(f"models/m/{n}.txt", "100644", 1) for n in range(MAX_FILES + 1)], "1,001 files"),
        ([FileEntry("models/m", "120000")], "models/m is a symbolic link"),
        ([FileEntry("models/m", "160000")], "models/m is a submodule"),
        ([FileEntry("models/m", "100644", 3)], "models/m is a file, not a directory"),
        ([FileEntry("models", "120000")], "models is a symbolic link"),
        ([FileEntry("models/m/../x", "100644", 3)], "not a path below"),
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


class Crafted:
    """A tree whose paths were written by hand, as a crafted git tree can hold them."""

    def __init__(self, *paths):
        self.paths = paths

    def entries(self, prefix):
        return [FileEntry(path, "100644", 1) for path in self.paths]

    def read(self, path):
        raise AssertionError(path)

    def copy(self, prefix, target):
        raise AssertionError("nothing may be written")


@pytest.mark.parametrize("path", ["models/m/../../../etc/passwd", "models/other/x", "models/m//etc/passwd"])
def test_a_tree_with_crafted_paths_is_never_copied(path, tmp_path):
    with pytest.raises(Unavailable, match="not a path below"):
        materialise(Crafted(path), "models/m", tmp_path / "copy")
