from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sluicegate.ci.__main__ import main
from sluicegate.gate.simulate.rivals.all import RIVALS
from sluicegate.gate.simulate.scenarios import BY_NAME, OWN

ROOT = Path(__file__).parents[3]


def simulate(*arguments, code=0):
    done = CliRunner().invoke(main, ["gate", "simulate", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done.output


def test_the_table_has_a_line_for_each_rule():
    head, _, *rows = simulate("--scenario", "broken", "--rollouts", 3, "--rivals").splitlines()
    assert head.startswith("| scenario | rule | finished | rolled back | held | false, at most |")
    assert [row.split(" | ")[1] for row in rows] == ["sluice", *RIVALS]
    assert rows[0].startswith(
        "| 0.5 -> 50 % fail, 100/s | sluice | 0.0 % | 100.0 % | 0.0 % | 63.2 % promotion"
    )


def test_the_same_seed_prints_the_same_figures():
    once = simulate("--scenario", "null", "--rollouts", 3, "--seed", 5)
    assert simulate("--scenario", "null", "--rollouts", 3, "--seed", 5) == once


def test_json_has_counts_shares_and_bounds():
    (score,) = json.loads(simulate("--scenario", "null", "--rollouts", 3, "--json"))["scores"]
    assert (score["rule"], score["scenario"], score["error"]) == ("sluice", "null", "rollback")
    assert score["rolled_back"] == score["false"]
    assert score["finished"] == {"count": 3, "of": 3, "share": 1.0, "upper": 1.0}
    assert score["to_finish"]["seconds"] >= 240


def test_list_names_every_scenario():
    assert [line.split()[0] for line in simulate("--scenario", "list").splitlines()] == [*BY_NAME]


def test_plots_are_documents_of_their_own(tmp_path):
    simulate("--scenario", "null", "--scenario", "broken", "--rollouts", 2, "--plot", tmp_path / "plots")
    drawn = {path.name: path.read_text() for path in (tmp_path / "plots").iterdir()}
    assert {*drawn} == {"false-rollbacks.svg", "false-promotions.svg", "delay.svg"}
    assert all(text.startswith("<svg ") for text in drawn.values())
    assert "null  sluice" in drawn["false-rollbacks.svg"]
    assert "broken  sluice" in drawn["delay.svg"]


def test_written_traffic_gives_the_figures_that_its_scenario_gives(tmp_path):
    file = tmp_path / "null.jsonl.gz"
    policy = tmp_path / "policy.yaml"
    policy.write_text("deadline: 20m\ngates: [{metric: error_rate, margin: 0.01}]\n")
    same = ("--policy", policy, "--rollouts", 2, "--json")
    assert simulate(*same, "--scenario", "null", "--write-traffic", file) == ""
    assert simulate(*same, "--traffic", file) == simulate(*same, "--scenario", "null")


def test_a_failure_rate_that_was_asked_for_is_in_the_title():
    output = simulate("--scenario", "null", "--rollouts", 1, "--failure-rate", 0.1)
    assert "| no harm: 0.5 % fail, 100/s (in place of its own failure rate 10 %) |" in output


def test_ones_own_model_is_judged_at_its_own_traffic():
    output = simulate(
        "-C", ROOT, "--model", "flight-delay", "--scenario", "cold-start", "--rollouts", 1, "--json"
    )
    (score,) = json.loads(output)["scores"]
    assert score["title"].endswith("answers fail, 5/s")
    assert score["rolled_back"]["count"] == 0
    assert score["finished"]["count"] == 1


def test_its_scenarios_are_those_that_its_traffic_can_be_put_into(tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text("deadline: 10m\ngates: [{metric: error_rate, margin: 0.01}]\n")
    found = json.loads(simulate("--policy", policy, "--rollouts", 1, "--json"))["scores"]
    assert [score["scenario"] for score in found] == [*OWN]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--scenario", "nul"), 1, "there is no scenario 'nul'"),
        (("--policy", "missing.yaml"), 1, "missing.yaml cannot be read"),
        (("--model", "m", "--policy", "p"), 2, "--policy and --model exclude each other"),
        (("--traffic", "t", "--scenario", "null"), 2, "--traffic is recorded"),
        (("--traffic", "t", "--requests-per-second", "5"), 2, "--traffic is recorded"),
        (("--traffic", "t", "--failure-rate", "0"), 2, "--traffic is recorded"),
        (("--traffic", "t", "--write-traffic", "u"), 2, "--traffic is recorded"),
        (("--env", "production"), 2, "--env goes with --model"),
        (("-C", str(ROOT), "--model", "digits", "--env", "moon"), 1, "there is no environment 'moon'"),
        (
            ("-C", str(ROOT), "--model", "digit"),
            1,
            "error: no model is called 'digit'; did you mean digits?\n",
        ),
        (("--write-traffic", "all.jsonl"), 1, "a traffic file holds one scenario"),
        (("--rollouts", "0"), 2, "0 is not in the range"),
    ],
)
def test_what_is_wrong_is_named(arguments, code, message):
    assert message in simulate(*arguments, code=code)


def test_a_policy_without_a_gate_of_failures_is_refused(tmp_path):
    policy = tmp_path / "model.yaml"
    policy = tmp_path / "flight-delay" / "model.yaml"
    policy.parent.mkdir()
    lines = (ROOT / "models/flight-delay/model.yaml").read_text().splitlines()
    kept = [line for line in lines if not {"error_rate", "slow_requests"} & {*line.replace(",", " ").split()}]
    policy.write_text("\n".join(kept))
    assert "no gate with one kind of failure" in simulate("--policy", policy, code=1)
