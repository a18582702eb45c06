"""The repository that is served, and how the gate writes to it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from sluicegate.embedded.listening import LOOPBACK
from sluicegate.gate.adapters.git.command import NoSuchFile
from sluicegate.gate.adapters.git.repository import EVIDENCE, MAIN, Repository
from sluicegate.specs import layout
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.repository import environments
from sluicegate.specs.yamlio import InputError

_CHECKOUT = "#!/bin/sh\n# main is checked out here: take over what the gate changed, and keep all else.\n"
_CHECKOUT += 'exec git read-tree -u -m HEAD "$1"\n'


@dataclass(frozen=True)
class Served:
    """`address` is what the gate reads and pushes to; `directory` is its git directory, if it is here."""

    address: str
    directory: Path | None

    @property
    def source(self) -> Path | str:
        """What the runtime follows."""
        return self.address if self.directory is None else self.directory

    @property
    def own(self) -> bool:
        """Whether the gate commits to the very repository that people work in."""
        return self.directory is not None and self.address.startswith("file://")

    def open(self, folder: Path) -> Repository:
        """The gate's copy, kept in `folder`. Raises GitError.

        git refuses a push to a branch that is checked out. Here it is taken, and the work tree follows: by
        settings of this one connection and githooks(5) push-to-checkout, so that nothing is written to the
        repository's own configuration. Files that differ from what the push changes stay as they are.
        """
        copy = Repository(self.address, folder / "gate.git", (MAIN, EVIDENCE))
        if self.own:
            hooks = folder / "hooks"
            hooks.mkdir(exist_ok=True)
            hook = hooks / "push-to-checkout"
            hook.write_text(_CHECKOUT, encoding="ascii")
            hook.chmod(0o755)
            settings = ("receive.denyCurrentBranch=updateInstead", f"core.hooksPath={hooks.resolve()}")
            receive = " ".join(["git", *(f"-c {shlex.quote(one)}" for one in settings), "receive-pack"])
            copy.git.run("config", f"remote.{self.address}.receivepack", receive)
        return copy


def embedded_environments(repository: Repository, names: tuple[str, ...]) -> dict[str, EnvironmentSpec]:
    """The embedded environments of main, those that are named or all, in their order.

    Raises InputError for a branch main that is not there, a name that it does not have, and an environment
    that cannot be read, or that this machine cannot serve.
    """
    tip = repository.tip(MAIN)
    if tip is None:
        remedy = "commit what `sluice init` wrote; a branch of another name: `git branch -m main`"
        raise InputError.of("the repository has no commit on main", remedy)
    all_of_main = environments(repository.tree(tip))
    for name, problems in all_of_main.unreadable.items():
        if name in names or not names:
            raise InputError(*problems)
    found = all_of_main.specs
    if unknown := [name for name in names if name not in found]:
        there = ", ".join(found) or "none"
        raise InputError.of(
            f"main has no environment {unknown[0]!r}; it has {there}", "correct --environment"
        )
    chosen = {name: spec for name, spec in found.items() if name in names or not names}
    here = {name: spec for name, spec in chosen.items() if names or spec.traffic == "embedded"}
    for name, spec in here.items():
        port(name, spec)
    if not here:
        remedy = "write one with `traffic: embedded` (docs/embedded.md), and commit it"
        raise InputError.of("no environment of main is embedded", remedy)
    return here


def port(name: str, spec: EnvironmentSpec) -> int:
    """The port of an environment's router: that at which the gate reads its figures. Raises InputError."""
    url = urlsplit(spec.metrics.url)
    if spec.traffic != "embedded" or spec.metrics.source != "scrape":
        message = f"{layout.ENVIRONMENTS}/{name}/environment.yaml: {name} is not embedded"
        raise InputError.of(message, "write `traffic: embedded` and `metrics: {source: scrape, url: ...}`")
    if url.scheme != "http" or url.hostname not in (LOOPBACK, "localhost") or not url.port:
        message = f"{layout.ENVIRONMENTS}/{name}/environment.yaml: metrics.url {spec.metrics.url} is not here"
        raise InputError.of(message, f'write `url: "http://{LOOPBACK}:PORT"`; the router listens there')
    return url.port


def trusts(repository: Repository) -> bool:
    """Whether main names any key that signs verdicts."""
    try:
        repository.read(repository.tip(MAIN) or "", layout.TRUSTED_KEYS)
    except NoSuchFile:
        return False
    return True


def trust(repository: Repository, public_key: bytes, now: datetime) -> str:
    """Commit and push the first key that main trusts; the commit. Raises GitError."""
    message = (
        f"{layout.TRUSTED_KEYS}: the key of `sluice up` on this machine\n\n"
        "It signs the verdicts of what is judged here, and the evidence of the gate.\n"
    )
    commit = repository.commit(repository.tip(MAIN), {layout.TRUSTED_KEYS: public_key}, message, now)
    repository.push({MAIN: commit})
    return commit
