"""model.yaml as serving reads it: the same values as the checks that let it pass."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.gate.metrics.base import gates
from sluicegate.onnx_server.artifact import declared
from sluicegate.onnx_server.errors import ModelFileInvalid
from sluicegate.onnx_server.settings import columns
from sluicegate.onnx_server.watched import Watched
from sluicegate.specs.artifacts.reference import Reference
from sluicegate.specs.buckets import SCORE_BOUNDS
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.model_file import load_model
from sluicegate.specs.values import DType
from sluicegate.specs.yamlio import InputError, parse

DIGEST = "sha256:" + "5f" * 32
GOOD = """
apiVersion: sluicegate.dev/v1
kind: Model
metadata: {name: m, owners: [me]}
spec:
  version: 1
  task: regression
  artifact: {path: a/model.onnx, sha256: "DIGEST"}
  signature:
    inputs: [{name: x, dtype: float32, shape: [batch, 2]}]
    outputs: [{name: y, dtype: float32, shape: [batch]}]
  score: {output: y}
  serving: {max_batch: 1}
  data:
    reference: {path: r.csv, sha256: "DIGEST"}
    evaluation: {path: e.csv, sha256: "DIGEST"}
    label: late
  rollout: {gates: [{metric: error_rate, margin: 0.01}]}
""".replace("DIGEST", DIGEST)
WORDS = (
    "",
    "~",
    "null",
    "Null",
    "NULL",
    "true",
    "True",
    "TRUE",
    "false",
    "False",
    "FALSE",
    "none",
    "max",
    "yes",
)
NUMBERS = (
    "1",
    "64",
    "2147483647",
    "2147483648",
    "65536",
    "65537",
    "0",
    "-1",
    "+7",
    "007",
    "0x1F",
    "0o7",
    "1_000",
    "1:30",
    "1e3",
    ".5",
    ".inf",
    ".nan",
)


def drifting(columns: str) -> str:
    """A gate that watches these columns."""
    return f"{{metric: input_drift, columns: {{{columns}}}}}"


def test_the_columns_that_a_gate_watches_have_their_place_in_a_request() -> None:
    named = GOOD.replace("shape: [batch, 2]}]", "shape: [batch, 2], columns: [size, kind]}]")
    watched = drifting("kind: {values: [1, AA], reference: [0, 1]}, size: {edges: [1, 2], reference: [1, 0]}")
    found = declared.read(named.replace("{metric: error_rate, margin: 0.01}", watched).encode(), "here")
    assert found.columns == (
        Watched("kind", "x", 1, values=(1, "AA")),
        Watched("size", "x", 0, edges=(1.0, 2.0)),
    )
    assert columns(json.dumps(found.columns_as_json())) == found.columns
    whole = GOOD.replace("{metric: error_rate, margin: 0.01}", drifting("x: {edges: [1], reference: [1]}"))
    assert declared.read(whole.encode(), "here").columns == (Watched("x", "x", 0, edges=(1.0,)),)


def test_what_is_read() -> None:
    found = declared.read(GOOD.encode(), "here")
    assert (found.name, found.version, found.max_batch) == ("m", 1, 1)
    assert found.files == (Reference("a/model.onnx", DIGEST),)
    assert (found.digest, found.score_output, found.score_reduce) == (DIGEST, "y", None)
    assert found.inputs == (declared.Tensor("x", "float32", ("batch", 2)),)


def test_several_files_are_those_that_the_checks_judged() -> None:
    other = "sha256:" + "0a" * 32
    files = (
        f'files: [{{path: a/w.bin, sha256: "{other}"}}, '
        f'{{uri: "oci://host/team/m:1", name: a/model.onnx, sha256: "{DIGEST}", size: 3}}], '
        "main: a/model.onnx"
    )
    text = GOOD.replace(f'path: a/model.onnx, sha256: "{DIGEST}"', files)
    found = declared.read(text.encode(), "here")
    judged = load_model(parse(text.encode(), "models/m/model.yaml"), gates=gates(), sections={}).artifact
    main, weights = found.files
    assert main == Reference("a/model.onnx", DIGEST, "oci://host/team/m:1", 3)
    assert found.external == (("w.bin", weights),)
    assert found.digest == judged.sha256
    assert (main.name, {main, weights}) == (judged.path, {file.reference for file in judged.files})


@pytest.mark.parametrize(
    ("files", "where"),
    [
        ("[]", "spec.artifact.files: must be a list"),
        ('[{path: a, sha256: "D"}, {path: a, sha256: "D"}]', "spec.artifact.files: names one file twice"),
        ('[{path: a/b, sha256: "D"}, {path: c, sha256: "D"}]', "'c' cannot be beside 'a/b'"),
        ('[{path: a, sha256: "D"}, {path: server.json, sha256: "D"}]', "'server.json' cannot be beside"),
        ('[{uri: "https://h/../..", sha256: "D"}]', "spec.artifact.files[0].name"),
        ('[{uri: "h", sha256: "D"}]', "spec.artifact.files[0].uri"),
    ],
)
def test_files_that_cannot_be_laid_out_are_refused(files: str, where: str) -> None:
    text = GOOD.replace(f'{{path: a/model.onnx, sha256: "{DIGEST}"}}', f"{{files: {files}}}")
    with pytest.raises(ModelFileInvalid) as refused:
        declared.read(text.encode(), "here")
    assert where in str(refused.value)


def test_types_and_defaults_are_those_of_the_schema() -> None:
    assert set(declared.DTYPES) == set(get_args(DType))
    assert declared.read(GOOD.encode(), "here").score_edges == SCORE_BOUNDS


@pytest.mark.parametrize(
    ("score", "column"),
    [
        ("{output: y}", None),
        ("{output: y, column: 1}", 1),
        ("{output: y, class: b}", 1),
        ("{output: y, class: c}", ModelFileInvalid),
        ("{output: y, column: -1}", ModelFileInvalid),
        ("{output: y, column: 0, reduce: max}", ModelFileInvalid),
        ("{output: y, column: 0, class: a}", ModelFileInvalid),
    ],
)
def test_the_score_is_a_column_or_the_column_of_a_class(score: str, column: Any) -> None:
    text = GOOD.replace("shape: [batch]}", "shape: [batch, 2]}").replace(
        "score: {output: y}", f"score: {score}\n  classes: [a, b]"
    )
    if column is ModelFileInvalid:
        assert served(text) is None
        assert spec(text) is None
    else:
        assert declared.read(text.encode(), "here").score_column == column
        assert spec(text) is not None


@pytest.mark.parametrize("nothing", ["Null", "NULL", "null", "~", ""])
def test_a_model_without_a_score_is_served_however_its_null_is_written(nothing: str) -> None:
    """`score: Null` once passed every check and stopped the pod: there were two readers."""
    text = GOOD.replace("score: {output: y}", f"score: {nothing}")
    assert spec(text) is not None
    found = declared.read(text.encode(), "here")
    assert (found.score_output, found.score_reduce, found.score_edges) == (None, None, SCORE_BOUNDS)


def spec(text: str) -> ModelSpec | None:
    """The model as the checks read it; None where they refuse it."""
    try:
        return load_model(parse(text.encode(), "model.yaml"), gates=gates(), sections=None)
    except InputError:
        return None


def served(text: str) -> declared.Declared | None:
    """The model as the server reads it; None where it refuses it."""
    try:
        return declared.read(text.encode(), "here")
    except ModelFileInvalid:
        return None


def facts(model: ModelSpec | declared.Declared | None) -> Any:
    """What a scalar of the file became, in one form for both."""
    if isinstance(model, ModelSpec):
        score = model.score
        if score is None:
            return model.version, model.serving.max_batch, None, None, SCORE_BOUNDS
        reduce = None if score.reduce == "none" else score.reduce
        return model.version, model.serving.max_batch, score.output, reduce, score.edges
    if model is not None:
        return model.version, model.max_batch, model.score_output, model.score_reduce, model.score_edges
    return None


scalars = st.one_of(
    st.sampled_from([*WORDS, *NUMBERS, "'1'", '"Null"', "y", "2026-11-21"]),
    st.integers(-(10**6), 10**6).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.text("0123456789.+-eExXobnulNULtrTRfas~_:y", max_size=8),
)
SCALARS_OF = [
    ("score: {output: y}", "score: SCALAR"),
    ("score: {output: y}", "score: {output: SCALAR}"),
    ("score: {output: y}", "score: {output: y, reduce: SCALAR}"),
    ("score: {output: y}", "score: {output: y, edges: [SCALAR]}"),
    ("score: {output: y}", "score: {output: y, edges: SCALAR}"),
    ("serving: {max_batch: 1}", "serving: {max_batch: SCALAR}"),
    ("  version: 1", "  version: SCALAR"),
]


@given(st.sampled_from(SCALARS_OF), scalars)
def test_a_scalar_means_the_same_to_the_checks_and_to_the_server(field: tuple[str, str], scalar: str) -> None:
    old, new = field
    text = GOOD.replace(old, new.replace("SCALAR", scalar))
    assert facts(served(text)) == facts(spec(text))


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("kind: Model", "kind: Pod", "is not a Model"),
        ("version: 1", "version: 1.5", "6:12: spec.version: "),
        ("version: 1", "version: true", "6:12: spec.version: "),
        ("version: 1", "versio: 1", "spec.version: "),
        ("version: 1", "version: 0x1", "6:12: spec.version: 0x1 means different things"),
        ("dtype: float32, shape: [batch, 2]", "dtype: float8, shape: [batch, 2]", "inputs[0].dtype: "),
        ("shape: [batch, 2]", "shape: [batch, 0]", "10:55: spec.signature.inputs[0].shape[1]: "),
        ("shape: [batch, 2]", "shape: [batch, 1.5]", "inputs[0].shape[1]: "),
        ("shape: [batch, 2]", "shape: 3", "inputs[0].shape: "),
        ("outputs: [{", "outputs: [{name: y, dtype: bool, shape: []}, {", "spec.signature.outputs: "),
        ("name: x", "name: 5", "inputs[0].name: "),
        ("path: a/model.onnx", "path: ../model.onnx", "spec.artifact.path: "),
        ("{output: y}", "{output: z}", "spec.score.output: "),
        ("{output: y}", "{output: y, reduce: min}", "spec.score.reduce: "),
        ("{output: y}", "{output: y, edges: [2, 1]}", "spec.score.edges: "),
        ("{output: y}", "{output: y, edges: []}", "spec.score.edges: "),
        ("{output: y}", "{output: y, edges: [.nan]}", "spec.score.edges[0]: "),
        ("{output: y}", "[y]", "spec.score: "),
        ("{max_batch: 1}", "[1]", "spec.serving: "),
        (
            "{metric: error_rate, margin: 0.01}",
            drifting("z: {edges: [1]}"),
            "columns.z: names a column that no input has",
        ),
        ("{metric: error_rate, margin: 0.01}", drifting("x: {}"), "columns.x: needs either edges or values"),
        ("{metric: error_rate, margin: 0.01}", drifting("x: {edges: [2, 1]}"), "columns.x.edges: must rise"),
        ("{metric: error_rate, margin: 0.01}", drifting("x: {values: [0.5]}"), "columns.x.values: must be 1"),
        ("metadata: {name: m, owners: [me]}", "metadata: m", "metadata: "),
        ("metadata:", "metadata: &m", "metadata: an anchor is not allowed"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_path(old: str, new: str, where: str) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    with pytest.raises(ModelFileInvalid) as caught:
        declared.read(text.encode(), "here")
    assert caught.value.message.startswith("here:") and where in caught.value.message
    assert caught.value.remedy
