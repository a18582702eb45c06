"""What every check lets through."""

from __future__ import annotations

from pathlib import Path

from examples.make.environments import ENVIRONMENT, environment
from examples.make.model import BEFORE, BY_SITE, EXPECTED, RULES, declared, model, watching
from examples.make.signing import PUBLIC, sign
from examples.make.write import write
from sluicegate.specs.layout import MODEL_KEYS

CASE = "every-check"
OWN_TESTS = Path(__file__).resolve().parents[1] / "good" / CASE / "models/tiny/tests/test_answers.py"
SOUND_TESTS = OWN_TESTS.read_bytes()
"""The tests of an owner, which the model passes; edited where they are."""
LINEAGE = '  lineage: {run: "mlflow:/1/ab12", dataset: "rows of tests/examples/make"}\n'
DEEPCHECKS = "  deepchecks: {correlation_change: 0.5, weak_segment: 0.5}\n"


def examples(good: Path) -> None:
    """Write it below `good`."""
    write(
        good / CASE,
        verdict="pass",
        says="",
        candidate={
            **model(
                quality=f"{RULES}\n{BY_SITE}",
                more=LINEAGE + "  latency: {p95_ms: 1000}\n" + DEEPCHECKS + EXPECTED,
                gates=watching(0.56),
                data=declared(
                    size="{dtype: float32, range: [-5, 5], null_share: 0}", site="{categories: [a, b]}"
                ),
            ),
            "tests/test_answers.py": SOUND_TESTS,
            "older.onnx": BEFORE["model.onnx"],
            "README.md": b"# tiny\n\nA logistic regression over three columns, for tests.\n",
            "LICENSE": b"Apache-2.0\n",
            "requirements.txt": b"# Trained with what comes with Sluicegate alone.\n",
        },
        production=BEFORE,
        base=BEFORE,
        beside={
            ENVIRONMENT: environment("production", traffic="embedded", source="scrape"),
            "CODEOWNERS": "* @example/owners\n",
            f"base/{MODEL_KEYS}": PUBLIC,
        },
        changed=["models/tiny/model.yaml", "models/tiny/model.onnx", ENVIRONMENT],
    )
    sign(good / CASE)
