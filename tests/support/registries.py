"""A real OCI registry on this machine, on a port of its own."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.found import tool

_SERVING = re.compile(r"(?:serving on port |listening on 127\.0\.0\.1:)(\d+)")
_DISTRIBUTION = """\
version: 0.1
storage: {{filesystem: {{rootdirectory: {root}}}}}
http: {{addr: "127.0.0.1:0"}}
"""
Program = Callable[[Path], list[str]]


def crane(_: Path) -> list[str]:
    """A registry in memory."""
    return [tool("crane"), "registry", "serve", "--address", "127.0.0.1:0"]


def distribution(folder: Path) -> list[str]:
    """What `python -m harness tools registry` builds: the registry of Docker and CNCF."""
    (folder / "config.yml").write_text(_DISTRIBUTION.format(root=folder / "root"))
    return [tool("registry"), "serve", str(folder / "config.yml")]


@contextmanager
def serving(program: Program, folder: Path) -> Iterator[str]:
    """Its HOST:PORT, while the context lasts."""
    process = subprocess.Popen(
        program(folder),
        env={**os.environ, "OTEL_TRACES_EXPORTER": "none"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        found = next(filter(None, map(_SERVING.search, process.stdout)), None)
        assert found, "it said no port"
        yield f"127.0.0.1:{found[1]}"
    finally:
        process.terminate()
        process.communicate()
