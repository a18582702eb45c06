"""Kinds that need no package beside the project's own: their figures are the library's."""

from __future__ import annotations

import importlib
import math
from pathlib import Path

import pytest

from sluicegate.ci.model_reader import load
from sluicegate.ci.scaffold.directory import create
from sluicegate.ci.scaffold.new_model import NewModel
from sluicegate.specs.tree import WorkTree
from sluicegate.validators.evaluation.predictions import Predictions
from sluicegate.validators.evaluation.quality_rule import rule_of
from sluicegate.validators.evaluation.rows import predict
from sluicegate.validators.runner.inputs import Inputs
from sluicegate.validators.submission.candidate import Candidate
from zoo import material
from zoo.make import write

KINDS = ("anomalies", "ranking", "retrieval", "sequences", "types")


def answers(specimen: material.Specimen, root: Path) -> Predictions:
    """What the model answers to its evaluation rows, declared as `new model` declares it."""
    given = dict(zip(specimen.options[::2], specimen.options[1::2], strict=True))
    new = NewModel(
        specimen.name,
        specimen.directory / "model.onnx",
        specimen.directory / f"reference.{specimen.form}",
        specimen.directory / f"evaluation.{specimen.form}",
        ("@owner",),
        labels=(given["--label"],) if "--label" in given else (),
        task=given.get("--task", ""),
        output=given.get("--output", ""),
        group=given.get("--group", ""),
        run=False,
    )
    create(root, new)
    subject = Candidate(specimen.name, WorkTree(root), load).subject()
    inputs = Inputs({**subject.given, "workdir": root / "work"})
    return predict(inputs["session"], inputs["spec"], inputs["evaluation"])


@pytest.mark.parametrize("kind", KINDS)
def test_each_figure_is_the_librarys(kind: str, tmp_path: Path) -> None:
    for model in importlib.import_module(f"zoo.kinds.{kind}").models():
        write(model, tmp_path / kind / model.name)
        root = tmp_path / model.name
        root.mkdir()
        specimen = material.specimen(tmp_path / kind / model.name, kind)
        judged = answers(specimen, root)
        assert specimen.figures[0]
        for figure in specimen.figures[0]:
            found = rule_of(figure.rule["metric"])(**figure.rule, at_least=0).estimate(judged)
            assert math.isclose(
                found.value, figure.value, rel_tol=model.tolerance, abs_tol=model.tolerance
            ), f"{model.name}: {figure.named}"
            assert found.lower <= found.value <= found.upper
