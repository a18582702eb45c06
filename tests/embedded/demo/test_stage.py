"""The stage: a forge, a runtime an environment and the gate, ready for a team's pull requests."""

import urllib.request

import pytest

from sluicegate.embedded.demo.author import git, lay
from sluicegate.embedded.demo.stage import ENVIRONMENTS, MODEL, Stage, TooSlow


def finished_in(environment: str):
    def wanted(outcome) -> bool:
        decision = outcome.decision
        return outcome.environment == environment and decision is not None and decision.kind == "finish"

    return wanted


def test_a_first_version_is_released_from_environment_to_environment(tmp_path, material):
    with Stage(tmp_path) as stage:
        first = stage.seed_repository(material / "v1")
        stage.start_gate()
        ended = stage.wait_for(finished_in("staging"), "version 1 to be stable in staging", 150)
        assert ended.decision.release.stable.version == 1
        for environment in ENVIRONMENTS[:2]:
            stage.runtimes[environment].wait_for(MODEL, {"stable": (1, 100)})
        log = git("log", "--format=%H %an", "main", cwd=stage.bare).splitlines()
        people = [line.split(" ", 1) for line in log if not line.endswith("sluice-gate")]
        assert [name for _, name in people] == ["flight-delay team"] * 2
        assert people[0][0] == first

        pull = stage.author.propose(
            "try",
            "another version",
            "See the card.",
            lambda team: lay(material / "v3", team / "models" / MODEL),
        )
        assert {file.filename for file in pull.get_files()} == {
            f"models/{MODEL}/{name}" for name in ("README.md", "model.onnx", "model.yaml")
        }
        with urllib.request.urlopen(stage.page(pull.number), timeout=10) as page:
            assert "another version" in page.read().decode()
        said = "waited 3 s for the moon; the gate last saw:\n.*flight-delay: "
        with pytest.raises(TooSlow, match=said) as error:
            stage.wait_for(lambda _: False, "the moon", 3)
        assert str(error.value).endswith(str(tmp_path))
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(stage.page(pull.number), timeout=10)
