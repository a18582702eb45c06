"""A bare repository of thousands of models, written in seconds by `git fast-import`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from sluicegate.embedded.demo.stage import MODEL, PRODUCT
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.repository import MAIN, Repository
from sluicegate.specs import layout, release_file
from sluicegate.specs.release import Release, Version

PER_COMMIT = 50
"""Models that one commit brings, and releases that one commit writes."""
BEGAN = 1_767_225_600
"""When the first commit is made, in seconds since 1970; each later one a second later."""
STABLE = 2
"""The version that every model has, as the demonstration's has it."""
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Fleet:
    """`models` models, all stable in every one of `environments` environments; then people bring new ones."""

    models: int
    environments: int = 1
    url: str = "http://127.0.0.1:1"
    """What the environments' metrics are read from."""

    @property
    def names(self) -> list[str]:
        """The names of the models."""
        return [f"model-{number:05}" for number in range(self.models)]

    @property
    def places(self) -> list[str]:
        """The names of the environments, in order."""
        return [f"env-{number}" for number in range(self.environments)]

    def write(self, path: Path) -> BareRepository:
        """Create the repository; its branch main has all of it."""
        git = BareRepository.create(path)
        digest = _digest(_demonstrated())
        environments = {
            layout.environment_path(name): self._environment(at) for at, name in enumerate(self.places)
        }
        history = _History(git)
        history.commit("environments", environments)
        brought: dict[str, int] = {}
        for group in _groups(self.names):
            files = {layout.model_path(name): _spec(name) for name in group}
            mark = history.commit(f"{group[0]} and others", files)
            brought |= dict.fromkeys(group, mark)
        shas = history.written()
        for environment in self.places:
            for group in _groups(self.names):
                releases = {
                    layout.release_path(environment, name): _release(
                        environment, name, shas[brought[name]], digest
                    )
                    for name in group
                }
                history.commit(f"{environment}: {group[0]} and others", releases)
        history.written()
        return git

    def _environment(self, at: int) -> str:
        after = f"  after: {self.places[at - 1]}\n" if at else ""
        return (
            "apiVersion: sluicegate.dev/v1\nkind: Environment\n"
            f"metadata: {{name: {self.places[at]}}}\nspec:\n  namespace: {self.places[at]}\n"
            f"  traffic: embedded\n  require: []\n  smoke: false\n{after}"
            f'  metrics: {{source: scrape, url: "{self.url}"}}\n'
        )

    def bring(self, people: Repository, models: int) -> str:
        """Merge so many new models, which nobody has released yet, by one commit; its id. Raises GitError."""
        names = [f"new-{number:05}" for number in range(models)]
        return _merged(people, "new models", {name: _spec(name) for name in names})

    def raise_versions(self, people: Repository, names: Sequence[str]) -> str:
        """Merge a higher version of these models, with another artifact, by one commit; its id.

        Raises GitError.
        """
        return _merged(people, "higher versions", {name: _higher(_spec(name), name) for name in names})


def _merged(people: Repository, subject: str, specs: Mapping[str, str]) -> str:
    people.fetch()
    files: dict[str, bytes | None] = {layout.model_path(name): text.encode() for name, text in specs.items()}
    author = ("bench", "bench@example.org")
    sha = people.commit(people.tip(MAIN), files, subject, datetime.now(UTC), author)
    people.push({MAIN: sha})
    return sha


def _higher(spec: str, name: str) -> str:
    """The next version of a model, whose artifact has a digest that no file has: no gate reads one."""
    digest = f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"
    return spec.replace(f"version: {STABLE}\n", f"version: {STABLE + 1}\n", 1).replace(_digest(spec), digest)


def _spec(name: str) -> str:
    """A model.yaml: the demonstration's, under another name."""
    return _demonstrated().replace(f"name: {MODEL}", f"name: {name}")


@cache
def _demonstrated() -> str:
    return (PRODUCT / "models" / MODEL / layout.MODEL_FILE).read_text(encoding="utf-8")


def _release(environment: str, model: str, revision: str, digest: str) -> str:
    return release_file.render(Release(model, environment, stable=Version(STABLE, revision, digest))).decode()


def _digest(spec: str) -> str:
    """The artifact's digest, which is the first one in a model.yaml."""
    found = _DIGEST.search(spec)
    assert found is not None  # noqa: S101 - a committed file of this repository
    return found[0]


def _groups(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), PER_COMMIT):
        yield names[start : start + PER_COMMIT]


class _History:
    """Commits to main in a row, written by fast-import when asked for."""

    def __init__(self, git: BareRepository) -> None:
        self._git = git
        self._commands: list[str] = []
        self._marks = 0
        self._tip: str | None = None

    def commit(self, subject: str, files: Mapping[str, str]) -> int:
        """One more commit that changes these files; its mark."""
        self._marks += 1
        who = f"bench <bench@example.org> {BEGAN + self._marks} +0000"
        self._commands += [f"commit refs/heads/main\nmark :{self._marks}\ncommitter {who}\n", _data(subject)]
        if self._tip is not None:
            self._commands.append(f"from {self._tip}\n")
            self._tip = None
        self._commands += [f"M 100644 inline {path}\n{_data(content)}" for path, content in files.items()]
        return self._marks

    def written(self) -> dict[int, str]:
        """Write what is there; the ids of these commits, by their marks."""
        exported = self._git.path / "marks"
        stream = "".join(self._commands).encode()
        self._git.run(
            "fast-import", "--quiet", "--date-format=raw", f"--export-marks={exported}", stdin=stream
        )
        lines = (line.split() for line in exported.read_text(encoding="ascii").splitlines())
        shas = {int(mark.removeprefix(":")): sha for mark, sha in lines}
        self._commands.clear()
        self._tip = shas[self._marks]
        return shas


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"
