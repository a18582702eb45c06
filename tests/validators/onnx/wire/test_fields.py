"""The table of the format is onnx's own: every message, every field, its number and kind."""

import onnx
from onnx.onnx_ml_pb2 import ModelProto

from sluicegate.validators.onnx.tensors import ELEMENTS
from sluicegate.validators.onnx.wire.fields import BYTES, DOUBLE, FIELDS, FLOAT, INT, TEXT
from sluicegate.validators.onnx.wire.messages import Model, TensorType

KINDS = {1: DOUBLE, 2: FLOAT, 3: INT, 4: INT, 5: INT, 9: TEXT, 12: BYTES, 14: INT}


def pairs():
    """Each of onnx's messages with ours, found from the model downwards."""
    found, stack = {}, [(ModelProto.DESCRIPTOR, Model)]
    while stack:
        theirs, ours = stack.pop()
        if (theirs.full_name, ours) in found:
            continue
        found[theirs.full_name, ours] = theirs
        stack += [
            (field.message_type, FIELDS[ours][field.number].kind)
            for field in theirs.fields
            if field.message_type is not None
        ]
    return [(theirs, ours) for (_, ours), theirs in found.items()]


def test_every_field_is_there_by_number_name_and_kind():
    for theirs, ours in pairs():
        fields = FIELDS[ours]
        assert {field.number: field.name for field in theirs.fields} == {
            number: field.name for number, field in fields.items()
        }, theirs.full_name
        for field in theirs.fields:
            assert fields[field.number].repeated == field.is_repeated, (theirs.full_name, field.name)
            if field.message_type is None:
                assert fields[field.number].kind == KINDS[field.type], (theirs.full_name, field.name)


def test_every_message_is_one_of_onnx():
    assert {ours for _, ours in pairs()} == set(FIELDS)
    assert sum(ours is TensorType for _, ours in pairs()) == 2  # of tensors, and of sparse ones


def test_every_element_type_has_the_size_that_onnx_gives_it():
    known = dict(onnx.TensorProto.DataType.items())
    del known["UNDEFINED"]
    assert set(ELEMENTS) == set(known.values())
    for name, kind in known.items():
        if name not in ("STRING",) and ELEMENTS[kind][1] >= 8:
            assert onnx.helper.tensor_dtype_to_np_dtype(kind).itemsize * 8 == ELEMENTS[kind][1], name
