"""Commit messages: what is written is read back, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.releases import T0, V1, V2

from sluicegate.gate.core.change import suspended
from sluicegate.gate.core.commands import hold, promote, release_hold, retry, rollback
from sluicegate.gate.core.decision import Decision, Figure, Interval, Judgement
from sluicegate.gate.core.trailers import TrailerError, message, parse
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Hold, Rejection, Release

NOW = T0
IDLE = Release("flight-delay", "production", stable=V1, history=(V2,))
AT_5 = replace(IDLE, canary=V2, weight=5)
JUDGED = Judgement(
    "error_rate", 0.01, 0.005, 900, 45, 0, 3, Interval(-0.1, 0.02), None, False, True, "error_rate: fine"
)
ADVANCE = Decision(
    "advance", "production at 5 %: within its margin", AT_5, replace(AT_5, weight=25), (JUDGED,)
)
EVIDENCE = "sha256:" + "ab" * 32


def test_the_whole_message():
    assert message(ADVANCE, EVIDENCE) == (
        "flight-delay in production: 5 % -> 25 %\n\n"
        "production at 5 %: within its margin\n\n"
        "- error_rate: fine\n\n"
        "Gate-Model: flight-delay\n"
        "Gate-Environment: production\n"
        "Gate-Decision: advance\n"
        "Gate-Weight: 5 -> 25\n"
        "Gate-Version: 2\n"
        f"Gate-Key: flight-delay/{V2.digest}/25\n"
        f"Gate-Evidence: {EVIDENCE}\n"
    )


def test_what_is_shown_has_a_line_after_the_gates():
    figure = Figure("p95", "ms", 900, Interval(20, 50), Interval(10, 20), "p95 (shown):\n20 .. 50 ms")
    lines = message(replace(ADVANCE, shown=(figure,)), EVIDENCE).splitlines()
    assert lines[4:6] == ["- error_rate: fine", "- p95 (shown): 20 .. 50 ms"]


@pytest.mark.parametrize(
    ("decision", "subject"),
    [
        (Decision("advance", "r", IDLE, replace(IDLE, canary=V2)), "version 2 starts dark"),
        (Decision("wait", "r", AT_5, replace(AT_5, since=NOW)), "waits at 5 %"),
        (
            Decision("hold", "r", AT_5, suspended(AT_5, Hold(NOW, "r"), NOW)),
            "version 2 suspended, 5 % -> 0 %",
        ),
        (Decision("rollback", "r", AT_5, IDLE), "version 2 rolled back from 5 %"),
        (Decision("finish", "r", AT_5, replace(IDLE, stable=V2)), "version 2 is stable"),
        (hold(AT_5, "r", NOW), "held at 5 %"),
        (hold(Release("flight-delay", "production"), "r", NOW), "held"),
        (release_hold(replace(AT_5, hold=Hold(NOW, "r")), "r", NOW), "hold released"),
        (rollback(IDLE, "r", NOW), "version 1 rolled back"),
        (promote(AT_5, Policy((5, 100), ()), None, "r", NOW), "5 % -> 100 %"),
        (
            retry(replace(IDLE, rejected=(Rejection(2, "d", "r"),)), 2, "r", NOW),
            "rejected version may start again",
        ),
    ],
)
def test_subjects(decision, subject):
    text = message(decision, EVIDENCE)
    assert text.split("\n")[0] == f"flight-delay in production: {subject}"
    assert parse(text)["Gate-Decision"] == decision.kind


def test_a_reason_that_says_all_is_not_repeated():
    decision = replace(ADVANCE, reason="production at 5 %: error_rate: fine")
    assert message(decision, EVIDENCE).count("error_rate: fine") == 1


names = st.from_regex(r"[a-z][a-z0-9-]{0,90}", fullmatch=True)


@given(names, names, st.text(), st.text(), st.integers(0, 99), st.integers(0, 100))
def test_what_is_written_is_read_back_whatever_the_reason(model, environment, reason, says, low, high):
    before = replace(AT_5, model=model, environment=environment, weight=low)
    judged = (replace(JUDGED, reason=says),)
    text = message(Decision("advance", reason, before, replace(before, weight=high), judged), EVIDENCE)
    found = parse(text)
    assert (found["Gate-Model"], found["Gate-Environment"]) == (model, environment)
    assert found["Gate-Weight"] == f"{low} -> {high}"
    assert found["Gate-Evidence"] == EVIDENCE
    assert len(text.split("\n")[0]) <= 72


@given(st.text())
def test_no_text_breaks_the_reader(text):
    for message_text in (text, text + "\n\nGate-Model: x\nGate-Decision: advance\n" + text):
        found = parse(message_text)
        assert found is None or all("\n" not in value for value in found.values())


TEXT = message(ADVANCE, EVIDENCE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT.split("\n\n")[-1],
        TEXT + "\nSomebody was here\n",
        TEXT + "\nGate-Weight: 5 -> 100\n",
        TEXT + "Gate-Weight: 5 -> 100\n",
        TEXT + "Gate-Approved-By: me\n",
        TEXT + "not a trailer\n",
        TEXT.replace("Gate-Weight: 5 -> 25\n", ""),
        TEXT.replace("5 -> 25\n", "5 -> 250\n"),
        TEXT.replace("5 -> 25\n", "5 -> ٢٥\n"),
        TEXT.replace("5 -> 25\n", "5 -> 25\u2028\n"),
        TEXT.replace("5 -> 25\n", "5 -> 25\r\n"),
        TEXT.replace("advance", "approve"),
        TEXT.replace("sha256:ab", "sha256:AB"),
        TEXT.replace("Gate-Model", "gate-model"),
    ],
)
def test_hostile_messages_are_not_the_gates(text):
    assert parse(text) is None


def test_other_trailers_beside_are_ignored():
    assert parse(TEXT + "Signed-off-by: A Person <a@example.org>\n") == parse(TEXT)


@pytest.mark.parametrize("model", ["two\nlines", "", " ", "tab\there", "line\u2028separator"])
def test_values_that_cannot_stand_in_a_trailer_are_refused(model):
    before = replace(AT_5, model=model)
    with pytest.raises(TrailerError, match="Gate-Model"):
        message(Decision("advance", "r", before, replace(before, weight=25)), EVIDENCE)


def test_evidence_must_be_a_digest():
    with pytest.raises(TrailerError, match="Gate-Evidence"):
        message(ADVANCE, "latest")


def test_a_reason_stays_in_its_line():
    decision = replace(ADVANCE, reason="fine\x00\r\n\nGate-Weight: 5 -> 100\u2028so", judgements=())
    assert message(decision, EVIDENCE).split("\n")[2] == "fine Gate-Weight: 5 -> 100 so"
    assert parse(message(decision, EVIDENCE))["Gate-Weight"] == "5 -> 25"
