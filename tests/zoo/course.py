"""The way of every model: `new model`, `validate`, a request to a server, and a second version."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support.repositories import commit_files, git

from sluicegate.specs import layout
from sluicegate.specs.release import Release, Version
from sluicegate.specs.release_file import render
from sluicegate.specs.yamlio import render_flow
from zoo.material import Specimen

SLUICE = Path(sys.executable).parent / "sluice"
ENVIRONMENT = """\
apiVersion: sluicegate.dev/v1
kind: Environment
metadata:
  name: local
spec:
  cluster: in-cluster
  namespace: models
  traffic: embedded
  metrics: {source: scrape, url: "http://127.0.0.1:8801"}
"""
STOPPING = ("fail", "error", "inconclusive")
BY_CHANCE = frozenset({"latency"})
"""Checks whose verdict depends on what else this machine does."""


@dataclass
class Passage:
    """What became of one model on its way."""

    specimen: Specimen
    notes: list[str] = field(default_factory=list)
    """What `new model` said."""
    faults: list[str] = field(default_factory=list)
    findings: tuple[list[dict[str, Any]], list[dict[str, Any]]] = field(default_factory=lambda: ([], []))
    """Of each version."""
    model_yaml: str = ""
    rows: list[tuple[str, float, float]] = field(default_factory=list)
    """What was compared: the name of a figure, the library's value and the product's."""


def sluice(*words: str | Path, root: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in the repository."""
    command = [str(SLUICE), *map(str, words), "-C", str(root)]
    return subprocess.run(command, text=True, capture_output=True, check=False, timeout=1800)


class Course:
    """A repository of its own, through which all models go together."""

    def __init__(self, root: Path, specimens: Sequence[Specimen]) -> None:
        self.root = root
        root.mkdir(parents=True)
        git("init", "--quiet", "--initial-branch=main", cwd=root)
        git("config", "user.name", "Olga", cwd=root)
        git("config", "user.email", "olga@example.org", cwd=root)
        commit_files(root, {"environments/local/environment.yaml": ENVIRONMENT}, "An environment")
        self.passages = [Passage(specimen) for specimen in specimens]

    @property
    def made(self) -> list[Passage]:
        """Those that `new model` took."""
        return [passage for passage in self.passages if passage.model_yaml]

    def begin(self) -> None:
        """`new model` for each, and one commit of all."""
        for passage in self.passages:
            specimen = passage.specimen
            files = {
                "--onnx": specimen.directory / "model.onnx",
                "--reference": specimen.directory / f"reference.{specimen.form}",
                "--evaluation": specimen.directory / f"evaluation.{specimen.form}",
            }
            words = [part for pair in files.items() for part in pair]
            done = sluice("new", "model", specimen.name, *words, *specimen.options, root=self.root)
            passage.notes = [line for line in (done.stdout + done.stderr).splitlines() if line]
            if done.returncode:
                passage.faults.append(f"new model: {' '.join((done.stdout + done.stderr).split())}")
            else:
                passage.model_yaml = self._path(specimen).read_text(encoding="utf-8")
        commit_files(self.root, {}, "Models")

    def validate_first(self) -> None:
        """Judge all as they were written, before anything runs in production."""
        self._judge(0, "--all")

    def release(self) -> None:
        """Every first version is stable in the only environment, as the gate's own file says it."""
        revision = git("rev-parse", "HEAD", cwd=self.root)
        files = {}
        for passage in self.made:
            name = passage.specimen.name
            version = Version(1, revision, digest(passage.specimen.directory / "model.onnx"))
            held = Release(name, "local", version, stable_since=datetime.now(UTC).replace(microsecond=0))
            files[layout.release_path("local", name)] = render(held)
        commit_files(self.root, files, "Released")

    def second_version(self) -> None:
        """The next artifact of each, with a rule for every metric that its library has, on a branch."""
        git("checkout", "--quiet", "-b", "next", cwd=self.root)
        for passage in self.made:
            specimen = passage.specimen
            target = self._path(specimen)
            old = digest(specimen.directory / "model.onnx")
            artifact = specimen.directory / "next.onnx"
            (target.parent / "model.onnx").write_bytes(artifact.read_bytes())
            text = passage.model_yaml.replace("  version: 1\n", "  version: 2\n").replace(
                old, digest(artifact)
            )
            rules = "".join(f"    - {render_flow(rule)}\n" for rule in every_rule(specimen))
            head, line, rest = re.split(r"(?m)^(  quality:.*\n)", text, maxsplit=1)
            target.write_text(head + line + rules + rest, encoding="utf-8")
        commit_files(self.root, {}, "Second versions")

    def validate_second(self) -> None:
        """Judge all of them as one pull request, beside production."""
        self._judge(1, "--changed", "main..next")

    def _judge(self, number: int, *words: str) -> None:
        output = self.root.parent / f"report-{number + 1}.json"
        done = sluice("validate", *words, "--format", "json", "--output", output, root=self.root)
        if not output.is_file():
            raise SystemExit(f"validate {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
        report = json.loads(output.read_text(encoding="utf-8"))
        for passage in self.made:
            mine = [one for one in report["findings"] if one["model"] == passage.specimen.name]
            passage.findings[number].extend(mine)
            passage.faults += [
                f"version {number + 1}: {one['check']} {one['verdict']}: {one['message']}"
                for one in mine
                if one["verdict"] in STOPPING and one["check"] not in BY_CHANCE
            ]
        stray = [one for one in report["findings"] if one["model"] is None and one["verdict"] in STOPPING]
        for one in stray:
            print(f"version {number + 1}: {one['check']} {one['verdict']}: {one['message']}", flush=True)

    def _path(self, specimen: Specimen) -> Path:
        return self.root / layout.model_path(specimen.name)


def every_rule(specimen: Specimen) -> Iterable[dict[str, Any]]:
    """A rule for each figure that no figure breaks: they are here to be computed."""
    from sluicegate.validators.evaluation.metrics.base import metrics

    for figure in specimen.figures[1]:
        lower = metrics()[figure.rule["metric"]].lower_is_better
        yield {**figure.rule, **({"at_most": 1e9} if lower else {"at_least": -1e9})}


def digest(path: Path) -> str:
    """As model.yaml has it."""
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
