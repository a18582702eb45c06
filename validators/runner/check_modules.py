"""In the child: the modules of the checks that it runs, before anything foreign is loaded."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path


def load_check_module(name: str, source: Path) -> None:
    """Import the module of a check; one that is not installed is run from its file."""
    if _installed_at(name, source):
        importlib.import_module(name)
        return
    spec = importlib.util.spec_from_file_location(name, source)
    if spec is None or spec.loader is None:
        raise ImportError(f"{source} is not a Python file")
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])


def _installed_at(name: str, source: Path) -> bool:
    """Whether importing the name gives this file: so it is for our own checks, and those of plug-ins."""
    try:
        spec = importlib.util.find_spec(name)
    except ImportError:
        return False
    return spec is not None and spec.origin is not None and Path(spec.origin).samefile(source)
