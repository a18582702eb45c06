"""`PYTHONPATH=tests python -m examples.make [DIRECTORY]`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from examples.make import examples

if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1]
    for side in ("good", "bad"):
        shutil.rmtree(target / side, ignore_errors=True)
    examples(target)
