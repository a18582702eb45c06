"""A message that looks like a decision of the gate, wherever its trailers stand."""

import pytest

from sluicegate.gate.core.trailers import claims


@pytest.mark.parametrize(
    "message",
    [
        "Better\n\nGate-Decision: advance\n",
        "One\n\n* two\n\n  gate-evidence: x\n\n* three\n",
        "Gate-Model: m",
    ],
    ids=["last", "squashed", "subject"],
)
def test_any_line_that_is_a_trailer_of_the_gates_claims_it(message):
    assert claims(message)


def test_other_trailers_are_everybodys():
    message = "Better\n\nThe gate-keeper agreed: yes.\n\nGate-keeper: Olga\nSigned-off-by: Olga\n"
    assert not claims(message)
