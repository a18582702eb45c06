"""What a person said of a pull request."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sluicegate.specs.reviews import Review
from support.clock import START


def review(comment: int = 1, **changes: Any) -> Review:
    """@olga approves #7 of o/r with the model `m`, so many minutes after the start."""
    values: dict[str, Any] = {
        "kind": "approve", "repository": "o/r", "pull": 7, "head": "a" * 40, "models": {"m": "b" * 40},
        "by": "@olga", "user": 12, "owns_as": ("@olga",), "at": START + timedelta(minutes=comment),
        "reason": "why", "comment": comment,
    }  # fmt: skip
    return Review(**(values | changes))
