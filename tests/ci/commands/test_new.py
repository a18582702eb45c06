from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest
from onnx import TensorProto, helper
from support.repositories import git

from sluicegate.ci.model_reader import load
from sluicegate.specs.tree import WorkTree

CHEAP = ["spec-valid", "artifact-digests", "files-allowed", "onnx-signature"]


def write(path: Path, *infos: tuple[list, list]) -> Path:
    """A graph of one Identity with these input and output shapes."""
    (taken, given) = infos[0]
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", *taken)],
        [helper.make_tensor_value_info("y", *given)],
    )
    path.write_bytes(helper.make_model(graph).SerializeToString())
    return path


def test_a_new_model_passes_the_checks_of_its_form(work, sluice) -> None:
    words = [part for name in CHEAP for part in ("--check", name)]
    result = sluice("validate", "tiny", "-C", work.root, *words)
    assert result.exit_code == 0, result.output
    assert result.output.count("✔ pass") >= 5


def test_the_signature_is_the_graphs_own(work) -> None:
    _, spec = load(WorkTree(work.root), "models/tiny")
    (given,), (answer,) = spec.signature.inputs, spec.signature.outputs
    assert (given.name, given.dtype, given.shape, given.columns) == (
        "features",
        "float32",
        ("batch", 2),
        ("a", "b"),
    )
    assert (answer.name, answer.shape) == ("probability", ("batch",))


def test_files_are_copied_and_pinned(work, wanted) -> None:
    _, spec = load(WorkTree(work.root), "models/tiny")
    folder = work.root / "models/tiny"
    assert (folder / "model.onnx").read_bytes() == Path(wanted[1]).read_bytes()
    for file in (spec.artifact, spec.data.reference, spec.data.evaluation):
        assert file.sha256 == "sha256:" + hashlib.sha256((folder / file.path).read_bytes()).hexdigest()
    assert (folder / "README.md").read_text().startswith("# tiny\n")


def test_nothing_is_overwritten(work, sluice, wanted) -> None:
    before = (work.root / "models/tiny/model.yaml").read_bytes()
    result = sluice("new", "model", "tiny", "-C", work.root, *wanted)
    assert result.exit_code == 1
    assert "already exists" in result.stderr
    assert (work.root / "models/tiny/model.yaml").read_bytes() == before


@pytest.mark.parametrize("draft", [True, False])
def test_a_place_that_cannot_be_written_to_is_named(tmp_path, sluice, wanted, draft) -> None:
    (tmp_path / "models").write_text("")
    words = [*wanted[:2], "--owner", "@us"] if draft else wanted
    result = sluice("new", "model", "tiny", "-C", tmp_path, *words)
    assert result.exit_code == 1
    assert f"{tmp_path}/models cannot be written to: File exists" in result.stderr
    assert [path.name for path in tmp_path.glob(".new-*")] == []


@pytest.mark.parametrize("name", ["../evil", "Upper", "a/b", "", "x" * 64, "-a"])
def test_a_name_that_cannot_be_one(tmp_path, sluice, wanted, name) -> None:
    result = sluice("new", "model", "-C", tmp_path, *wanted, "--", name)
    assert result.exit_code == 1
    assert "lower-case letters, digits and hyphens" in result.stderr
    assert not (tmp_path / "models").exists()


def refused(sluice, tmp_path, wanted, **changes) -> str:
    """The error of `new model` with some options changed; nothing may be left behind."""
    words = dict(zip(wanted[::2], wanted[1::2], strict=True)) | {
        f"--{name}": value for name, value in changes.items()
    }
    root = tmp_path / "root"
    root.mkdir()
    result = sluice("new", "model", "m", "-C", root, *(part for pair in words.items() for part in pair))
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.stderr
    models = root / "models"
    assert not models.exists() or not list(models.iterdir())
    return result.stderr


def test_external_data_is_refused(tmp_path, sluice, wanted, external_model) -> None:
    said = refused(sluice, tmp_path, wanted, onnx=external_model)
    assert "'../../secret'" in said
    assert "save_as_external_data=False" in said


def test_what_is_no_onnx_file(tmp_path, sluice, wanted) -> None:
    nonsense = tmp_path / "nonsense.onnx"
    nonsense.write_bytes(b"\xff" * 100)
    assert "export the model again" in refused(sluice, tmp_path, wanted, onnx=nonsense)


def test_a_file_that_is_missing(tmp_path, sluice, wanted) -> None:
    assert "is not a file" in refused(sluice, tmp_path, wanted, reference=tmp_path / "no.parquet")


def test_a_label_that_is_no_column(tmp_path, sluice, wanted) -> None:
    assert "no column 'delay'; name its label with --label: a, b, late" in refused(
        sluice, tmp_path, wanted, label="delay"
    )


def test_columns_that_do_not_fit(tmp_path, sluice, wanted) -> None:
    assert "takes 2 columns, and 1 are named" in refused(sluice, tmp_path, wanted, columns="a")


def test_a_column_that_is_none(tmp_path, sluice, wanted) -> None:
    assert "has no column 'c'" in refused(sluice, tmp_path, wanted, columns="a,c")


def test_a_table_that_is_none(tmp_path, sluice, wanted) -> None:
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 nonsense")
    assert "is not a readable table" in refused(sluice, tmp_path, wanted, evaluation=broken)


def test_a_tensor_without_a_shape(tmp_path, sluice, wanted) -> None:
    model = write(tmp_path / "m.onnx", ((TensorProto.FLOAT, None), (TensorProto.FLOAT, ["N"])))
    assert "'x' has no shape" in refused(sluice, tmp_path, wanted, onnx=model)


def test_an_output_without_a_shape_may_be_left_out(tmp_path, sluice, wanted) -> None:
    model = write(tmp_path / "m.onnx", ((TensorProto.FLOAT, ["N", 2]), (TensorProto.FLOAT, None)))
    assert "or without this output if no caller needs it" in refused(sluice, tmp_path, wanted, onnx=model)


def test_a_tensor_without_a_type(tmp_path, sluice, wanted) -> None:
    """As graphs are that were cut by name alone."""
    path = write(tmp_path / "m.onnx", ((TensorProto.FLOAT, ["N"]), (TensorProto.FLOAT, ["N"])))
    graph = onnx.load(path)
    graph.graph.output[0].ClearField("type")
    onnx.save(graph, path)
    assert "the output 'y' has no type; export the model with its types" in refused(
        sluice, tmp_path, wanted, onnx=path
    )


def test_a_type_that_model_yaml_has_no_word_for(tmp_path, sluice, wanted) -> None:
    shape = (TensorProto.COMPLEX64, ["N"])
    said = refused(sluice, tmp_path, wanted, onnx=write(tmp_path / "m.onnx", (shape, shape)))
    assert "the input 'x' is complex64, which the server does not support; cast it to float32" in said


def signature_of(sluice, tmp_path, wanted, taken: list, given: list) -> tuple:
    """The shapes of input and output that `new model` writes for a graph's own."""
    path = write(tmp_path / "m.onnx", ((TensorProto.FLOAT, taken), (TensorProto.FLOAT, given)))
    words = dict(zip(wanted[::2], wanted[1::2], strict=True)) | {"--onnx": path}
    result = sluice("new", "model", "m", "-C", tmp_path, *(part for pair in words.items() for part in pair))
    assert result.exit_code == 0, result.output
    _, spec = load(WorkTree(tmp_path), "models/m")
    return spec.signature.inputs[0].shape, spec.signature.outputs[0].shape


@pytest.mark.parametrize(
    ("taken", "given", "expected"),
    [
        (["unk__1", 2], ["unk__2"], (("batch", 2), ("batch",))),
        ([None, 2], ["N"], (("N", 2), ("N",))),
        (["x_dynamic_axes_1", 2], ["y_dynamic_axes_1"], (("batch", 2), ("batch",))),
        (["rows", 2], ["found"], (("rows", 2), ("found",))),
        ([-1, 2], [-1, 1], (("batch", 2), ("batch", 1))),
        (["N", "a-b"], ["N"], (("N", "dim_1"), ("N",))),
        ([4, 2], [4], ((4, 2), (4,))),
    ],
    ids=["made up", "one side", "torch", "two names", "-1", "no name", "fixed"],
)
def test_dimensions_keep_the_graphs_names(sluice, tmp_path, wanted, taken, given, expected) -> None:
    """A first dimension is the batch of all where no two names of it differ."""
    assert signature_of(sluice, tmp_path, wanted, taken, given) == expected


def test_hostile_tensor_names_stay_text(tmp_path, sluice, wanted) -> None:
    name = 'x"}]\n  evil: {a: &b [*b]} # </details>\n/promote @octocat'
    graph = helper.make_graph(
        [helper.make_node("Identity", [name], ["y"])],
        "g",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N"])],
    )
    path = tmp_path / "m.onnx"
    path.write_bytes(helper.make_model(graph).SerializeToString())
    assert onnx.load(str(path)).graph.input[0].name == name
    words = dict(zip(wanted[::2], wanted[1::2], strict=True)) | {"--onnx": path}
    result = sluice("new", "model", "m", "-C", tmp_path, *(part for pair in words.items() for part in pair))
    assert result.exit_code == 0, result.output
    _, spec = load(WorkTree(tmp_path), "models/m")
    assert spec.signature.inputs[0].name == name
    card = (tmp_path / "models/m/README.md").read_text()
    assert "</details>" not in card
    assert "\n/promote" not in card


def test_a_zipmap_is_named_with_the_option_that_leaves_it_out(tmp_path, sluice, wanted) -> None:
    """What skl2onnx and onnxmltools write unless told otherwise."""
    said = refused(sluice, tmp_path, wanted, onnx=classifier(tmp_path / "m.onnx", zipmap=True))
    assert "'output_probability' is a sequence of maps (ZipMap), which the server does not support" in said
    assert "zipmap=False" in said


def classifier(path: Path, *, zipmap: bool = False, names: tuple[str, ...] = ()) -> Path:
    """A logistic regression of scikit-learn on a and b, as skl2onnx writes it."""
    from skl2onnx import to_onnx
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(3)
    values = random.normal(size=(200, 2)).astype(np.float32)
    labels = (values.sum(axis=1) > 0).astype(int)
    fitted = LogisticRegression().fit(values, np.array(names)[labels] if names else labels)
    options = {id(fitted): {"zipmap": zipmap}}
    model = to_onnx(fitted, values[:1], options=options, target_opset={"": 17, "ai.onnx.ml": 3})
    path.write_bytes(model.SerializeToString())
    return path


def bare(wanted) -> list:
    """Only the ONNX file and the data; the score's edges are found too."""
    words = dict(zip(wanted[::2], wanted[1::2], strict=True))
    return [part for name in ("--onnx", "--reference", "--evaluation") for part in (name, words[name])]


def test_the_onnx_file_and_the_data_are_enough(tmp_path, sluice, wanted) -> None:
    """The commonest export: label and probabilities. The class is not taken for the score."""
    words = bare(wanted)
    words[1] = classifier(tmp_path / "m.onnx")
    git("init", "--quiet", cwd=tmp_path)
    git("config", "user.name", "Ada", cwd=tmp_path)
    git("config", "user.email", "ada@example.org", cwd=tmp_path)
    result = sluice("new", "model", "m", "-C", tmp_path, *words)
    assert result.exit_code == 0, result.output
    _, spec = load(WorkTree(tmp_path), "models/m")
    assert (spec.task, spec.data.label, spec.owners) == (
        "binary-classification",
        "late",
        ("Ada <ada@example.org>",),
    )
    assert (spec.decision.output, spec.decision.column, spec.classes) == ("probabilities", 1, None)
    assert (spec.score.output, spec.score.column, len(spec.score.edges)) == ("probabilities", 1, 9)
    assert [gate.metric for gate in spec.rollout.gates] == ["error_rate", "slow_requests", "score_drift"]
    for said in ("guessed: the label is the column 'late'", "guessed: the task is binary-classification"):
        assert said in result.output
    assert "evaluated on the output 'probabilities', column 1" in result.output
    checked = sluice("validate", "m", "-C", tmp_path, "--check", "spec-valid", "--check", "score-edges")
    assert checked.exit_code == 0, checked.output
    assert "9 of 9 edges split the reference's scores" in checked.output


def two_scores(path: Path) -> Path:
    """A graph with two outputs that could be the probability."""
    nodes = [helper.make_node("ReduceMean", ["x"], [name], axes=[1], keepdims=0) for name in ("click", "buy")]
    info = helper.make_tensor_value_info
    outputs = [info(name, TensorProto.FLOAT, ["N"]) for name in ("click", "buy")]
    graph = helper.make_graph(nodes, "g", [info("x", TensorProto.FLOAT, ["N", 2])], outputs)
    path.write_bytes(helper.make_model(graph).SerializeToString())
    return path


@pytest.mark.parametrize(("options", "judged"), [([], None), (["--output", "buy"], "buy")])
def test_of_two_outputs_that_fit_none_is_chosen(tmp_path, sluice, wanted, options, judged) -> None:
    words = dict(zip(wanted[::2], wanted[1::2], strict=True)) | {"--onnx": two_scores(tmp_path / "m.onnx")}
    given = [part for pair in words.items() for part in pair]
    result = sluice("new", "model", "m", "-C", tmp_path, *given, *options)
    assert result.exit_code == 0, result.output
    _, spec = load(WorkTree(tmp_path), "models/m")
    assert (spec.decision.output if spec.decision else None) == judged
    said = "not evaluated yet: several outputs fit the task binary-classification: click, buy"
    assert (said in result.output) == (judged is None)
    checked = sluice("validate", "m", "-C", tmp_path, "--check", "spec-valid")
    assert checked.exit_code == (0 if judged else 1), checked.output


def test_a_model_has_an_owner(tmp_path, sluice, wanted, monkeypatch) -> None:
    """Where neither an option nor git names one, as on a build machine."""
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, "/dev/null")
    git("init", "--quiet", cwd=tmp_path)
    result = sluice("new", "model", "m", "-C", tmp_path, *bare(wanted))
    assert result.exit_code == 1
    assert "a model needs an owner, and git has no user here; name one: --owner @team" in result.stderr


def test_required_options_are_required(tmp_path, sluice, wanted) -> None:
    assert "--reference" in sluice("new", "model", "m", "-C", tmp_path).stderr
    result = sluice("new", "model", "m", "-C", tmp_path, *wanted[2:])
    assert result.exit_code == 1
    assert "there is no draft of 'm'; pass the model's file: --onnx FILE" in result.stderr


def test_a_column_whose_name_holds_a_comma_is_named_in_quotes(tmp_path, sluice, wanted) -> None:
    for option in ("--reference", "--evaluation"):
        path = wanted[wanted.index(option) + 1]
        pd.read_parquet(path).rename(columns={"a": "visits, last week"}).assign(id=0).to_parquet(path)
    git("init", "--quiet", cwd=tmp_path)
    columns = ["--columns", '"visits, last week",b']
    result = sluice("new", "model", "m", "-C", tmp_path, *wanted, *columns)
    assert result.exit_code == 0, result.output
    _, spec = load(WorkTree(tmp_path), "models/m")
    assert spec.signature.inputs[0].columns == ("visits, last week", "b")
