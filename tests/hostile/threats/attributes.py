"""Attributes that have another type than their operator takes."""

from hostile.models import model, node, only

THREAT = "attributes of a type that their operator does not take"


def cases():
    for operator, name in (("Concat", "axis"), ("Gather", "axis"), ("Shape", "start")):
        for value in ("a", [1, 2], 0.5):
            made = node(operator, ["x", "x"][: 1 if operator == "Shape" else 2], ["z"], **{name: value})
            words = f"the attribute {name} is no whole number"
            yield f"{operator} by {value!r}", only(model([made])), "onnx-bounds", words
