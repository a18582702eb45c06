from __future__ import annotations

from datetime import UTC, datetime

from sluicegate.ci.notices.judged import of_verdict
from sluicegate.validators.runner.finding import Finding, Report, Verdict

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def report(message: str = "roc_auc is 0.5", head: str | None = "a" * 40, seconds: float = 1.0) -> Report:
    finding = Finding("quality", Verdict.FAIL, message, "m", "models/m/model.yaml", 3, remedy="retrain")
    return Report((finding,), seconds, head, models={"m": Verdict.FAIL})


def test_an_event_says_the_verdict_and_what_stops(valid_event) -> None:
    event = valid_event(of_verdict(report(), "https://h/a/b", NOW).structured())
    assert (event["type"], event["verdict"], event["subject"]) == (
        "dev.sluicegate.verdict.v1", "fail", "a" * 40,
    )  # fmt: skip
    assert event["time"] == "2026-03-01T00:00:00Z"
    (blocker,) = event["data"]["blockers"]
    assert (blocker["check"], blocker["at"]) == ("quality", "models/m/model.yaml:3")


def test_the_same_verdict_of_a_commit_has_the_same_id_and_another_one_another() -> None:
    later = NOW.replace(year=2027)
    first = of_verdict(report(), "urn:x", NOW).id
    assert of_verdict(report(seconds=9.0), "urn:x", later).id == first
    assert of_verdict(report("roc_auc is 0.6"), "urn:x", NOW).id != first
    assert of_verdict(report(), "urn:y", NOW).id != first


def test_of_a_work_tree_each_run_is_an_event_of_its_own() -> None:
    later = NOW.replace(year=2027)
    assert of_verdict(report(head=None), "urn:x", NOW).id != of_verdict(report(head=None), "urn:x", later).id


def test_secrets_and_control_characters_of_a_message_stay_here(monkeypatch) -> None:
    monkeypatch.setenv("SLUICE_TOKEN", "t0pSecretValue")
    event = of_verdict(report("\x1b[31mt0pSecretValue at https://u:p@host/"), "urn:x", NOW)
    for text in (event.structured().decode(), *event.details):
        assert "t0pSecret" not in text
        assert "u:p" not in text
        assert "\x1b" not in text
        assert "u001b" not in text
