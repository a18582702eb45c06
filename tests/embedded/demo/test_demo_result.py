"""summary.json, as others may build on it, from releases that really happened."""

import json
from pathlib import Path

import click
import jsonschema
import pytest

from sluicegate.ci.commands.demo import MARK, demo_directory
from sluicegate.ci.report import rollout
from sluicegate.embedded.demo import result
from sluicegate.embedded.demo.act import Act
from sluicegate.embedded.demo.counts import Answered
from sluicegate.embedded.demo.stage import MODEL, PRODUCT, Stage

SHA = {"type": "string", "pattern": "^[0-9a-f]{40}$"}
COUNT = {"type": "integer", "minimum": 0}
ACT = {
    "act": {"type": "integer", "minimum": 1},
    "model": {"type": "string", "minLength": 1},
    "environment": {"type": "string", "minLength": 1},
    "from_version": {"type": "integer", "minimum": 1},
    "to_version": {"type": "integer", "minimum": 1},
    "verdict": {"enum": ["finish", "refused", "rollback"]},
    "commits": {"type": "array", "minItems": 1, "uniqueItems": True, "items": SHA},
    "weights": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 100}},
    "canary_requests": COUNT,
    "stable_requests": COUNT,
    "failed_stable_requests": COUNT,
    "seconds": {"type": "number", "minimum": 0},
    "reason": {"type": "string", "minLength": 1},
}
SUMMARY = {
    "acts": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": ACT,
            "required": list(ACT),
            "additionalProperties": False,
        },
    },
    "repository": {"type": "string", "pattern": "^[^/]"},
    "seconds": {"type": "number", "minimum": 0},
}
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": SUMMARY,
    "required": list(SUMMARY),
    "additionalProperties": False,
}


def quick(text: bytes) -> bytes:
    """The same model.yaml with a wide margin, so that a few dozen requests prove it."""
    before, gates, after = text.partition(b"    gates:\n")
    kept = [line for line in after.splitlines(keepends=True) if not line.startswith(b"      - {metric")]
    assert gates and len(kept) < len(after.splitlines())
    return before + gates + b"      - {metric: error_rate, margin: 0.3}\n" + b"".join(kept)


def played(production, act: Act, merged: str) -> Act:
    """An act made from a release in production, as the demonstration makes one."""
    before = production.answered()
    act.commits = [merged]
    with production.live():
        ended = production.until_ended()
    for outcome in production.looks:
        act.record(outcome)
    act.count(before, production.answered())
    act.verdict, act.reason, act.seconds = ended.decision.kind, ended.decision.reason, 1.5
    return act


def written(production, acts: list[Act]) -> dict:
    """summary.json as it is written beside the repository, checked against the contract."""
    stage = Stage(production.root)
    stage.bare = production.bare
    result.write(stage, acts, 12.34, rollout.render)
    summary = json.loads((production.root / "summary.json").read_text())
    jsonschema.Draft202012Validator(SCHEMA).validate(summary)
    assert (production.root / summary["repository"] / "HEAD").is_file()
    assert summary["seconds"] == 12.3
    return summary


def holds_every_weight(production, act: dict) -> None:
    """The weights, one after the other, are those that the act's commits set by their trailers."""
    trailers = {commit.sha: found for commit, found in production.decisions()}
    merged, *decided = act["commits"]
    assert merged not in trailers
    assert set(decided) <= set(trailers)
    moves = [trailers[sha] for sha in decided]
    assert {move["Gate-Model"] for move in moves} == {act["model"]}
    assert {move["Gate-Environment"] for move in moves} == {act["environment"]}
    after = [
        100 if move["Gate-Decision"] == "finish" else int(move["Gate-Weight"].split(" -> ")[1])
        for move in moves
    ]
    assert [w for i, w in enumerate(after) if i == 0 or after[i - 1] != w] == act["weights"]


def test_a_finished_release_is_summarised_as_git_has_it(start, material):
    production = start(material / "v1", [50, 100])
    merged = production.merge(PRODUCT / "models" / MODEL, quick)
    act = played(production, Act(1, MODEL, "production", 1, 2), merged)
    summary = written(production, [act])
    (entry,) = summary["acts"]
    assert (entry["verdict"], entry["weights"]) == ("finish", [0, 50, 100])
    assert entry["canary_requests"] > 0 and entry["failed_stable_requests"] == 0
    holds_every_weight(production, entry)
    assert production.release().stable.version == 2


def test_a_rollback_is_summarised_as_git_has_it_beside_a_refusal(production, material):
    merged = production.merge(material / "v3")
    act = played(production, Act(3, MODEL, "production", 2, 3), merged)
    act.comment = "the comment"
    refused = Act(2, MODEL, "production", 2, 3, "refused", [merged], seconds=0.1, reason="quality: worse")
    summary = written(production, [refused, act])
    entry = summary["acts"][1]
    assert entry["verdict"] == "rollback"
    assert entry["weights"] in ([0, 1, 0], [0, 1, 5, 0])
    holds_every_weight(production, entry)

    root = production.root
    assert (root / "act3-comment.md").read_text() == "the comment"
    page = (root / "act3-rollout.html").read_text()
    assert "version 2 to 3" in page
    assert "<svg" in page or "data:image" in page
    assert not (root / "act2-rollout.html").exists()


@pytest.mark.parametrize(
    ("key", "value"), [("verdict", "wait"), ("commits", ["deadbeef"]), ("weights", [101]), ("extra", 1)]
)
def test_the_contract_refuses_what_is_not_in_it(key, value):
    act = Act(2, MODEL, "production", 2, 3, "refused", ["0" * 40], reason="r").summary()
    validator = jsonschema.Draft202012Validator(SCHEMA)
    summary = {"acts": [act], "repository": "forge/a/b.git", "seconds": 1.0}
    validator.validate(summary)
    act[key] = value
    assert not validator.is_valid(summary)


def test_an_act_counts_only_what_was_answered_during_it():
    act = Act(1, MODEL, "production", 1, 2)
    act.count(
        Answered(canary=5, stable=100, failed_stable=1), Answered(canary=12, stable=300, failed_stable=3)
    )
    assert (act.canary_requests, act.stable_requests, act.failed_stable_requests) == (7, 200, 2)


def test_only_an_earlier_demonstration_or_nothing_is_cleared(tmp_path: Path):
    foreign = tmp_path / "work"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("years")
    with pytest.raises(click.UsageError, match="has other files in it"), demo_directory(foreign):
        pass
    assert (foreign / "thesis.txt").read_text() == "years"
    with pytest.raises(click.UsageError, match="cannot be used"), demo_directory(foreign / "thesis.txt"):
        pass

    for directory in (tmp_path / "new" / "demo", tmp_path / "empty"):
        with demo_directory(directory):
            (directory / "summary.json").write_text("{}")
        with demo_directory(directory):
            assert [path.name for path in directory.iterdir()] == [MARK]


def test_one_demonstration_at_a_time(tmp_path: Path):
    with demo_directory(tmp_path / "demo"):
        (tmp_path / "demo" / "summary.json").write_text("{}")
        with pytest.raises(click.UsageError, match="is still running"), demo_directory(tmp_path / "demo"):
            pass
        assert (tmp_path / "demo" / "summary.json").exists()
