from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from sluicegate.ci.__main__ import main

POLICY = "gates: [{metric: error_rate, margin: 0.01}]\n"


def lines(*failed):
    for number, bad in enumerate(failed):
        counts = {"requests": 1000, "canary": 10, "bad_canary": bad, "bad_stable": 5}
        start = f"2026-01-01T00:{number // 6:02}:{number % 6}0+00:00"
        yield json.dumps({"start": start, "seconds": 10, "weight": 1, "gates": {"error_rate": counts}})


@pytest.fixture
def judge(tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)

    def run(*windows, options=(), code=0):
        arguments = ["gate", "judge", str(policy), "-", *options]
        done = CliRunner().invoke(main, arguments, input="\n".join(windows))
        assert done.exit_code == code, done.output
        return done.output.splitlines()

    return run


def test_each_window_gets_a_line_with_decision_and_reason(judge):
    first, second = judge(*lines(0, 0))
    assert first.startswith("2026-01-01T00:00:10+00:00    1 %  wait      production at 1 %: ")
    assert first.endswith("the canary has had 10 of this step's 20 requests")
    assert "20 s of the 60 s" in second


def test_harm_rolls_back_and_ends_it(judge):
    *_, last = judge(*lines(*[9] * 12))
    assert "  rollback  " in last
    assert "of the canary's" in last


def test_json_has_the_judgements(judge):
    *_, last = map(json.loads, judge(*lines(*[0] * 8), options=["--json"]))
    assert (last["decision"], last["weight"], last["next"]) == ("advance", 1, 5)
    (judgement,) = last["judgements"]
    assert (judgement["gate"], judgement["requests"], judgement["proven"]) == ("error_rate", 8000, True)


def test_a_bad_line_is_named_after_the_decisions_before_it(judge):
    first, error = judge(next(lines(0)), "{", code=1)
    assert "wait" in first
    assert error.startswith("error: <stdin>:2: this is not JSON")


def test_so_is_a_bad_policy(tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text("gates: [{metric: error_rate, margin: 9}]\n")
    done = CliRunner().invoke(main, ["gate", "judge", str(policy), "-"], input="")
    assert done.exit_code == 1
    assert f"{policy}:1:" in done.output


def test_what_is_no_text_or_holds_no_window_is_an_error_and_no_crash(judge, tmp_path):
    binary = tmp_path / "windows.jsonl"
    for content, message in (
        (b"\xff\xfe{}\n", "windows.jsonl: it is not UTF-8 text"),
        (b"\n", "it has no window"),
    ):
        binary.write_bytes(content)
        done = CliRunner().invoke(main, ["gate", "judge", str(tmp_path / "policy.yaml"), str(binary)])
        assert done.exit_code == 1 and message in done.output, done.output
