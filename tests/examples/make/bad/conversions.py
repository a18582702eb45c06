"""Models of another precision."""

from __future__ import annotations

from pathlib import Path

from examples.make.graphs import WEIGHTS, half
from examples.make.model import model
from examples.make.write import write


def examples(bad: Path) -> None:
    """Write them below `bad`."""
    old = model(version=1)
    write(
        bad / "parity/other-answers",
        verdict="fail",
        says="beside version 1 (production, fp32)",
        production=old,
        candidate=model(half((1.5, -0.2, 0.5)), precision="fp16"),
    )
    write(
        bad / "parity/limit-loosened",
        verdict="fail",
        says="of decisions flip",
        base=old,
        candidate=model(
            half((1.5, -0.2, 0.5)),
            precision="fp16",
            more="  lineage: {converted_from: 1}\n  parity: {decision_flips: 1, metric_loss: 1}\n",
        ),
    )
    write(
        bad / "parity/in-words-alone",
        verdict="inconclusive",
        says="serving.precision says fp16, and model.onnx computes in fp32",
        production=old,
        candidate=model(precision="fp16"),
    )
    write(
        bad / "parity/original-unknown",
        verdict="inconclusive",
        says="converted from version 1, which is neither production's nor the base's",
        candidate=model(half(WEIGHTS), precision="fp16", more="  lineage: {converted_from: 1}\n"),
    )
