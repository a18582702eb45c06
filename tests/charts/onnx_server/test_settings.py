"""What is served is said once: by options, or by server.json."""

import json

import pytest

GOOD = {"model_file": "model.onnx", "sha256": "sha256:0", "name": "m", "version": "1"}
COLUMN = {"column": "size", "input": "x", "index": 0, "edges": [1, 2]}


@pytest.fixture
def refusal(tmp_path, refused_words):
    """Run `onnx-server --config` on a document: its message."""

    def run(document, *options: str) -> str:
        path = tmp_path / "server.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        code, message = refused_words("--config", str(path), *options)
        assert code == 1, message
        return message

    return run


@pytest.mark.parametrize(
    "options", [("--name", "n"), ("--sha256", "x", "--track", "stable"), ("--score-edges", "1")]
)
def test_saying_it_twice_is_refused(refusal, options):
    message = refusal(GOOD, *options)
    assert "ConfigInvalid" in message and options[0] in message


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "must be an object"),
        ({**GOOD, "host": "0.0.0.0"}, "keys"),
        ({**GOOD, "version": 1}, "'version'"),
        ({**GOOD, "track": "blue"}, "'track'"),
        ({**GOOD, "score": {"output": "y", "edges": [1, 1]}}, "'score.edges'"),
        ({**GOOD, "score": {"output": "y", "reduce": "min"}}, "'score.reduce'"),
        ({**GOOD, "score": {"output": "y", "column": -1}}, "'score.column'"),
        ({**GOOD, "score": {"output": "y", "column": 1, "reduce": "max"}}, "'score.column'"),
        ({**GOOD, "score": {"threshold": 1}}, "'score'"),
        ({**GOOD, "columns": {}}, "'columns' must be a list"),
        ({**GOOD, "columns": ["size"]}, "a column must be an object"),
        ({**GOOD, "columns": [COLUMN | {"index": -1}]}, "'index'"),
        ({**GOOD, "columns": [COLUMN | {"edges": [2, 1]}]}, "edges that rise"),
        ({**GOOD, "columns": [COLUMN | {"values": ["a"]}]}, "either edges or values"),
        ({**GOOD, "columns": [COLUMN | {"edges": [], "values": [0.5]}]}, "words or whole numbers"),
    ],
)
def test_a_file_that_says_something_else_is_refused(refusal, document, reason):
    message = refusal(document)
    assert "ConfigInvalid" in message and reason in message


def test_nothing_said_is_refused(refused_words):
    code, message = refused_words("--name", "m")
    assert code == 1
    assert "--model-file, --sha256, --version missing" in message


def test_the_artifact_beside_the_file_is_checked_again(refusal, tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"swapped after the fetch")
    assert "ArtifactMismatch" in refusal(GOOD)


def test_options_out_of_range_are_refused(refusal):
    assert "--drain-seconds" in refusal(GOOD, "--drain-seconds", "-1")
    assert "--finish-seconds" in refusal(GOOD, "--finish-seconds", "3601")
    assert "--provider cuda" in refusal(GOOD, "--gpu-mem-limit", "1")
