"""`sluice new model --from`: each library that is installed here, on a model that it really wrote."""

import pickle
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from click.testing import CliRunner

from sluicegate.ci.__main__ import main
from sluicegate.ci.model_reader import load
from sluicegate.ci.scaffold.imported import CI_VARIABLES
from sluicegate.specs.tree import WorkTree

COLUMNS = ["age", "size", "hour"]
needs = {
    "sklearn": "skl2onnx",
    "xgboost": "onnxmltools",
    "lightgbm": "onnxmltools",
    "torch": "torch",
    "keras": "tf2onnx",
}


def needs_extra(name):
    installed = all(find_spec(module) is not None for module in (name, needs[name]))
    return pytest.mark.skipif(
        not installed, reason=f"{needs[name]} or {name} is not installed (extra `{name}`)"
    )


@pytest.fixture(autouse=True)
def own_machine(monkeypatch):
    for name in CI_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def rows():
    random = np.random.default_rng(4)
    frame = pd.DataFrame(random.normal(size=(300, 3)).astype(np.float32), columns=COLUMNS)
    frame["site"] = np.where(random.random(300) < 0.5, "north", "south")
    frame["late"] = (frame["age"] + frame["hour"] + random.normal(size=300) > 0).astype(int)
    return frame


@pytest.fixture
def new(tmp_path, rows):
    """`new("sklearn", file, ...)`: the command's result; the model is `m` in tmp_path."""
    for name in ("reference", "evaluation"):
        rows.to_parquet(tmp_path / f"{name}.parquet")
        rows = rows.sample(frac=1, random_state=1).reset_index(drop=True)

    def run(name, file, *words):
        data = [
            part for one in ("reference", "evaluation") for part in (f"--{one}", tmp_path / f"{one}.parquet")
        ]
        fixed = ["new", "model", "m", "-C", tmp_path, "--label", "late", "--owner", "@me", "--score", "none"]
        return CliRunner().invoke(main, [str(word) for word in (*fixed, *data, "--from", name, file, *words)])

    return run


def answers(root, rows):
    """The outputs of the written model on rows; and its spec."""
    _, spec = load(WorkTree(root), "models/m")
    session = onnxruntime.InferenceSession(root / "models/m" / spec.artifact.path)
    (tensor,) = spec.signature.inputs
    given = rows[list(tensor.columns)].to_numpy(np.float32)
    return session.run(None, {tensor.name: given}), spec


def pickled(path, model):
    path.write_bytes(pickle.dumps(model))
    return path


@needs_extra("sklearn")
def test_a_scikit_learn_classifier_answers_as_its_own_library(tmp_path, new, rows):
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit(rows[COLUMNS], rows["late"])
    result = new("sklearn", pickled(tmp_path / "model.pkl", model))
    assert result.exit_code == 0, result.output
    assert "its answers to 300 reference rows are sklearn's own within" in result.output
    (label, probabilities), spec = answers(tmp_path, rows)
    assert spec.signature.inputs[0].columns == tuple(COLUMNS), "the text column is none of the model's"
    np.testing.assert_allclose(probabilities, model.predict_proba(rows[COLUMNS]), atol=1e-5)
    np.testing.assert_array_equal(label, model.predict(rows[COLUMNS]))


@needs_extra("sklearn")
def test_a_pipeline_that_chooses_columns_by_name_gets_an_input_for_each(tmp_path, new, rows):
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    parts = [("n", StandardScaler(), COLUMNS), ("c", OneHotEncoder(sparse_output=False), ["site"])]
    taken = [*COLUMNS, "site"]
    model = make_pipeline(ColumnTransformer(parts), LogisticRegression()).fit(rows[taken], rows["late"])
    result = new("sklearn", pickled(tmp_path / "model.pkl", model))
    assert result.exit_code == 0, result.output
    _, spec = load(WorkTree(tmp_path), "models/m")
    assert [(one.name, one.dtype) for one in spec.signature.inputs] == [
        *((name, "float32") for name in COLUMNS), ("site", "string"),
    ]  # fmt: skip


@needs_extra("sklearn")
def test_answers_that_float32_moves_are_refused_by_row(tmp_path, new, rows):
    from sklearn.ensemble import HistGradientBoostingRegressor

    sharp = rows.assign(hour=1e8 + np.arange(300.0))  # float32 holds one in eight of them
    sharp.to_parquet(tmp_path / "reference.parquet")
    model = HistGradientBoostingRegressor(min_samples_leaf=1, max_iter=20)
    model.fit(sharp[COLUMNS], np.arange(300) % 2)
    result = new("sklearn", pickled(tmp_path / "model.pkl", model), "--task", "regression")
    assert result.exit_code == 1
    assert "of 300 reference rows differ from sklearn's own by more than 0.001" in result.stderr
    assert not (tmp_path / "models").exists()


class Trap:
    """What a stranger's pickle may be: it writes a file when it is opened."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return Path.touch, (self.target,)


@needs_extra("sklearn")
@pytest.mark.parametrize("variable", CI_VARIABLES)
def test_a_pickle_is_never_opened_where_ci_runs(tmp_path, new, monkeypatch, variable):
    monkeypatch.setenv(variable, "true")
    result = new("sklearn", pickled(tmp_path / "model.pkl", Trap(tmp_path / "sprung")))
    assert result.exit_code == 1
    assert f"this is a CI job ({variable} is set)" in result.stderr
    assert not (tmp_path / "sprung").exists()


@needs_extra("sklearn")
def test_a_pickle_is_opened_in_the_child_alone(tmp_path, new):
    file = tmp_path / "model.pkl"
    file.write_bytes(b"cos\ngetpid\n(tR.")  # os.getpid(): whoever opens it answers with its own number
    result = new("sklearn", file)
    assert result.exit_code == 1
    assert "model.pkl holds a int, which has no predict()" in result.stderr
    file.write_bytes(b"cos\n_exit\n(I7\ntR.")  # os._exit(7): whoever opens it ends
    assert "its process ended with exit code 7" in new("sklearn", file).stderr


def test_an_extra_that_is_missing_is_named_with_its_command(tmp_path, new, monkeypatch):
    from sluicegate.ci.scaffold.formats import base

    monkeypatch.setattr(base, "find_spec", lambda name: None)
    (tmp_path / "model.json").write_text("{}")
    result = new("xgboost", tmp_path / "model.json")
    assert result.exit_code == 1
    assert "xgboost, onnxmltools are not installed, which --from xgboost needs" in result.stderr
    assert "pip install 'sluicegate[xgboost]'" in result.stderr


@pytest.mark.parametrize(
    ("name", "remedy"), [("xgboost", "model.save_model('model.json')"), ("lightgbm", "model.txt")]
)
def test_a_pickle_of_a_library_that_has_a_text_format_is_refused(tmp_path, new, name, remedy):
    result = new(name, pickled(tmp_path / "model.pkl", 1))
    assert result.exit_code == 1
    assert remedy in result.stderr


def test_one_of_onnx_and_from_is_needed(tmp_path, new):
    assert new("sklearn", tmp_path / "m.pkl", "--onnx", tmp_path / "m.onnx").exit_code == 2


@needs_extra("xgboost")
@pytest.mark.parametrize("suffix", ["json", "ubj"])
def test_xgboost_answers_as_its_own_library(tmp_path, new, rows, suffix):
    import xgboost

    model = xgboost.XGBClassifier(n_estimators=8).fit(rows[COLUMNS], rows["late"])
    model.save_model(tmp_path / f"model.{suffix}")
    result = new("xgboost", tmp_path / f"model.{suffix}")
    assert result.exit_code == 0, result.output
    (_, probabilities), spec = answers(tmp_path, rows)
    assert spec.signature.inputs[0].columns == tuple(COLUMNS)
    np.testing.assert_allclose(probabilities, model.predict_proba(rows[COLUMNS]), atol=1e-5)


@needs_extra("lightgbm")
def test_lightgbm_answers_as_its_own_library(tmp_path, new, rows):
    import lightgbm

    model = lightgbm.LGBMClassifier(n_estimators=8, verbose=-1).fit(rows[COLUMNS], rows["late"])
    model.booster_.save_model(tmp_path / "model.txt")
    result = new("lightgbm", tmp_path / "model.txt")
    assert result.exit_code == 0, result.output
    (_, probabilities), _ = answers(tmp_path, rows)
    np.testing.assert_allclose(probabilities, model.predict_proba(rows[COLUMNS]), atol=1e-5)


def program(path, rows, **how):
    """A small network as torch.export writes it, and its own answers."""
    import torch

    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2)).eval()
    x = torch.from_numpy(rows[COLUMNS].to_numpy())
    torch.export.save(torch.export.export(model, (x[:4],), **how), path)
    return model(x).detach().numpy()


@needs_extra("torch")
@pytest.mark.timeout(900)
def test_a_program_of_torch_export_answers_as_its_own_library(tmp_path, new, rows):
    import torch

    own = program(tmp_path / "model.pt2", rows, dynamic_shapes=({0: torch.export.Dim("batch")},))
    result = new("torch", tmp_path / "model.pt2", "--columns", ",".join(COLUMNS))
    assert result.exit_code == 0, result.output
    (given,), _ = answers(tmp_path, rows)
    np.testing.assert_allclose(given, own, atol=1e-5)


@needs_extra("torch")
@pytest.mark.timeout(900)
def test_a_program_for_batches_of_one_size_is_refused(tmp_path, new, rows):
    program(tmp_path / "fixed.pt2", rows)
    result = new("torch", tmp_path / "fixed.pt2", "--columns", ",".join(COLUMNS))
    assert "the program was exported for batches of 4 rows" in result.stderr


@needs_extra("torch")
def test_torch_script_answers_as_its_own_library(tmp_path, new, rows):
    import torch

    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1), torch.nn.Sigmoid()
    )
    x = torch.from_numpy(rows[COLUMNS].to_numpy())
    torch.jit.trace(model, x[:2]).save(tmp_path / "model.pt")
    result = new("torch", tmp_path / "model.pt", "--columns", ",".join(COLUMNS))
    assert result.exit_code == 0, result.output
    (given,), _ = answers(tmp_path, rows)
    np.testing.assert_allclose(given, model(x).detach().numpy(), atol=1e-5)


@needs_extra("keras")
def test_keras_answers_as_its_own_library(tmp_path, new, rows):
    import keras

    keras.utils.set_random_seed(0)
    layers = [keras.layers.Input((3,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1, "sigmoid")]
    model = keras.Sequential(layers)
    model.save(tmp_path / "model.keras")
    result = new("keras", tmp_path / "model.keras", "--columns", ",".join(COLUMNS))
    assert result.exit_code == 0, result.output
    (given,), _ = answers(tmp_path, rows)
    np.testing.assert_allclose(given, model.predict(rows[COLUMNS].to_numpy(), verbose=0), atol=1e-5)
