from sluicegate.gate.adapters.matrix import parse
from sluicegate.gate.adapters.points import Points, render


def test_what_is_rendered_is_read_again():
    points = [Points("a_total", {"model": 'm"x'}, {1.5: 3.0, 2.25: 2.0**60}), Points("b", {}, {1.5: 0.1})]
    assert parse(render(points)) == points
