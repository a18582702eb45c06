from pathlib import Path

import pytest

from sluicegate.specs.tree import FileEntry
from sluicegate.validators.runner.candidate import BaseRevision, ModelFiles, Unavailable, materialise
from sluicegate.validators.runner.inputs import Inputs, provides

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


def test_an_input_is_made_once_from_others_by_name():
    made = []

    @provides("test-sum")
    def total(first, second):
        made.append(first + second)
        return made[-1]

    inputs = Inputs({"first": 1, "second": 2})
    assert (inputs["test-sum"], inputs["test-sum"], made) == (3, 3, [3])
    with pytest.raises(ValueError, match="provider already"):
        provides("test-sum")(total)


def test_the_reason_of_an_input_that_cannot_be_made_goes_to_all_that_ask():
    tried = []

    @provides("test-broken")
    def broken():
        tried.append(1)
        raise ZeroDivisionError("by zero")

    @provides("test-above")
    def above(**_):
        return 1

    @provides("test-on-broken")
    def on_broken(first):
        return first

    inputs = Inputs({})
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"`test-broken` could not be made: ZeroDivisionError: by zero"):
            inputs["test-broken"]
    assert tried == [1]
    with pytest.raises(Unavailable, match="no input is called 'first'"):
        inputs["test-on-broken"]


def test_what_is_sent_to_the_child_is_made_first_and_failures_go_along():
    inputs = Inputs({"a": 1}, {"b": Unavailable("why", "spec-valid")})
    made, failed = inputs.sent(("a", "b"))
    assert made == {"a": 1}
    assert (failed["b"].reason, failed["b"].because) == ("why", "spec-valid")


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
    with pytest.raises(Unavailable, match="no path below"):
        materialise(Crafted(path), "models/m", tmp_path / "copy")


def test_only_the_gates_own_files_are_releases():
    paths = (
        "environments/production/m/release.yaml",
        "environments/production/m/values.yaml",
        "environments/release.yaml",
        "docs/environments/production/m/release.yaml",
    )
    assert BaseRevision(None, paths).releases == paths[:1]
