"""Plots beside the evidence, of real releases: drawn from the record's own figures, and never in the way."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from support.gate_scene import Scene

from sluicegate.gate.core.evaluation import Evaluation
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.gate.daemon.pictures import LARGEST
from sluicegate.gate.verification import verify


def drawn(evaluations: Sequence[Evaluation]) -> bytes:
    """Stands for a drawing: the requests and the upper ends, as text."""
    points = [
        (one.weight, one.requests, one.judgements[0].rate_difference.upper, one.next_weight)
        for one in evaluations
    ]
    return repr(points).encode()


def finish(scene: Scene, picture: object) -> Outcome:
    scene.release_version_1()
    scene.merge_version(2)
    for _ in range(30):
        outcome = scene.tick_one(picture=picture)
        if outcome.kind == "finish":
            return outcome
    raise AssertionError(outcome)


def test_a_decision_has_its_plot_in_the_commit_of_its_evidence_and_verifies(scene: Scene) -> None:
    outcome = finish(scene, drawn)
    assert outcome.evidence == scene.tip("gate-evidence")
    assert outcome.picture is not None
    points = eval(scene.repository.read(outcome.evidence, outcome.picture))
    requests = [point[1] for point in points]
    assert requests == sorted(requests)
    assert [point[0] for point in points] == sorted(point[0] for point in points)
    assert outcome.decision is not None
    assert points[-1][2] == outcome.decision.judgements[0].rate_difference.upper
    assert points[0][2] >= points[-1][2], "the interval closes in"
    assert len(scene.records()) == len(scene.decisions())
    assert verify(scene.repository, scene.tip(), scene.tip("gate-evidence")).sound


def test_another_file_on_the_branch_is_still_refused(scene: Scene) -> None:
    finish(scene, drawn)
    evidence = scene.tip("gate-evidence")
    strange = {"pictures/production/m/plot.svg": b"<svg/>"}
    sha = scene.repository.commit(evidence, strange, "strange", scene.clock())
    (finding,) = verify(scene.repository, scene.tip(), sha).findings
    assert "pictures/production/m/plot.svg is not named as a record" in finding.problem


@pytest.mark.parametrize("fault", ["raises", "is too large"])
def test_a_plot_that_cannot_be_had_keeps_nothing_back(scene: Scene, fault: str) -> None:
    def broken(_: Sequence[Evaluation]) -> bytes:
        if fault == "raises":
            raise ZeroDivisionError
        return b"x" * (LARGEST + 1)

    assert finish(scene, broken).picture is None
    assert scene.release().stable.version == 2
