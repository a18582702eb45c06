"""A real registry of OCI artifacts on this machine."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from harness.found import tool

SERVING = re.compile(r"serving on port (\d+)")


@contextmanager
def registry() -> Iterator[str]:
    """HOST:PORT of one, empty."""
    process = subprocess.Popen(
        [tool("crane"), "registry", "serve", "--address", "127.0.0.1:0"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = SERVING.search(line)
        assert found, line
        yield f"127.0.0.1:{found[1]}"
    finally:
        process.terminate()
        process.wait()
