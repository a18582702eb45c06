"""A job of GitHub Actions, run here: the `run:` steps of a workflow as they are, by bash as Actions calls it.

Actions of others are JavaScript that talks to GitHub; a test gives a function for each that a job uses. Our
own composite action runs step by step.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from support.expressions import fill, value_of
from support.repositories import git

ROOT = Path(__file__).resolve().parents[2]
Use = Callable[["Job", Mapping[str, str]], Mapping[str, str]]


def workflow(path: Path) -> dict[str, Any]:
    """A workflow's content; `on` is a key, not YAML 1.1's truth."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["on"] = content.pop(True)
    return dict(content)


@dataclass
class Job:
    """The state of a job: its workspace, its contexts, what its steps have said."""

    folder: Path
    event_name: str
    event: dict[str, Any]
    server: str
    token: str = ""
    vars: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    uses: dict[str, Use] = field(default_factory=dict)
    log: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    """What our own action said last."""
    needs: dict[str, Any] = field(default_factory=dict)
    """By job that this one needs: `{"outputs": ...}`."""
    said: dict[str, str] = field(default_factory=dict)
    """The job's own outputs."""
    signed: str = ""
    """The file of checksums that it had provenance signed for."""
    failed: bool = False
    ran: list[str] = field(default_factory=list)
    environments: dict[str, dict[str, str]] = field(default_factory=dict)
    """By the `run:` text, the environment that its step was given by the workflow."""
    _path: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("workspace", "temp"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "event.json").write_text(json.dumps(self.event))

    @property
    def workspace(self) -> Path:
        """Where a checkout goes, and where steps start."""
        return self.folder / "workspace"

    @property
    def temp(self) -> Path:
        """RUNNER_TEMP."""
        return self.folder / "temp"

    @property
    def repository(self) -> str:
        """OWNER/NAME."""
        return str(self.event["repository"]["full_name"])

    def run(self, job: Mapping[str, Any]) -> bool:
        """Run a job of a workflow; whether it was run at all (`if:`)."""
        contexts = self._contexts({}, {})
        if "if" in job and not value_of(str(job["if"]), contexts):
            return False
        steps = self.steps(job["steps"])
        contexts = self._contexts({}, steps)
        self.said = {name: fill(value, contexts) for name, value in job.get("outputs", {}).items()}
        return True

    def steps(
        self, steps: list[dict[str, Any]], inputs: Mapping[str, str] | None = None, action: Path | None = None
    ) -> dict[str, dict[str, str]]:
        """Run steps until one fails; those with a condition of their own go on. Their outputs by id."""
        outputs: dict[str, Any] = {}
        for number, step in enumerate(steps):
            contexts = self._contexts(inputs or {}, outputs)
            condition = str(step.get("if", "success()"))
            if "cancelled()" not in condition and "always()" not in condition and self.failed:
                continue
            if not value_of(condition, contexts):
                continue
            name = step.get("id", str(number))
            self.ran.append(name)
            said = self._use(step, contexts) if "uses" in step else self._run(step, contexts, action)
            outputs[name] = {"outputs": said}
        return outputs

    def _contexts(self, inputs: Mapping[str, str], steps: Mapping[str, Any]) -> dict[str, Any]:
        ref = str(self.event.get("ref", "refs/heads/main"))
        return {
            "github": {
                "event": self.event, "event_name": self.event_name, "repository": self.repository,
                "ref": ref, "ref_name": ref.split("/", 2)[-1], "sha": "0" * 40, "token": self.token,
                "action_ref": "", "server_url": self.server,
            },
            "runner": {"temp": str(self.temp)}, "vars": self.vars, "secrets": self.secrets,
            "inputs": inputs, "steps": steps, "needs": self.needs,
            "status": {
                "success": not self.failed, "failure": self.failed, "always": True, "cancelled": False,
            },
        }  # fmt: skip

    def _use(self, step: Mapping[str, Any], contexts: Mapping[str, Any]) -> Mapping[str, str]:
        given = {name: fill(value, contexts) for name, value in step.get("with", {}).items()}
        name = step["uses"].partition("@")[0]
        if name in self.uses:
            return self.uses[name](self, given)
        assert name == "./ci", f"no function stands in for {step['uses']}"
        return self.composite(ROOT / "ci/action.yml", given)

    def composite(self, file: Path, given: Mapping[str, str]) -> dict[str, str]:
        """Run a composite action; its outputs. Raises for an input that it does not have."""
        action = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert given.keys() <= action["inputs"].keys()
        inputs = {
            name: fill(given.get(name, spec.get("default", "")), self._contexts({}, {}))
            for name, spec in action["inputs"].items()
        }
        steps = self.steps(action["runs"]["steps"], inputs, file.parent)
        contexts = self._contexts(inputs, steps)
        self.outputs = {name: fill(spec["value"], contexts) for name, spec in action["outputs"].items()}
        return self.outputs

    def _run(
        self, step: Mapping[str, Any], contexts: Mapping[str, Any], action: Path | None
    ) -> dict[str, str]:
        if step.get("id") == "install":  # from the package index: tests/packaging
            self._path.insert(0, str(Path(sys.executable).parent))
            return {}
        files = {name: self.temp / f"{name.lower()}-{len(self.ran)}" for name in _FILES}
        for file in files.values():
            file.touch()
        own = {name: fill(value, contexts) for name, value in step.get("env", {}).items()}
        self.environments[step["run"]] = own
        environment = {
            "PATH": ":".join([*self._path, os.environ["PATH"]]), "HOME": str(self.folder), "CI": "true",
            "GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "octocat", "GITHUB_EVENT_NAME": self.event_name,
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"), "GITHUB_REPOSITORY": self.repository,
            "GITHUB_SERVER_URL": self.server, "GITHUB_API_URL": f"{self.server}/api/v3",
            "GITHUB_WORKSPACE": str(self.workspace), "RUNNER_TEMP": str(self.temp), "LC_ALL": "C.UTF-8",
            **({"GITHUB_ACTION_PATH": str(action)} if action else {}),
            **{name: str(path) for name, path in files.items()}, **own,
        }  # fmt: skip
        script = self.temp / f"step-{len(self.ran)}.sh"
        script.write_text(fill(step["run"], contexts))
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=self.workspace / fill(step.get("working-directory", "."), contexts), env=environment,
            check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.log += done.stdout
        self.summary += files["GITHUB_STEP_SUMMARY"].read_text()
        self._path[:0] = files["GITHUB_PATH"].read_text().split()
        self.failed |= done.returncode != 0
        lines = files["GITHUB_OUTPUT"].read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


_FILES = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH", "GITHUB_ENV")


def checkout(job: Job, given: Mapping[str, str]) -> dict[str, str]:
    """As actions/checkout does it: one commit, or all of the history where `fetch-depth` is 0."""
    ref = given.get("ref") or str(job.event.get("ref", "refs/heads/main"))
    depth = given.get("fetch-depth", "1")
    git("init", "--quiet", "--initial-branch=main", cwd=job.workspace)
    git("remote", "add", "origin", f"{job.server}/{job.repository}.git", cwd=job.workspace)
    everything = ("+refs/heads/*:refs/remotes/origin/*",) if depth == "0" else ()
    shallow = () if depth == "0" else (f"--depth={depth}",)
    git(
        "fetch", "--quiet", *shallow, "origin", f"+{ref}:refs/remotes/fetched", *everything, cwd=job.workspace
    )
    git("checkout", "--quiet", "--detach", "refs/remotes/fetched", cwd=job.workspace)
    return {}


def setup_python(job: Job, given: Mapping[str, str]) -> dict[str, str]:
    """The Python of the tests."""
    return {"python-path": sys.executable}


def no_cache(job: Job, given: Mapping[str, str]) -> dict[str, str]:
    """A cache that never has anything."""
    return {"cache-hit": ""}


def upload(job: Job, given: Mapping[str, str]) -> dict[str, str]:
    """The artifact as a directory beside the workspace: `artifacts/NAME`."""
    files = Path(given["path"])
    assert any(files.iterdir()) or given.get("if-no-files-found") != "error"
    shutil.copytree(files, job.folder / "artifacts" / given["name"])
    return {}


USES: dict[str, Use] = {
    "actions/checkout": checkout,
    "actions/setup-python": setup_python,
    "actions/cache": no_cache,
    "actions/cache/restore": no_cache,
    "actions/cache/save": no_cache,
    "actions/upload-artifact": upload,
}
