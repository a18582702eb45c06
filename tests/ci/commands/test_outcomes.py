from datetime import UTC, datetime

from sluicegate.ci.commands._outcomes import sentences
from sluicegate.gate.daemon import Outcome


def test_what_argo_cd_was_not_told_is_said():
    at = datetime(2026, 3, 1, tzinfo=UTC)
    said = "Argo CD was not asked to refresh, it polls: forbidden"
    assert f"  {said}" in list(sentences(Outcome("dev", "m", at, refresh=said)))
    assert not [line for line in sentences(Outcome("dev", "m", at)) if "Argo CD" in line]
