"""The charts as this release has them, for a repository that Argo CD renders them from.

`charts/SHA256SUMS` says what was written there, so that an edit is told from another release's file;
`sha256sum --check` reads it, too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import sluicegate
from sluicegate import __version__
from sluicegate.specs import layout
from sluicegate.specs.chart import PinnedChart
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import InputError

FOLDERS = (layout.SERVING_CHART, layout.GATE_CHART, layout.KUBERNETES_SCHEMAS)
MANIFESTS = (layout.PROJECT_MANIFEST, layout.RELEASES_MANIFEST, layout.PREVIEWS_MANIFEST)
SUMS = f"{layout.CHARTS}/SHA256SUMS"
_SUM = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<path>[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*)")
_VERSION = re.compile(r"# sluicegate (?P<version>\S+)")
_EXAMPLES = "ci"
"""The folder of a chart with values that our own tests render."""


def chart_files() -> dict[str, str]:
    """Charts with their sums, the schemas that they are checked against, and Argo CD's manifests, by path.

    Raises InputError where the installed package lacks them.
    """
    package = Path(sluicegate.__file__).parent
    files = {path: package / path for path in _paths(package)}
    absent = [path for path in (f"{layout.SERVING_CHART}/Chart.yaml", *MANIFESTS) if path not in files]
    if absent:
        raise InputError.of(f"this installation has no {absent[0]}", "install Sluicegate again, whole")
    texts = {path: file.read_text(encoding="utf-8") for path, file in files.items()}
    return texts | {SUMS: _sums(texts)}


def files_of_cluster(chart: PinnedChart | None) -> dict[str, str]:
    """What is written beside an environment of a cluster: without charts/ where it pins a `chart`."""
    files = chart_files()
    return files if chart is None else {path: files[path] for path in MANIFESTS}


def _sums(texts: Mapping[str, str]) -> str:
    lines = [f"# sluicegate {__version__}: written by `sluice vendor`, and compared by its --check"]
    for path in sorted(texts.keys() - set(MANIFESTS)):
        digest = hashlib.sha256(texts[path].encode()).hexdigest()
        lines.append(f"{digest}  {path.removeprefix(f'{layout.CHARTS}/')}")
    return "\n".join(lines) + "\n"


State = Literal["new", "unchanged", "outdated", "edited", "added", "leftover", "kept"]


@dataclass(frozen=True)
class Vendored:
    """A file of the charts in a repository, and how it differs from what this release writes there.

    `outdated` and `leftover` are as another release wrote them; `edited` and `added` are a person's; an Argo
    CD manifest that a person changed is `kept`, as people write those.
    """

    path: str
    state: State
    text: str | None
    """As this release has it; None where it has no such file."""
    found: bytes | None
    """As it is there; None where it is not."""


def compared(tree: Tree) -> list[Vendored]:
    """Every file that is written into a repository, and every other below the charts' folders, by path.

    Raises InputError for a SHA256SUMS that cannot be read, TreeError for what is no plain file.
    """
    wanted = chart_files()
    recorded = recorded_sums(tree)
    there = _there(tree)
    states = {
        path: _state(path, wanted.get(path), there.get(path), recorded)
        for path in wanted.keys() | there.keys()
    }
    return [Vendored(path, states[path], wanted.get(path), there.get(path)) for path in sorted(states)]


def vendored_version(tree: Tree) -> str | None:
    """The release that wrote the charts of a repository; None where none says so."""
    for entry in tree.entries(SUMS):
        found = _VERSION.match(tree.read(entry.path).decode(errors="replace"))
        return found["version"].rstrip(":") if found else None
    return None


def recorded_sums(tree: Tree) -> dict[str, str]:
    """By path, the SHA-256 in hex that SHA256SUMS says was written; empty without one. Raises InputError."""
    sums: dict[str, str] = {}
    for entry in tree.entries(SUMS):
        lines = tree.read(entry.path).decode(errors="replace").splitlines()
        for number, line in enumerate(lines, 1):
            found = _SUM.fullmatch(line)
            if found is not None:
                sums[f"{layout.CHARTS}/{found['path']}"] = found["digest"]
            elif line and not line.startswith("#"):
                remedy = "write the charts again: sluice vendor --force"
                raise InputError.of("it is not `DIGEST  PATH`", remedy, SUMS, number)
    return sums


def _there(tree: Tree) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for place in (*FOLDERS, SUMS, *MANIFESTS):
        for entry in tree.entries(place):
            found[entry.path] = tree.read(entry.path)
    return found


def _state(path: str, wanted: str | None, found: bytes | None, recorded: Mapping[str, str]) -> State:
    if found is None:
        return "new"
    if wanted is not None and found == wanted.encode():
        return "unchanged"
    if path in MANIFESTS:
        return "kept"
    as_written = path == SUMS or recorded.get(path) == hashlib.sha256(found).hexdigest()
    if wanted is None:
        return "leftover" if as_written else "added"
    return "outdated" if as_written else "edited"


def _paths(package: Path) -> Iterator[str]:
    for path in MANIFESTS:
        if (package / path).is_file():
            yield path
    for folder in FOLDERS:
        for file in sorted((package / folder).rglob("*")):
            inner = file.relative_to(package / folder)
            if file.is_file() and inner.parts[0] != _EXAMPLES and file.suffix not in (".py", ".pyc"):
                yield f"{folder}/{inner.as_posix()}"
