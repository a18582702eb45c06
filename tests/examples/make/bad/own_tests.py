"""The owner's own tests. What ends its process is tried in the child: tests/validators/checks."""

from __future__ import annotations

from pathlib import Path

from examples.make.model import PLAIN
from examples.make.write import write


def examples(bad: Path) -> None:
    """Write them below `bad`."""
    for case, file, text, says in (
        (
            "too-high",
            "test_answers.py",
            b'def test_low(answers, rows):\n    assert answers(rows.frame)["probability"].max() < 0.5\n',
            "tests/test_answers.py::test_low: ",
        ),
        ("no-test", "test_answers.py", b"def low():\n    pass\n", "tests/test_answers.py holds no test"),
        ("no-file-of-tests", "answers.py", b"def test_low():\n    pass\n", "no file of tests"),
    ):
        write(
            bad / "own-tests" / case,
            verdict="fail",
            says=says,
            candidate={**PLAIN, f"tests/{file}": text},
        )
