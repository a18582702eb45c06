"""YAML to plain data, for one small file that somebody else wrote.

Built on ruamel.yaml's events: they come one at a time, so depth and size are bounded before anything grows.
Refused: aliases, anchors, tags, merge keys, a key given twice, a second document, numbers not finite.
"""

import math
import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)

from sluicegate.onnx_server.errors import ModelFileInvalid

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
MAX_NODES = 20_000

_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,18})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}


def _scalar(event: ScalarEvent) -> Any:
    text: str = event.value
    if event.style is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if not math.isfinite(number):
            raise ValueError(f"{text} is not finite")
        return number
    return text


class _Builder:
    """Collects events into plain data. Raises ValueError with what is refused."""

    def __init__(self) -> None:
        self.root: Any = None
        self._documents = 0
        self._nodes = 0
        self._open: list[Any] = []
        self._keys: list[Any] = []

    def take(self, event: Any) -> None:
        if isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise ValueError("it holds more than one document")
        elif isinstance(event, AliasEvent):
            raise ValueError("it uses an alias")
        elif isinstance(event, CollectionEndEvent):
            self._open.pop()
            self._keys.pop()
        elif isinstance(event, NodeEvent):
            self._node(event)

    def _node(self, event: Any) -> None:
        self._nodes += 1
        if event.anchor is not None or getattr(event, "tag", None) is not None:
            raise ValueError("it uses an anchor or a tag")
        if self._nodes > MAX_NODES or len(self._open) >= MAX_DEPTH:
            raise ValueError(f"it has more than {MAX_NODES} values, or more than {MAX_DEPTH} levels")
        if isinstance(event, ScalarEvent):
            self._place(_scalar(event))
            return
        value: Any = {} if isinstance(event, MappingStartEvent) else []
        self._place(value)
        self._open.append(value)
        self._keys.append(None)

    def _place(self, value: Any) -> None:
        if not self._open:
            self.root = value
        elif isinstance(self._open[-1], list):
            self._open[-1].append(value)
        elif self._keys[-1] is None:
            if not isinstance(value, str) or value == "<<" or value in self._open[-1]:
                raise ValueError(f"the key {value!r} is no text, a merge, or given twice")
            self._keys[-1] = value
        else:
            self._open[-1][self._keys[-1]] = value
            self._keys[-1] = None


def read(text: bytes, where: str) -> Any:
    """The document's plain data; `where` is for messages. Raises ModelFileInvalid with the line."""
    if len(text) > MAX_BYTES:
        raise ModelFileInvalid(f"{where} is larger than {MAX_BYTES} bytes; make it smaller")
    builder = _Builder()
    line = 1
    try:
        for event in YAML(typ="safe", pure=True).parse(text.decode()):
            line = event.start_mark.line + 1
            builder.take(event)
    except (ValueError, YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}:{mark.line + 1 if mark else line}"
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ModelFileInvalid(
            f"{place}: {reason}; write plain YAML, as the schema of models says"
        ) from error
    return builder.root
