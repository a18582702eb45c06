"""The versions, the moment and the policy that tests of a rollout begin with."""

from __future__ import annotations

from datetime import UTC, datetime

from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import Version

T0 = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)
V1, V2, V3 = (Version(n, f"{n}" * 40, "sha256:" + f"{n}" * 64) for n in (1, 2, 3))
ERRORS = Gate("error_rate", 0.01)
STEPS = (1, 5, 25, 50, 100)
POLICY = Policy(STEPS, (ERRORS,))
