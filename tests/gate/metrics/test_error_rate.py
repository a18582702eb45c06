from __future__ import annotations

from sluicegate.gate.metrics.error_rate import ErrorRate
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Gate


def test_a_failure_is_every_code_but_2xx(model: ModelSpec) -> None:
    (failures,) = ErrorRate(0.01).failure_counters(model)
    (selector,) = failures.plus
    assert (failures.at, failures.minus) == ("gateway", ())
    counted = {
        code: selector.matches(
            "sluice_gateway_requests_total", {"model": "m", "track": "canary", "code": code}
        )
        for code in ("200", "204", "299", "301", "400", "429", "500", "504", "timeout", "")
    }
    assert [code for code, failed in counted.items() if not failed] == ["200", "204", "299"]


def test_one_sided_with_the_declared_margin(model: ModelSpec) -> None:
    assert ErrorRate(0.01).gate(model) == Gate("error_rate", 0.01, at_most=0.5, two_sided=False, kinds=1)
