"""A report format: one line a finding, for a spreadsheet."""

from __future__ import annotations

import csv
import io

from sluicegate.validators.runner.finding import Report


def render(report: Report) -> str:
    """Comma-separated values with a line of names, as RFC 4180 has them."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["model", "check", "verdict", "message"])
    writer.writerows(
        [found.model, found.check, str(found.verdict), found.message] for found in report.findings
    )
    return out.getvalue()
