"""Versions that do not rise."""

from __future__ import annotations

from pathlib import Path

from examples.make.graphs import COLUMNS, graph
from examples.make.model import PLAIN, TEXT, model
from examples.make.write import write


def examples(bad: Path) -> None:
    """Write them below `bad`."""
    write(
        bad / "version-rises/back-from-an-unreadable-base",
        verdict="fail",
        says="version 2 is below the base's 7",
        candidate=PLAIN,
        base={"model.yaml": TEXT.replace(b"version: 2", b"version: 7\n  unknown: 1")},
        changed=["models/tiny/model.yaml"],
    )
    write(
        bad / "version-rises/unreadable-base",
        verdict="inconclusive",
        says="no version can be read from it",
        candidate=PLAIN,
        base={"model.yaml": b"[" + TEXT},
        changed=["models/tiny/model.yaml"],
    )
    write(
        bad / "version-rises/back",
        verdict="fail",
        says="below the base's 3",
        candidate=PLAIN,
        base=model(version=3),
    )
    write(
        bad / "version-rises/same-number",
        verdict="fail",
        says="the artifact changes",
        candidate=PLAIN,
        base=model(graph((1.4, -1.0, 0.5)), version=2),
    )
    columns = ", ".join(COLUMNS).encode()
    for case, old, new, says in (
        (
            "output-removed",
            b"outputs: [",
            b"outputs: [{name: odds, dtype: float32, shape: [batch]}, ",
            "'odds' is",
        ),
        ("columns-swapped", columns, b"age, size, hour", "column 0 is size, and was age; column 1 is age"),
    ):
        write(
            bad / "signature-compatible" / case,
            verdict="fail",
            says=says,
            candidate=PLAIN,
            production={"model.yaml": TEXT.replace(b"version: 2", b"version: 1").replace(old, new)},
        )
