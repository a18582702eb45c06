"""The files of a chart and of its schemas, copied for the tools; nothing in them leads elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sluicegate.specs.tree import KINDS, Tree
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.helm.values import SCHEMAS, read
from sluicegate.validators.runner.candidate import Unavailable

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
REASON = "chart-renders"
"""The check that refuses such a file."""


def copy_chart(tree: Tree, path: str, target: Path) -> None:
    """Copy a chart.

    Raises Unavailable: none there, a link in it, far too large, a subchart, or a schema of its values that
    refers to anything but itself: Helm would follow that to other files and over the network.
    """
    for file in _copied(tree, path, target):
        inside = file.removeprefix(f"{path}/")
        first = inside.split("/")[0].lower()
        if first == "charts" or inside.lower() in ("requirements.yaml", "requirements.lock"):
            raise Unavailable(f"{file} belongs to a subchart; write its templates into {path}", REASON)
        if inside.split("/")[-1].lower() == "values.schema.json":
            standalone(target / inside, file, named=True)
    about = f"{path}/Chart.yaml"
    try:
        document = read(tree, about)
    except InputError as error:
        raise Unavailable(str(error), REASON) from error
    # Helm takes a key in any case.
    for key in document.value if isinstance(document.value, dict) else ():
        if str(key).lower() == "dependencies":
            line = document.key_place((key,))[0]
            raise Unavailable(
                f"{about}:{line}: {key} names subcharts; write their templates into {path}", REASON
            )


def copy_schemas(tree: Tree, base: Tree | None, target: Path) -> None:
    """Copy the schemas that manifests are held against; one that the base has is taken from there.

    Raises Unavailable: none there, a link in them, far too large, a new one that refers elsewhere.
    """
    own = _copied(tree, SCHEMAS, target)
    accepted = {e.path for e in base.entries(SCHEMAS) if e.plain} if base is not None else set()
    if base is not None:
        base.copy(SCHEMAS, target)
    for path in own:
        if path.endswith(".json") and path not in accepted:
            standalone(target / path.removeprefix(f"{SCHEMAS}/"), path)


def standalone(file: Path, path: str, *, named: bool = False) -> None:
    """See that a schema refers to nothing but itself: a tool would follow it.

    `named` allows an `$id` at its top, by which the schema itself is known. Raises Unavailable.
    """
    try:
        whole = json.loads(file.read_bytes().decode())
    except (ValueError, RecursionError) as problem:
        raise Unavailable(f"{path} is no JSON: {problem}", REASON) from problem
    if named and isinstance(whole, dict):
        whole.pop("$id", None)
    pending: list[Any] = [whole]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            leads = [said for key in _POINTS if isinstance(said := node.get(key), str) and said[:1] != "#"]
            if isinstance(draft := node.get("$schema"), str) and draft not in DRAFTS:
                leads.append(draft)
            if leads:
                raise Unavailable(
                    f"{path} refers to {leads[0][:100]!r}, outside of itself; write it into `definitions`",
                    REASON,
                )
            pending += node.values()
        elif isinstance(node, list):
            pending += node


def _copied(tree: Tree, prefix: str, target: Path) -> list[str]:
    entries = tree.entries(prefix)
    if not entries:
        raise Unavailable(f"{prefix} is not there", REASON)
    for entry in entries:
        if not entry.plain:
            kind = KINDS.get(entry.mode, "no plain file")
            raise Unavailable(f"{entry.path} is {kind}; put a plain file there", REASON)
    if (size := sum(entry.size for entry in entries)) > MAX_SIZE:
        raise Unavailable(f"{prefix} has {size:,} bytes, of at most {MAX_SIZE:,}", REASON)
    tree.copy(prefix, target)
    return [entry.path for entry in entries]
