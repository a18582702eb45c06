"""The stage: a forge, a runtime an environment and the gate, ready for a team's pull requests."""

import urllib.request
from datetime import UTC, datetime

import pytest

from sluicegate.ci.smoke import smoke_test
from sluicegate.embedded.demo.author import TEAM, copy_model
from sluicegate.embedded.demo.stage import ENVIRONMENTS, MODEL, Stage, TooSlow
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.objects import log
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.signing import signer
from sluicegate.gate.core.verdict_record import RecordedVerdict
from sluicegate.gate.daemon.code import CODE, UNKNOWN
from sluicegate.gate.daemon.verdict_writing import add
from sluicegate.specs import layout


def finished_in(environment: str):
    def finished(outcome) -> bool:
        decision = outcome.decision
        return outcome.environment == environment and decision is not None and decision.kind == "finish"

    return finished


def vouch(stage: Stage, commit: str) -> None:
    """A verdict as `stage.record` leaves it, without the seconds that the checks take."""
    with Repository(stage.bare) as repository:
        repository.fetch()
        content = str(repository.object_at(commit, layout.model_directory(MODEL)))
        verdict = RecordedVerdict(
            MODEL,
            content,
            "pass",
            1,
            commit,
            None,
            datetime.now(UTC),
            "@sluice",
            CODE,
            UNKNOWN,
            ("spec-valid",),
        )
        key = signer(stage.key_file)
        assert key is not None
        add(repository, [verdict], key, verdict.at)


def test_a_first_version_is_released_from_environment_to_environment(tmp_path, material):
    with Stage(tmp_path, smoke=smoke_test) as stage:
        _, first = stage.seed_repository(material / "v1")
        vouch(stage, first)
        stage.start_gate()
        ended = stage.wait_for(finished_in("staging"), "version 1 to be stable in staging", 150)
        assert ended.decision.release.stable.version == 1
        for environment in ENVIRONMENTS[:2]:
            stage.runtimes[environment].wait_for(MODEL, {"stable": (1, 100)})
        bare = BareRepository(stage.bare)
        people = [commit for commit in log(bare, bare.resolve("main")) if commit.author.name != "sluice-gate"]
        assert [commit.author.name for commit in people] == [TEAM.name] * 3
        assert people[0].sha == first

        pull = stage.author.propose(
            "try",
            "another version",
            "See the card.",
            lambda team: copy_model(material / "v3", team / "models" / MODEL),
        )
        assert {file.filename for file in pull.get_files()} == {
            f"models/{MODEL}/{name}" for name in ("README.md", "model.onnx", "model.yaml")
        }
        with urllib.request.urlopen(stage.page(pull.number), timeout=10) as page:
            assert "another version" in page.read().decode()
        message = "waited for the moon; the gate committed nothing for 3 s, and saw:\n.*flight-delay: "
        with pytest.raises(TooSlow, match=message) as error:
            stage.wait_for(lambda _: False, "the moon", 3)
        assert str(error.value).endswith(str(tmp_path))
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(stage.page(pull.number), timeout=10)
