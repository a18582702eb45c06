"""The files of a chart and of its schemas, copied for the tools; nothing in them leads elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sluicegate.specs.errors import SluiceError
from sluicegate.specs.layout import KUBERNETES_SCHEMAS
from sluicegate.specs.repository import read
from sluicegate.specs.tree import KINDS, Tree
from sluicegate.specs.yamlio import InputError

MAX_SIZE = 16 << 20
"""Bytes of the chart, and of the schemas."""
DRAFTS = frozenset(
    {
        *(f"http://json-schema.org/draft-0{n}/schema{end}" for n in (4, 6, 7) for end in ("", "#")),
        *(f"https://json-schema.org/draft/{year}/schema" for year in ("2019-09", "2020-12")),
    }
)
"""What a `$schema` may name: the drafts that helm and kubeconform have in themselves."""
_POINTS = ("$ref", "$dynamicRef", "$recursiveRef", "$id", "id")


class ChartError(SluiceError):
    """A chart or its schemas cannot be rendered from; the message names the file."""


def copy_chart(tree: Tree, path: str, target: Path) -> None:
    """Copy a chart.

    Raises ChartError: none there, a link in it, far too large, a subchart, or a schema of its values that
    refers to anything but itself: Helm would follow that to other files and over the network.
    """
    remedy = f"write its templates into {path}"
    for file in _copied(tree, path, target):
        inside = file.removeprefix(f"{path}/")
        first = inside.split("/")[0].lower()
        if first == "charts" or inside.lower() in ("requirements.yaml", "requirements.lock"):
            raise ChartError(f"{file} belongs to a subchart", remedy)
        if inside.split("/")[-1].lower() == "values.schema.json":
            standalone(target / inside, file, named=True)
    about = f"{path}/Chart.yaml"
    try:
        document = read(tree, about)
    except InputError as error:
        raise ChartError(f"{about}: {error.message}", error.remedy) from error
    # Helm takes a key in any case.
    for key in document.value if isinstance(document.value, dict) else ():
        if str(key).lower() == "dependencies":
            line = document.key_position((key,))[0]
            raise ChartError(f"{about}:{line}: {key} names subcharts", remedy)


def copy_schemas(tree: Tree, base: Tree | None, target: Path) -> None:
    """Copy the schemas that manifests are checked against; one that the base has is taken from there.

    Raises ChartError: none there, a link in them, far too large, a new one that refers elsewhere.
    """
    own = _copied(tree, KUBERNETES_SCHEMAS, target)
    accepted: set[str] = set()
    if base is not None:
        accepted = {entry.path for entry in base.entries(KUBERNETES_SCHEMAS) if entry.plain}
        base.copy(KUBERNETES_SCHEMAS, target)
    for path in own:
        if path.endswith(".json") and path not in accepted:
            standalone(target / path.removeprefix(f"{KUBERNETES_SCHEMAS}/"), path)


def standalone(file: Path, path: str, *, named: bool = False) -> None:
    """See that a schema refers to nothing but itself: a tool would follow it.

    `named` allows an `$id` at its top, by which the schema itself is known. Raises ChartError.
    """
    try:
        whole = json.loads(file.read_bytes().decode())
    except (ValueError, RecursionError) as problem:
        raise ChartError(f"{path} is not JSON: {problem}", "write it again as JSON") from problem
    if named and isinstance(whole, dict):
        whole.pop("$id", None)
    pending: list[Any] = [whole]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            for reference in _references(node):
                message = f"{path} refers to {reference[:100]!r}, outside of itself"
                raise ChartError(message, "write it into `definitions`")
            pending += node.values()
        elif isinstance(node, list):
            pending += node


def _references(node: dict[str, Any]) -> Iterator[str]:
    """Where a part of a schema refers to, outside of the schema."""
    for key in _POINTS:
        target = node.get(key)
        if isinstance(target, str) and not target.startswith("#"):
            yield target
    draft = node.get("$schema")
    if isinstance(draft, str) and draft not in DRAFTS:
        yield draft


def _copied(tree: Tree, prefix: str, target: Path) -> list[str]:
    entries = tree.entries(prefix)
    if not entries:
        raise ChartError(f"{prefix} is not there", "add it to the repository")
    for entry in entries:
        if not entry.plain:
            kind = KINDS.get(entry.mode, "not a plain file")
            raise ChartError(f"{entry.path} is {kind}", "put a plain file there")
    size = sum(entry.size for entry in entries)
    if size > MAX_SIZE:
        raise ChartError(f"{prefix} has {size:,} bytes, of at most {MAX_SIZE:,}", "keep the rest elsewhere")
    tree.copy(prefix, target)
    return [entry.path for entry in entries]
