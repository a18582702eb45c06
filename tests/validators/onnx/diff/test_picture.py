"""The picture of a hidden trigger, and of graphs that have nothing to draw."""

from itertools import pairwise

from hostile.models import node, proto

from sluicegate.validators.onnx.diff.picture import MOST, picture
from sluicegate.validators.onnx.wire.decode import decode


def model(*nodes, **more):
    return decode(proto(nodes, **more).SerializeToString())[0]


def chain(count, start="x", op="Relu"):
    names = [start, *(f"v{number}" for number in range(count))]
    return [node(op, [a], [b]) for a, b in pairwise(names)]


def test_a_trigger_is_drawn_with_what_it_takes_from_and_gives_to():
    trigger = [node("Less", ["v0", "w"], ["hidden"]), node("Where", ["hidden", "v1", "x"], ["z"])]
    drawn = picture(model(*chain(2)), model(*chain(2), *trigger))
    assert set(drawn.arrows) == {
        (" Relu v0", "+Less hidden"),
        ("+Less hidden", "+Where z"),
        (" Relu v1", "+Where z"),
        (" input x", "+Where z"),
    }
    assert (drawn.new, drawn.gone, drawn.drawn) == (2, 0, 2)


def test_what_takes_other_values_now_is_gone_and_new():
    before = [*chain(3), node("Neg", ["v0"], ["z"])]
    after = [*chain(3), node("Neg", ["v1"], ["z"])]
    assert set(picture(model(*before), model(*after)).arrows) == {
        (" Relu v0", "-Neg z"),
        (" Relu v1", "+Neg z"),
    }


def test_equal_graphs_and_those_named_anew_have_no_picture():
    assert picture(model(*chain(3)), model(*chain(3))) is None
    renamed = [node("Relu", ["x"], ["a"]), node("Relu", ["a"], ["b"]), node("Relu", ["b"], ["c"])]
    assert picture(model(*chain(3)), model(*renamed)) is None


def test_of_many_new_nodes_some_are_drawn():
    drawn = picture(model(), model(*chain(1_000)))
    assert (drawn.new, drawn.drawn) == (1_000, MOST)
    assert len(drawn.arrows) <= 60
