"""What a version has to show before it starts in an environment, beside the gates that judge it there."""

from __future__ import annotations

from typing import Literal

Requirement = Literal["verdict"]
"""A name is added here together with the code that keeps it: one that nothing reads would let all pass."""
MEANINGS: dict[str, str] = {
    "verdict": "a complete run of `sluice validate` judged the content that was merged as pass or waived",
}
STATUS = "sluice/validate"
"""The commit status, and the check run, that says a verdict on GitHub; only a complete run writes one."""
DEFAULT: tuple[Requirement, ...] = ("verdict",)
