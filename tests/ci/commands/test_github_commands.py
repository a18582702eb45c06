"""`sluice github commands` from an event file to the answer, as the workflow runs it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from support.forge_proxy import Fault, Proxy
from support.pull_scene import BOT, PEOPLE_OF_THE_FORGE, PullScene

from sluicegate.embedded.forge import Forge


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PullScene]:
    monkeypatch.setenv("SLUICE_TOKEN", BOT.secret)
    with Forge(tmp_path / "forge", PEOPLE_OF_THE_FORGE) as forge:
        scene = PullScene(forge, tmp_path)
        monkeypatch.setenv("SLUICE_SIGNING_KEY", scene.key.private.decode())
        yield scene
        scene.close()


def event(scene: PullScene, folder: Path, login: str, body: str) -> Path:
    comment = scene.pull_of(login).create_issue_comment(body)
    payload: dict[str, Any] = {
        "action": "created",
        "comment": comment.raw_data,
        "issue": {"number": scene.pull.number, "pull_request": {}},
        "repository": {"full_name": scene.name},
    }
    file = folder / "event.json"
    file.write_text(json.dumps(payload))
    return file


def test_a_comment_is_carried_out_and_answered(
    scene: PullScene, tmp_path: Path, sluice: Callable[..., Result]
) -> None:
    scene.report()
    words = ("--api", scene.forge.api, "--repo", scene.gate.bare)
    file = event(scene, tmp_path, "olga", "/sluice approve\n/sluice override files-allowed why")
    result = sluice("github", "commands", "--event", file, *words)
    assert result.exit_code == 0, result.output
    first, second, *_ = result.stdout.splitlines()
    assert first == "1 of 2 commands carried out"
    assert second.startswith(f"done: /sluice approve: {scene.head[:12]} is approved, commit ")
    assert "refused: /sluice override files-allowed why: files-allowed is never overridden" in result.stdout
    assert len(scene.answers()) == 1
    again = sluice("github", "commands", "--event", file, *words, "--json")
    assert json.loads(again.stdout)["answers"] == []
    assert [review.by for review in scene.reviews()] == ["@olga"]


def test_a_token_without_the_right_fails_the_job_and_says_what_it_lacks(
    scene: PullScene, tmp_path: Path, sluice: Callable[..., Result]
) -> None:
    scene.record_run()
    file = event(scene, tmp_path, "carl", "/sluice recheck")
    with Proxy(scene.forge) as proxy:
        proxy.faults = [Fault("POST", "/rerun", 403, lasting=True)]
        result = sluice("github", "commands", "--event", file, "--api", proxy.api, "--repo", scene.gate.bare)
        assert result.exit_code == 1, result.output
        assert "refused: /sluice recheck: GitHub answered 403: spoiled; the token of Slu" in result.stdout
        proxy.faults = [Fault("GET", f"/repos/{scene.name}", 404, lasting=True)]
        result = sluice("github", "commands", "--event", file, "--api", proxy.api, "--repo", scene.gate.bare)
    assert result.exit_code == 1
    assert "check that the token may read contents, and write issues and pull requests there" in result.stderr


@pytest.mark.parametrize("text", ["", "[]", '{"action": "created"}', "{" * 9000])
def test_what_is_no_event_is_a_named_error(text: str, tmp_path: Path, sluice: Callable[..., Result]) -> None:
    file = tmp_path / "event.json"
    file.write_text(text)
    result = sluice("github", "commands", "--event", file)
    assert result.exit_code == 1
    assert "issue_comment" in result.output


def test_webhooks_without_a_secret_are_refused(
    tmp_path: Path, scene: PullScene, sluice: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLUICE_WEBHOOK_SECRET", raising=False)
    words = ("--listen", "127.0.0.1:0", "--api", scene.forge.api, "--repo", scene.gate.bare)
    result = sluice("github", "commands", *words)
    assert (result.exit_code, "SLUICE_WEBHOOK_SECRET" in result.output) == (1, True)
