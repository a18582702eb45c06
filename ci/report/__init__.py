"""Renderings of a report. A new one is one file here with `render(report) -> str`, called as its `--format`.

Modules that begin with an underscore are what renderings share; a package (`rollout`) renders something else.
"""

from __future__ import annotations

import importlib
import pkgutil

from validators.base import Report


def formats() -> tuple[str, ...]:
    """The names that `--format` takes; imports none of them."""
    return tuple(
        sorted(m.name for m in pkgutil.iter_modules(__path__) if not (m.ispkg or m.name.startswith("_")))
    )


def render(report: Report, name: str) -> str:
    """The report in one format. Raises ValueError for a name that `formats` does not list."""
    if name not in formats():
        raise ValueError(f"there is no format {name!r}; take one of {', '.join(formats())}")
    text: str = importlib.import_module(f"{__name__}.{name}").render(report)
    return text
