"""Writes the examples again, byte for byte: `PYTHONPATH=tests python -m examples.make [DIRECTORY]`.

`bad/<CHECK_ID>/<case>/` holds a small repository that the check must stop, and `expect.yaml` with the
verdict and a part of its message; `good/every-check/` holds one that every check lets through. `production/`
and `base/` beside `models/` are the version that runs now and the side that a pull request goes into.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path

from examples.make import bad, good


def examples(root: Path) -> None:
    """Write all of them below `root`: the good one, and those of each file in `bad`."""
    good.examples(root / "good")
    for subject in pkgutil.iter_modules(bad.__path__):
        import_module(f"{bad.__name__}.{subject.name}").examples(root / "bad")
