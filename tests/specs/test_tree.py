import os
from pathlib import Path

import pytest

from sluicegate.specs.tree import TreeError, WorkTree


@pytest.fixture
def root(tmp_path):
    model = tmp_path / "repository" / "models" / "m"
    (model / "data").mkdir(parents=True)
    (model / "model.onnx").write_bytes(b"onnx")
    (model / "data" / "rows.csv").write_bytes(b"a\n1\n")
    (tmp_path / "secret").write_bytes(b"secret")
    return tmp_path / "repository"


def kinds(root):
    return {entry.path: entry.mode for entry in WorkTree(root).entries("models/m")}


def test_plain_files_are_listed_with_their_size_in_order(root):
    entries = WorkTree(root).entries("models/m")
    assert [(e.path, e.size, e.plain) for e in entries] == [
        ("models/m/data/rows.csv", 4, True),
        ("models/m/model.onnx", 4, True),
    ]
    assert WorkTree(root).entries("models/none") == []


def test_what_is_not_a_plain_file_is_listed_as_what_it_is_and_never_opened(root, tmp_path):
    model = root / "models" / "m"
    (model / "link").symlink_to(tmp_path / "secret")
    (model / "folder").symlink_to(tmp_path)
    os.mkfifo(model / "pipe")
    os.link(tmp_path / "secret", model / "twin")
    (model / "sub").mkdir()
    (model / "sub" / ".git").write_text("gitdir: elsewhere")
    (model / "sub" / "hidden.pkl").write_bytes(b"x")
    assert kinds(root) == {
        "models/m/data/rows.csv": "100644",
        "models/m/folder": "120000",
        "models/m/link": "120000",
        "models/m/model.onnx": "100644",
        "models/m/pipe": "special",
        "models/m/sub": "160000",
        "models/m/twin": "hardlink",
    }
    target = tmp_path / "copy"
    WorkTree(root).copy("models/m", target)
    assert sorted(p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file()) == [
        "data/rows.csv",
        "model.onnx",
    ]
    for name in ("link", "folder/secret", "pipe", "twin", "none"):
        with pytest.raises(TreeError, match=f"models/m/{name}"):
            WorkTree(root).read(f"models/m/{name}")


def test_a_hard_link_that_nobody_may_write_is_a_plain_file_as_the_caches_are(root, tmp_path):
    kept = tmp_path / "kept"
    kept.write_bytes(b"x")
    kept.chmod(0o444)
    os.link(kept, root / "models" / "m" / "twin")
    assert kinds(root)["models/m/twin"] == "100644"
    assert WorkTree(root).read("models/m/twin") == b"x"
    kept.chmod(0o644)
    assert kinds(root)["models/m/twin"] == "hardlink"


def test_a_link_instead_of_the_whole_directory_is_an_entry(root, tmp_path):
    (root / "models" / "other").symlink_to(tmp_path)
    (entry,) = WorkTree(root).entries("models/other")
    assert entry.mode == "120000"


def test_a_link_above_is_the_one_entry_and_nothing_behind_it_is_copied(root, tmp_path):
    (root / "elsewhere").symlink_to(root / "models")
    (entry,) = WorkTree(root).entries("elsewhere/m")
    assert (entry.path, entry.mode) == ("elsewhere", "120000")
    WorkTree(root).copy("elsewhere/m", tmp_path / "copy")
    assert not [*(tmp_path / "copy").iterdir()]


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "models/../../secret"])
def test_a_path_that_leads_out_is_refused(root, path):
    with pytest.raises(TreeError, match="leads out"):
        WorkTree(root).read(path)
    with pytest.raises(TreeError, match="leads out"):
        WorkTree(root).entries(path)


def test_what_programs_leave_behind_is_not_a_part_of_a_tree(root):
    cache = root / "models" / "m" / "__pycache__"
    cache.mkdir()
    (cache / "train.pyc").write_bytes(b"x")
    assert "models/m/__pycache__/train.pyc" not in kinds(root)


def test_a_tree_needs_a_directory(tmp_path):
    with pytest.raises(TreeError, match="not a directory; name the root"):
        WorkTree(tmp_path / "none")
    assert Path(WorkTree(tmp_path).root) == tmp_path


def test_a_tree_may_itself_be_reached_through_a_link(root, tmp_path):
    (tmp_path / "link").symlink_to(root)
    assert WorkTree(tmp_path / "link").read("models/m/model.onnx") == b"onnx"


@pytest.mark.parametrize(
    ("path", "message", "remedy"),
    [
        ("models/x", "models/x is not there", "add the file, or correct its path"),
        ("models/m/data", "models/m/data is a directory", "put a plain file there"),
        ("../secret", "../secret leads out of the tree", "name it from the tree's root, without `..`"),
    ],
)
def test_an_error_has_its_remedy_apart(root, path, message, remedy):
    with pytest.raises(TreeError) as caught:
        WorkTree(root).read(path)
    assert (caught.value.message, caught.value.remedy) == (message, remedy)
