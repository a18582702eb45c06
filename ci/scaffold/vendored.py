"""The charts as this release has them, for a repository that Argo CD renders them from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import sluicegate
from sluicegate.specs import layout
from sluicegate.specs.yamlio import InputError

FOLDERS = (layout.SERVING_CHART, layout.GATE_CHART, layout.KUBERNETES_SCHEMAS)
MANIFESTS = (layout.PROJECT_MANIFEST, layout.RELEASES_MANIFEST, layout.PREVIEWS_MANIFEST)
_EXAMPLES = "ci"
"""The folder of a chart with values that our own tests render."""


def chart_files() -> dict[str, str]:
    """Charts, the schemas that they are checked against, and Argo CD's manifests, by path.

    Raises InputError where the installed package lacks them.
    """
    package = Path(sluicegate.__file__).parent
    files = {path: package / path for path in _paths(package)}
    absent = [path for path in (f"{layout.SERVING_CHART}/Chart.yaml", *MANIFESTS) if path not in files]
    if absent:
        raise InputError.of(f"this installation has no {absent[0]}", "install Sluicegate again, whole")
    return {path: file.read_text(encoding="utf-8") for path, file in files.items()}


def _paths(package: Path) -> Iterator[str]:
    for path in MANIFESTS:
        if (package / path).is_file():
            yield path
    for folder in FOLDERS:
        for file in sorted((package / folder).rglob("*")):
            inner = file.relative_to(package / folder)
            if file.is_file() and inner.parts[0] != _EXAMPLES and file.suffix not in (".py", ".pyc"):
                yield f"{folder}/{inner.as_posix()}"
