"""What a directory may hold: names, kinds, and the same bytes judged once."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sluicegate.specs.tree import FileEntry
from sluicegate.validators.submission import directory
from sluicegate.validators.submission.directory import directory_faults
from sluicegate.validators.submission.files import ModelFiles


def faults(folder, files):
    for name, data in files.items():
        (folder / name).write_bytes(data)
    entries = {name: FileEntry(name, "100644", len(data)) for name, data in files.items()}
    return [fault.words for fault in directory_faults(ModelFiles("models/m", entries, folder))]


def test_a_sound_directory_has_no_fault(tmp_path):
    assert not faults(tmp_path, {"README.md": b"# A model\n", "LICENSE": b"MIT\n", "rows-2.csv": b"a,b\n"})


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a\nb.md", "is not made of letters"),
        ("-rf.md", "is not made of letters"),
        ("ev\u0430luation.csv", "is not made of letters"),
        ("::add-mask::x.md", "is not made of letters"),
        (".gitattributes", "changes what git makes of other files"),
        (".lfsconfig", "changes what git makes of other files"),
        ("run.sh", "of a kind that is not allowed"),
    ],
)
def test_names_that_mislead_are_refused(tmp_path, name, says):
    assert any(says in words for words in faults(tmp_path, {name: b"x\n"}))


def test_names_that_differ_only_in_case_are_refused(tmp_path):
    found = faults(tmp_path, {"model.yaml": b"a: 1\n", "MODEL.yaml": b"a: 2\n"})
    assert found == ["model.yaml and MODEL.yaml differ only in case: some systems keep one of them"]


def test_a_secret_in_a_text_is_named_without_being_shown(tmp_path):
    key = "AKIA" + "Q" * 16
    (words,) = faults(tmp_path, {"README.md": f"use {key}\n".encode()})
    assert words == "README.md holds an AWS access key"


def test_a_secret_in_the_metadata_of_a_table_is_named(tmp_path):
    key = "AKIA" + "Q" * 16
    table = pa.table({"a": [1.5, 2.5]})
    for name, metadata in (("sound.parquet", {"made by": "a pipeline"}), ("told.parquet", {"made by": key})):
        pq.write_table(table.replace_schema_metadata(metadata), tmp_path / name)
    found = faults(tmp_path, {path.name: path.read_bytes() for path in tmp_path.iterdir()})
    assert found == ["told.parquet holds an AWS access key"]


def test_equal_files_are_judged_once(tmp_path, monkeypatch):
    judged = []
    monkeypatch.setattr(
        directory, "disallowed_content", lambda path, budget: judged.append((path.name, budget)) or "bad"
    )
    found = faults(tmp_path, {f"{n}.txt": b"same\n" for n in range(9)})
    assert len(judged) == 1
    assert len(found) == 9
