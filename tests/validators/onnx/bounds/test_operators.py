"""Whatever a stranger's node has for inputs and attributes, its rule answers or names the attribute."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from sluicegate.validators.onnx.bounds.given import WrongType
from sluicegate.validators.onnx.bounds.intervals import ANY, UNKNOWN, Known, dimension, exactly
from sluicegate.validators.onnx.bounds.operators import RULES

NUMBERS = st.sampled_from(
    [0, 1, 2, 3, -1, -5, 64, 10**6, 2**62, -(2**63), 0.5, 1e308, float("inf"), float("nan")]
)
LENGTHS = st.one_of(st.integers(0, 5).map(lambda length: dimension(exactly(length))), st.just(dimension(ANY)))
VALUES = st.one_of(NUMBERS.map(exactly), st.just(ANY))
LISTS = st.lists(VALUES, max_size=4).map(lambda values: Known((exactly(len(values)),), tuple(values)))
INPUTS = st.one_of(
    st.just(UNKNOWN),
    st.lists(LENGTHS, max_size=4).map(lambda shape: Known(tuple(shape))),
    LISTS,
    VALUES.map(lambda value: Known((), (value,))),
)
NAMES = [
    *(
        "axis",
        "axes",
        "perm",
        "start",
        "end",
        "direction",
        "reverse",
        "exclusive",
        "keepdims",
        "pads",
        "strides",
    ),
    *(
        "dilations",
        "kernel_shape",
        "output_shape",
        "output_padding",
        "onesided",
        "equation",
        "scales",
        "shape",
    ),
    *("to", "value", "transA", "transB", "blocksize"),
    *("batch_dims", "output_height", "output_width", "pooled_shape"),
]
TEXTS = st.sampled_from(["LEFT", "ij,jk->ik", "->", "a->aa", ""])
ATTRIBUTES = st.dictionaries(
    st.sampled_from(NAMES), st.one_of(NUMBERS, st.lists(NUMBERS, max_size=5), TEXTS), max_size=6
)


@given(st.sampled_from(sorted(RULES)), st.lists(INPUTS, max_size=4), ATTRIBUTES)
def test_a_rule_answers_or_names_the_attribute(operator, inputs, attributes):
    with suppress(WrongType):
        assert RULES[operator](inputs, attributes).least >= 0
