"""Tensors that say two things, or not what their dimensions say."""

from onnx import TensorProto

from hostile.models import function, model, node, only, tensor

THREAT = "a tensor that two readers take for two"


def changed(**said):
    made = tensor("k", [1.0, 2.0], "float32")
    for name, value in said.items():
        if isinstance(value, list):
            del getattr(made, name)[:]
            getattr(made, name).extend(value)
        else:
            setattr(made, name, value)
    return made


def segmented():
    made = tensor("k", [1.0, 2.0], "float32")
    made.segment.begin = 1
    return made


TENSORS = {
    "raw and float": (changed(float_data=[5.0, 6.0]), "has values in float_data and raw_data"),
    "raw and int": (changed(int32_data=[5, 6]), "int32_data and raw_data"),
    "raw and text": (changed(string_data=[b"x"]), "string_data and raw_data"),
    "fewer bytes": (changed(raw_data=b"1234"), "has 4 bytes, and its dimensions need 8"),
    "more bytes": (changed(raw_data=b"1234" * 9), "has 36 bytes, and its dimensions need 8"),
    "no bytes": (TensorProto(name="k", data_type=1, dims=[2]), "has no values"),
    "more dimensions": (changed(dims=[2, 1 << 40]), "its dimensions need"),
    "negative": (changed(dims=[-2]), "which are no sizes"),
    "70 axes": (changed(dims=[1] * 70), "which are no sizes"),
    "unknown type": (changed(data_type=99), "element type 99"),
    "segment": (segmented(), "a segment"),
    "elsewhere and here": (changed(data_location=1), "names another file, and has values"),
}


def cases():
    for name, (made, says) in TENSORS.items():
        yield name, only(model([node("Identity", ["k"], ["r"])], [made])), "onnx-format", says
        constant = node("Constant", [], ["r"], value=made)
        yield f"{name}, in a node", only(model([constant])), "onnx-format", says
        inside = function("f", [node("Constant", [], ["b"], value=made)])
        call = node("f", ["x"], ["r"], domain="local")
        yield f"{name}, in a function", only(model([call], functions=[inside])), "onnx-format", says
