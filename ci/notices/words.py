"""Text of others, as a notice says it."""

from __future__ import annotations

from sluicegate.ci.report.text_format import clean
from sluicegate.specs.redaction import redacted


def said(text: object, limit: int = 1000) -> str:
    """One line of visible characters without secrets, at most `limit` of them."""
    return clean(redacted(str(text)), limit)
