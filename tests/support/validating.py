"""`sluice validate` in a test: some checks that take no time, and the report as data."""

from __future__ import annotations

import json
from typing import Any

LIGHT = [part for name in ("spec-valid", "release-untouched", "version-rises") for part in ("--check", name)]


def judged(sluice: Any, work: Any, *words: Any, code: int = 0) -> dict[str, Any]:
    """The report of the work tree's repository, by an exit code that is asserted."""
    result = sluice("validate", "-C", work.root, "--format", "json", *words)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def by_check(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The last finding of each check."""
    return {finding["check"]: finding for finding in data["findings"]}
