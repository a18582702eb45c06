"""`sluice new version`: the next version in one command, whole or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from support.small_models import rows

from sluicegate.ci.model_reader import load
from sluicegate.specs.tree import WorkTree

MODEL = "models/tiny/model.yaml"


@pytest.fixture
def bring(sluice, work):
    def run(*words, code: int = 0):
        result = sluice("new", "version", "tiny", "-C", work.root, *words)
        assert result.exit_code == code, result.output
        return result

    return run


def other(path: Path, *, name: str = "features", width: int = 2, output: str = "probability") -> Path:
    """sigmoid of twice the sum: the tiny model with other weights."""
    nodes = [helper.make_node("MatMul", [name, "w"], ["s"]), helper.make_node("Sigmoid", ["s"], [output])]
    features = helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width])
    answer = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n"])
    weights = helper.make_tensor("w", TensorProto.FLOAT, [width], [2.0] * width)
    graph = helper.make_graph(nodes, "other", [features], [answer], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save_model(model, path)
    return path


def digest(path: Path) -> str:
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def spec_of(root: Path):
    return load(WorkTree(root), "models/tiny")[1]


def test_number_and_digest_are_the_new_ones_and_nothing_else_changes(bring, work, sluice, tmp_path) -> None:
    model = other(tmp_path / "new.onnx")
    before = (work.root / MODEL).read_text()
    said = bring("--onnx", model).output
    assert "tiny: version 1 -> 2" in said
    assert "signature: as it was" in said
    spec = spec_of(work.root)
    assert (spec.version, spec.artifact.sha256) == (2, digest(model))
    assert (work.root / "models/tiny/model.onnx").read_bytes() == model.read_bytes()
    changed = [
        (old, new)
        for old, new in zip(before.splitlines(), (work.root / MODEL).read_text().splitlines(), strict=True)
        if old != new
    ]
    assert [old.split(":")[0].strip() for old, _ in changed] == ["version", "artifact"]
    assert sluice("validate", "tiny", "-C", work.root, "--check", "spec-valid").exit_code == 0


def test_tables_are_pinned_and_keep_their_name_with_the_ending_of_what_is_brought(
    bring, work, tmp_path
) -> None:
    import pandas as pd

    evaluation = tmp_path / "fresh.csv"
    pd.read_parquet(rows(tmp_path / "fresh.parquet", 7)).to_csv(evaluation, index=False)
    bring("--onnx", other(tmp_path / "new.onnx"), "--evaluation", evaluation, "--version", "5")
    spec = spec_of(work.root)
    assert spec.version == 5
    assert (spec.data.evaluation.path, spec.data.evaluation.sha256) == (
        "data/evaluation.csv", digest(evaluation),
    )  # fmt: skip
    names = sorted(file.name for file in (work.root / "models/tiny/data").iterdir())
    assert names == ["evaluation.csv", "reference.parquet"]


def test_a_changed_signature_is_written_and_said(bring, work, tmp_path) -> None:
    said = bring("--onnx", other(tmp_path / "new.onnx", name="x")).output
    assert "input features is called x now: callers have to change" in said
    (only,) = spec_of(work.root).signature.inputs
    assert (only.name, only.columns, only.shape) == ("x", ("a", "b"), ("batch", 2))


def test_more_columns_are_named_or_nothing_is_written(bring, work, tmp_path) -> None:
    wider = other(tmp_path / "new.onnx", width=3)
    before = (work.root / MODEL).read_bytes()
    refused = bring("--onnx", wider, code=1).stderr
    assert "takes 3 columns now, and 2 are named" in refused
    assert (work.root / MODEL).read_bytes() == before
    said = bring("--onnx", wider, "--columns", "a,b,late").output
    assert "[batch, 2] -> [n, 3]" in said
    (only,) = spec_of(work.root).signature.inputs
    assert (only.columns, only.shape) == (("a", "b", "late"), ("batch", 3))


def test_the_same_bytes_are_no_next_version(bring, work) -> None:
    same = work.root / "models/tiny/model.onnx"
    assert "version 1 itself, byte for byte" in bring("--onnx", same, code=1).stderr


def test_a_number_that_does_not_rise_is_refused(bring, tmp_path) -> None:
    refused = bring("--onnx", other(tmp_path / "new.onnx"), "--version", "1", code=1).stderr
    assert "leave it out for 2" in refused


def test_a_version_that_git_does_not_hold_is_not_replaced(bring, tmp_path) -> None:
    bring("--onnx", other(tmp_path / "new.onnx"))
    third = other(tmp_path / "third.onnx", output="p")
    assert "commit version 2 first" in bring("--onnx", third, code=1).stderr


def test_one_file_is_named_and_only_one(bring, tmp_path) -> None:
    assert "one of --onnx FILE and --from" in bring(code=2).stderr
    (tmp_path / "no.onnx").write_bytes(b"no model")
    assert "no.onnx" in bring("--onnx", tmp_path / "no.onnx", code=1).stderr


def test_a_rename_that_fails_puts_everything_back(bring, work, tmp_path, monkeypatch) -> None:
    model = other(tmp_path / "new.onnx")
    whole = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if target.name == "model.yaml":
            raise OSError(28, "No space left on device", str(target))
        return whole(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    assert "nothing was changed" in bring("--onnx", model, code=1).stderr
    monkeypatch.undo()
    assert work.git("status", "--short") == ""
    bring("--onnx", model)


def test_a_branch_has_the_commit_of_the_model_alone(bring, work, tmp_path) -> None:
    work.git("config", "user.name", "Olga")
    work.git("config", "user.email", "olga@example.org")
    work.write("notes.txt", "mine")
    work.git("add", "notes.txt")
    model = other(tmp_path / "new.onnx")
    assert "committed on the branch tiny-v2" in bring("--onnx", model, "--branch").output
    assert work.git("log", "-1", "--format=%an %s") == "Olga tiny: version 2"
    assert work.git("show", "--name-only", "--format=", "HEAD").split() == [
        "models/tiny/model.onnx", MODEL,
    ]  # fmt: skip
    work.git("switch", "--quiet", "main")
    assert "there is a branch tiny-v2 already" in bring("--onnx", model, "--branch", code=1).stderr
    assert spec_of(work.root).version == 1


def test_what_a_version_said_of_itself_is_not_said_of_the_next(bring, work, tmp_path) -> None:
    work.edit(MODEL, "  rollout:", "  lineage: {run: r1, converted_from: 1}\n  rollout:")
    work.commit()
    said = bring("--onnx", other(tmp_path / "new.onnx")).output
    assert "lineage.run is still that of version 1: r1" in said
    assert spec_of(work.root).lineage.converted_from is None


def in_two_files(folder: Path) -> Path:
    model = onnx.load(other(folder / "whole.onnx"))
    for tensor in model.graph.initializer:
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor), tensor.name))
    path = folder / "new.onnx"
    onnx.save_model(model, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    return path


def test_external_data_comes_with_the_model_and_goes_with_it(bring, work, sluice, tmp_path) -> None:
    bring("--onnx", in_two_files(tmp_path))
    main, data = spec_of(work.root).artifact.files
    assert (main.local, data.local) == ("model.onnx", "weights.bin")
    assert (data.sha256, data.path) == (digest(tmp_path / "weights.bin"), "weights.bin")
    judged = sluice("validate", "tiny", "-C", work.root, "--check", "artifact-digests")
    assert judged.exit_code == 0, judged.output
    work.commit()
    said = bring("--onnx", other(tmp_path / "next.onnx", output="p")).output
    assert "artifact    weights.bin" in said
    assert not (work.root / "models/tiny/weights.bin").exists()
    assert len(spec_of(work.root).artifact.files) == 1


def test_missing_external_data_is_named_and_nothing_is_written(bring, work, tmp_path) -> None:
    model = in_two_files(tmp_path)
    (tmp_path / "weights.bin").unlink()
    refused = bring("--onnx", model, code=1).stderr
    assert "weights.bin is no file, and new.onnx keeps tensors in it" in refused
    assert work.git("status", "--short") == ""
