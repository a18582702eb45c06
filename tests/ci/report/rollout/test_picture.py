"""The plot as a file: well-formed, small, the same every time, and harmless."""

from __future__ import annotations

import math
from dataclasses import replace
from xml.dom import minidom

from support.announcements import announcement, judgement

from sluicegate.ci.report.rollout.picture import MOST_GATES, picture, verdict_of
from sluicegate.gate.core.evaluation import Evaluation


def course(*judgements: object, points: int = 6, name: str = "error_rate") -> list[Evaluation]:
    """An interval that closes in, at 5 % and then at 25 %."""
    found = []
    for at in range(points):
        width = 0.3 / (at + 1)
        own = judgements or (judgement(name, -width / 2, width),)
        one = announcement(weight=5 if at < 3 else 25, requests=1000 * at + 500, judgements=own).evaluation
        found.append(replace(one, next_weight=25 if at < 3 else 50))
    return found


def texts(svg: bytes) -> list[str]:
    return [node.firstChild.data for node in minidom.parseString(svg).getElementsByTagName("text")]


def test_it_shows_the_interval_the_margin_and_the_weights() -> None:
    svg = picture(course())
    assert {"error_rate", "0", "5 %", "25 %", "500 requests"} <= set(texts(svg))
    assert "-2.5 % .. 5 %" in texts(svg)
    assert b"stroke-dasharray" in svg
    assert len(svg) < 4000
    assert picture(course()) == svg


def test_an_end_that_is_not_known_stays_inside() -> None:
    svg = picture(course(judgement(lower=-math.inf, upper=math.inf)))
    polygon = minidom.parseString(svg).getElementsByTagName("polygon")[0].getAttribute("points")
    heights = [float(pair.split(",")[1]) for pair in polygon.split()]
    assert min(heights) >= 26
    assert max(heights) <= 26 + 92


def test_where_nothing_could_be_compared_nothing_is_within() -> None:
    proven = replace(judgement(lower=-0.01, upper=0.002), non_inferior=True)
    unknown = replace(judgement(lower=-math.inf, upper=math.inf), non_inferior=True)
    assert [verdict_of(proven), verdict_of(unknown)] == ["within", "not compared"]
    assert "margin 2 %, not compared" in texts(picture(course(unknown)))


def test_one_evaluation_alone_is_drawn_as_well() -> None:
    assert b"<polygon" in picture(course(points=1))


def test_names_are_text_and_gates_are_few() -> None:
    hostile = [judgement(f"<script>{at}") for at in range(MOST_GATES + 5)]
    document = minidom.parseString(picture(course(*hostile)))
    assert not document.getElementsByTagName("script")
    assert len(document.getElementsByTagName("polygon")) == MOST_GATES
