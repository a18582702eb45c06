"""What model.yaml declares."""

from __future__ import annotations

from pathlib import Path

from examples.make.model import PLAIN, TEXT, model
from examples.make.write import write


def examples(bad: Path) -> None:
    """Write them below `bad`."""
    write(
        bad / "spec-valid/unknown-key",
        verdict="fail",
        says="thresold",
        candidate={**PLAIN, "model.yaml": TEXT.replace(b"threshold: 0.5", b"thresold: 0.5")},
    )
    write(
        bad / "spec-valid/not-a-number",
        verdict="fail",
        says="at_least",
        candidate={**PLAIN, "model.yaml": TEXT.replace(b"at_least: 0.7", b"at_least: .nan")},
    )
    for case, named, says in (
        ("waiver-of-no-check", "qualty", "a waiver names 'qualty', and there is no such check"),
        ("waiver-of-a-guard", "files-allowed", "a waiver names 'files-allowed'"),
    ):
        waiver = f'  waivers: [{{check: {named}, reason: known, until: "2099-01-01"}}]\n'
        write(
            bad / "spec-valid" / case,
            verdict="fail",
            says=says,
            candidate=model(more=waiver),
        )
