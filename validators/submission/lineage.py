"""Where a version comes from, in rows of a name and words; a run and a commit by their pages."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from sluicegate.specs.lineage import Lineage

TRACKING = "MLFLOW_TRACKING_URI"
ORIGIN = ("run", "code", "dataset")
"""What says where a version comes from, beside the figures."""
_RUN = re.compile(r"mlflow:/(?P<experiment>[0-9]+)/(?P<run>[0-9a-f]+)")
_CODE = re.compile(r"git\+(?P<address>https://[^@]+?)(?:\.git)?@(?P<commit>[0-9a-f]{7,64})")


def lineage_rows(lineage: Lineage, environment: Mapping[str, str] = os.environ) -> list[tuple[str, str]]:
    """What is declared; nothing for what is not."""
    named = {
        "run": lineage.run and run_address(lineage.run, environment),
        "code": lineage.code and code_address(lineage.code),
        "dataset": lineage.dataset,
        "metrics": _figures(lineage.metrics),
        "parameters": _figures(lineage.parameters),
        "training": " ".join(lineage.training.command) if lineage.training else None,
        "converted from": lineage.converted_from and f"version {lineage.converted_from}",
    }
    return [(name, words) for name, words in named.items() if words]


def origin(lineage: Lineage, environment: Mapping[str, str] = os.environ) -> str:
    """Run, code and dataset on one line, as in `run https://..., dataset sha256:...`; empty for none."""
    rows = lineage_rows(lineage, environment)
    return ", ".join(f"{name} {words}" for name, words in rows if name in ORIGIN)


def run_address(run: str, environment: Mapping[str, str] = os.environ) -> str:
    """A run of MLflow as its page, where the server is known; else as it is declared."""
    found = _RUN.fullmatch(run)
    server = environment.get(TRACKING, "").rstrip("/")
    if found is None or not re.fullmatch(r"https?://[^@\s]+", server):
        return run
    return f"{server}/#/experiments/{found['experiment']}/runs/{found['run']}"


def code_address(code: str) -> str:
    """A commit of a repository on https as its page, as GitHub and GitLab have it; else as it is declared."""
    found = _CODE.fullmatch(code)
    return code if found is None else f"{found['address']}/commit/{found['commit']}"


def _figures(figures: Mapping[str, object] | None) -> str:
    return ", ".join(f"{name} {_shown(value)}" for name, value in (figures or {}).items())


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
