"""Every text of an ONNX file: names, descriptions, metadata, and text that attributes and tensors hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sluicegate.validators.onnx.tensors import STRING
from sluicegate.validators.onnx.walk import messages
from sluicegate.validators.onnx.wire.decode import Buffer
from sluicegate.validators.onnx.wire.messages import Attribute, Model, Run, Tensor
from sluicegate.validators.onnx.wire.values import texts

PART = 1 << 20
"""Bytes, or short words, that are looked at in one piece."""
MAX_BYTES = 64 << 20
"""Bytes of attributes and tensors that are looked at as text: vocabularies are the largest."""


class Text(NamedTuple):
    """A text and the field that has it, as `NodeProto.name` in onnx.proto's words without `Proto`."""

    where: str
    text: str

    @property
    def names(self) -> bool:
        """Whether reports and loaders use it to name something."""
        return self.where.partition(".")[2] in NAMES


NAMES = frozenset(
    {"name", "op_type", "domain", "overload", "input", "output", "ref_attr_name", "dim_param", "denotation"}
    | {"producer_name", "producer_version"}
)


def texts_of(model: Model, buffer: Buffer, fields: tuple[tuple[str, str], ...]) -> Iterator[Text]:
    """Those of the text fields, which are given, and then what attributes and tensors hold."""
    for where, text in fields:
        if text:
            yield Text(where, text)
    left = MAX_BYTES
    for _, part in messages(model):
        for where, run in _held(part):
            if left <= 0:
                return
            left -= run.span.size
            yield from _pieces(where, run, buffer)


def _held(part: object) -> Iterator[tuple[str, Run]]:
    runs: Sequence[Run] = []
    where = ""
    if isinstance(part, Attribute):
        if part.s is not None:
            yield "Attribute.s", Run(part.s, tagged=False)
        runs, where = part.strings, "Attribute.strings"
    elif isinstance(part, Tensor) and part.data_type == STRING:
        runs, where = part.string_data, "Tensor.string_data"
    for run in runs:
        yield where, run


def _pieces(where: str, run: Run, buffer: Buffer) -> Iterator[Text]:
    span = run.span
    if run.tagged:
        words = texts(buffer, [run], span.size) or []
        for first in range(0, len(words), PART):
            yield Text(where, "\n".join(words[first : first + PART]))
        return
    for start in range(span.start, span.end, PART):
        data = buffer[start : min(start + PART, span.end)]
        yield Text(where, data.decode("utf-8", "replace"))
