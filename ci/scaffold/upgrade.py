"""What a repository of models holds of a release of Sluicegate, and what it would hold of this one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sluicegate import __version__
from sluicegate.ci.model_reader import schemas
from sluicegate.ci.scaffold.repository import WORKFLOWS, Setup, ours
from sluicegate.ci.scaffold.repository.action import uses
from sluicegate.specs import layout
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.repository import environments
from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import splice
from sluicegate.validators.helm.pinned_chart import digest_of

PRE_COMMIT = ".pre-commit-config.yaml"
_REQUIREMENT = re.compile(
    r"(?P<name>\bsluicegate(?:\[[^\]\n]*\])?\s*==\s*)(?P<version>[0-9][0-9A-Za-z.+!-]*)"
)
_USES = re.compile(
    r"(?m)^(?P<before> *(?:- )?uses: )(?P<action>(?P<repository>[^\s/]+/[^\s/@]+)/ci@[0-9a-f]{40}.*)$"
)
_REV = re.compile(r"(?m)^(?P<before>\s+rev: *)(?P<quote>['\"]?)(?P<rev>[^\s'\"#]+)")
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Change:
    """A file that is written: as it is, and as it would be."""

    path: str
    before: str
    after: str


@dataclass
class Upgrade:
    """What moves, and what is left to people, each with its reason."""

    changes: list[Change] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def upgrade(root: Path, action: str | None) -> Upgrade:
    """Everything of a repository but its charts/. Raises InputError for an `action` that is none.

    `action` is as `sluice init --action` takes it; None for what the workflows name, at this code's commit.
    Nothing is written; a registry is asked for the digest of a chart that an environment pins.
    """
    found = Upgrade()
    for part in (_requirements, _pre_commit, _workflows, _schemas, _chart_pins):
        for change in part(_Repository(root, action, found.left.append)):
            if change.after != change.before:
                found.changes.append(change)
    return found


@dataclass(frozen=True)
class _Repository:
    root: Path
    action: str | None
    leave: Callable[[str], None]

    def text(self, path: str) -> str | None:
        """A plain file; None without one, or where it is no text."""
        file = self.root / path
        if file.is_symlink() or not file.is_file():
            return None
        try:
            return file.read_bytes().decode()
        except UnicodeDecodeError:
            return None


def _requirements(repository: _Repository) -> Iterator[Change]:
    root = repository.root
    files = [*root.glob("requirements*.txt"), *root.glob("requirements/*.txt"), root / "pyproject.toml"]
    for path in sorted(file.relative_to(root).as_posix() for file in files):
        text = repository.text(path) or ""
        pins = [pin for pin in _REQUIREMENT.finditer(text) if pin["version"] != __version__]
        if not pins:
            continue
        if any("--hash" in text[pin.end() : pin.end() + 200].split("\n\n")[0] for pin in pins):
            repository.leave(f"{path}: it has hashes; compile it again for sluicegate=={__version__}")
        else:
            yield Change(path, text, _REQUIREMENT.sub(rf"\g<name>{__version__}", text))


def _pre_commit(repository: _Repository) -> Iterator[Change]:
    """The `rev` of the repository whose hooks are ours; the hook that `sluice init` writes has none."""
    text = repository.text(PRE_COMMIT)
    if text is None:
        return
    blocks = re.split(r"(?m)(?=^\s*- repo:)", text)
    after = "".join(
        _moved(repository, block) if re.search(r"id: *sluice-", block) else block for block in blocks
    )
    yield Change(PRE_COMMIT, text, after)


def _moved(repository: _Repository, block: str) -> str:
    found = _REV.search(block)
    if found is None:
        return block
    rev = f"v{__version__}"
    if _COMMIT.fullmatch(found["rev"]):
        commit = _commit(repository)
        if commit is None:
            repository.leave(
                f"{PRE_COMMIT}: its rev is a commit, and this release's is not known; see --action"
            )
            return block
        rev = commit
    return _REV.sub(lambda one: f"{one['before']}{one['quote']}{rev}", block, count=1)


def _commit(repository: _Repository) -> str | None:
    from sluicegate.gate.daemon.code import code_commit

    named = (repository.action or "").partition("@")[2] or code_commit()
    return named if _COMMIT.fullmatch(named) else None


def _workflows(repository: _Repository) -> Iterator[Change]:
    for path in (f".github/workflows/sluice-{name}.yaml" for name in WORKFLOWS):
        text = repository.text(path)
        pin = None if text is None else _USES.search(text)
        if text is None or pin is None:
            continue
        try:
            action = uses(repository.action or pin["repository"])
        except SluiceError as error:
            repository.leave(f"{path}: {error}")
            continue
        if text == ours(Setup(pin["action"], (), {}))[path]:
            yield Change(path, text, ours(Setup(action, (), {}))[path])
            continue
        repository.leave(
            f"{path}: edited, or of a release with another workflow: its pin alone moves; "
            f"`sluice init --update` writes it whole"
        )
        yield Change(path, text, _USES.sub(rf"\g<before>{action}", text))


def _schemas(repository: _Repository) -> Iterator[Change]:
    """Those that the repository keeps for its editors."""
    for path, declared in schemas().items():
        text = repository.text(path)
        if text is not None:
            yield Change(path, text, declared)


def _chart_pins(repository: _Repository) -> Iterator[Change]:
    """The chart that an environment takes from a registry, at this version where the registry has it."""
    known = environments(WorkTree(repository.root))
    for name in known.unreadable:
        repository.leave(f"{layout.environment_path(name)}: it cannot be read")
    for name, spec in known.specs.items():
        if spec.chart is None or spec.chart.version == __version__:
            continue
        path = layout.environment_path(name)
        text = (repository.root / path).read_bytes()
        try:
            digest = digest_of(spec.chart.repository, __version__)
        except SluiceError as error:
            repository.leave(f"{path}: the chart stays at {spec.chart.version}: {error}")
            continue
        pin = ("spec", "chart")
        after = splice(text, {(*pin, "version"): __version__, (*pin, "digest"): digest})
        yield Change(path, text.decode(), after.decode())
