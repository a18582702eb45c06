"""YAML, read so that every finding has its line, and written so that every other byte stays."""

from sluicegate.specs.yamlio.addition import add_item, add_key
from sluicegate.specs.yamlio.characters import MAX_BYTES
from sluicegate.specs.yamlio.document import Document, parse
from sluicegate.specs.yamlio.problems import InputError, Location, Problem, dotted
from sluicegate.specs.yamlio.splice import render_flow, splice

__all__ = [
    "MAX_BYTES",
    "Document",
    "InputError",
    "Location",
    "Problem",
    "add_item",
    "add_key",
    "dotted",
    "parse",
    "render_flow",
    "splice",
]
