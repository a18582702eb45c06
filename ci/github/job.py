"""The files by which a step of GitHub Actions says something to its job: outputs, and the summary.

Both are files that the runner names (docs.github.com/actions/reference/workflow-commands-for-github-actions);
outside of Actions there are none, and nothing is written.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from sluicegate.specs.yamlio import InputError

OUTPUT, SUMMARY = "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"
SUMMARY_BYTES = 1024 * 1024
"""What GitHub shows of a step."""


def set_outputs(values: Mapping[str, str]) -> None:
    """Let the step have these outputs.

    Raises ValueError for a line break in a value, which would begin another output.
    """
    for name, value in values.items():
        if "\n" in value or "\r" in value:
            raise ValueError(f"the output {name!r} has a line break")
    _append(OUTPUT, "".join(f"{name}={value}\n" for name, value in values.items()))


def add_summary(markdown: str) -> None:
    """Add to what the job's page shows. A text that GitHub would not show is left out, and named."""
    if len(markdown.encode()) > SUMMARY_BYTES:
        markdown = "The summary is longer than GitHub shows; the artifact has it.\n"
    _append(SUMMARY, markdown)


def _append(variable: str, text: str) -> None:
    path = os.environ.get(variable)
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise InputError.of(
            f"{path} cannot be written: {error.strerror}", f"unset {variable} outside of Actions"
        ) from error
