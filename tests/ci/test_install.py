"""What the action installs: by the hashes of its locks, into a place that a cache can bring back.

The installation itself, from the package index, is in tests/packaging.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from sluicegate.ci import install

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "extras"),
    [("cpu", ("cpu",)), ("gpu", ("gpu",)), ("cpu,data", ("cpu", "data")), ("data gpu", ("data", "gpu"))],
)
def test_extras(text: str, extras: tuple[str, ...]) -> None:
    assert install.extras_of(text) == extras


@pytest.mark.parametrize("text", ["", "data", "cpu,gpu", "cpu,--index-url=x", "train"])
def test_what_names_no_engine_or_is_unknown_is_refused(text: str) -> None:
    with pytest.raises(install.Refused, match="extras"):
        install.extras_of(text)


@pytest.mark.parametrize("extra", install.EXTRAS)
def test_each_lock_pins_every_package_by_hash(extra: str) -> None:
    (lock,) = install.locks((extra,))
    packages = re.split(r"(?m)^(?=[a-z])", lock.read_text())[1:]
    assert len(packages) > 50
    assert [text.split()[0] for text in packages if "--hash=sha256:" not in text] == []


@pytest.mark.parametrize("extra", install.EXTRAS)
def test_each_lock_has_all_that_the_package_depends_on(extra: str) -> None:
    """After a new dependency: `make lock`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"][extra], "uv", "setuptools"]
    names = {re.match(r"[A-Za-z0-9._-]+", line)[0].replace(".", "-").lower() for line in wanted}
    (lock,) = install.locks((extra,))
    assert names <= {
        name.replace(".", "-") for name in re.findall(r"(?m)^([a-z0-9._-]+)==", lock.read_text())
    }


def test_locks_agree_on_every_version() -> None:
    """So that `cpu,data` installs, and what a job runs is what the project is tested with."""
    pins: dict[str, set[str]] = {}
    for lock in [*install.locks(install.EXTRAS), ROOT / "requirements.lock"]:
        for name, version, marker in re.findall(
            r"(?m)^([a-z0-9_.-]+)==(\S+)( ; [^\\\n]+)?", lock.read_text()
        ):
            pins.setdefault(f"{name}{marker.strip()}", set()).add(version)
    assert {name: versions for name, versions in pins.items() if len(versions) > 1} == {}


def test_the_key_changes_with_extras_place_and_interpreter(tmp_path: Path, monkeypatch) -> None:
    keys = [
        install.key(("cpu",), tmp_path),
        install.key(("gpu",), tmp_path),
        install.key(("cpu",), tmp_path / "x"),
    ]
    monkeypatch.setattr(sys, "executable", "/other/python")
    keys.append(install.key(("cpu",), tmp_path))
    assert len(set(keys)) == 4


def test_place_says_path_and_key_to_the_job(tmp_path: Path, monkeypatch) -> None:
    output = tmp_path / "output"
    for name, value in {"RUNNER_TEMP": tmp_path, "GITHUB_OUTPUT": output, "SLUICE_EXTRAS": "cpu"}.items():
        monkeypatch.setenv(name, str(value))
    assert install.main(["place"]) == 0
    said = dict(line.split("=", 1) for line in output.read_text().splitlines())
    assert said == {
        "path": str(tmp_path / "sluicegate"),
        "key": install.key(("cpu",), tmp_path / "sluicegate"),
    }


def test_outside_of_a_job_it_says_so(monkeypatch, capsys) -> None:
    monkeypatch.delenv("RUNNER_TEMP", raising=False)
    assert install.main(["place"]) == 1
    assert "RUNNER_TEMP is not set" in capsys.readouterr().err


def test_an_environment_that_is_complete_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / install.COMPLETE).write_text("key")
    assert not install.make(tmp_path, ("cpu",), "key")


def test_the_revision_is_a_commit_or_nothing_that_was_given() -> None:
    assert install.revision({"SLUICE_REVISION": "a" * 40}) == "a" * 40
    assert install.revision({"SLUICE_REVISION": "v1"}) != "v1"


def test_the_action_names_each_input_that_a_step_reads() -> None:
    action = yaml.safe_load((ROOT / "ci/action.yml").read_text())
    read = set(re.findall(r"inputs\.([a-z-]+)", (ROOT / "ci/action.yml").read_text()))
    assert read == set(action["inputs"])
