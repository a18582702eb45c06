"""`--notify` of `sluice validate`: the verdict is told, and whatever becomes of it changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from support.http_stub import Answer, Site

from sluicegate.ci.notices import telling


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


def test_a_verdict_is_told_to_both_kinds_of_receivers(sluice, work, site, tmp_path) -> None:
    site.pages |= {"/events": b"", "/chat": b"ok"}
    chat = tmp_path / "chat"
    chat.write_text(f"{site.url}/chat\n")
    words = ("--notify", f"{site.url}/events", "--notify-slack", f"@{chat}")
    done = sluice("validate", "--all", "--check", "spec-valid", "-C", work.root, *words)
    assert done.exit_code == 0, done.output
    bodies = {request.path: json.loads(request.body) for request in site.requests}
    assert bodies["/events"]["verdict"] == "pass"
    assert bodies["/events"]["data"]["complete"] is False
    assert bodies["/chat"]["text"].startswith("pass (partial run)")


def test_a_receiver_that_fails_changes_neither_report_nor_exit_code(sluice, work, site, monkeypatch) -> None:
    monkeypatch.setattr(telling, "WAITS", ())
    site.pages["/events"] = Answer(500)
    plain = sluice("validate", "--all", "--check", "spec-valid", "--format", "junit", "-C", work.root)
    told = sluice(
        "validate", "--all", "--check", "spec-valid", "--format", "junit", "-C", work.root,
        env={"SLUICE_NOTIFY": f"{site.url}/events"},
    )  # fmt: skip
    assert (told.exit_code, told.stdout.count("<testcase")) == (0, plain.stdout.count("<testcase"))
    assert "notice not told" in told.stderr


def test_an_address_that_is_none_is_refused_before_anything_is_judged(sluice, work) -> None:
    done = sluice("validate", "--all", "-C", work.root, "--notify", "http://hooks.example/s3cret")
    assert done.exit_code == 1
    assert "unencrypted" in done.output
    assert "s3cret" not in done.output
