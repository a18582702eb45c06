"""What is known against packages: pip-audit, asked by the parent, where this machine says so."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sluicegate.validators.helm.command import TOOL, ToolAbsent, ToolError, run, tool
from sluicegate.validators.runner.inputs import Unavailable, provides
from sluicegate.validators.submission.requirements import REQUIREMENTS

ASKED = "SLUICE_AUDIT"
"""1 asks pip-audit's own database, an address a service that speaks OSV's API; unset asks nobody."""
PROGRAM = "pip-audit"
INSTALL = "Install Sluicegate's extra `audit`, or pip-audit 2.9 or later"
UNREACHED = f"Let this machine reach the service, or name another with {ASKED}=https://..., or unset {ASKED}."
LIMITS = replace(TOOL, wall_s=300)
THROUGH = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
"""What leads to the service: the only variables that pip-audit gets of ours."""

Package = tuple[str, str]
"""Normalised name and version."""


@dataclass(frozen=True)
class Advisory:
    """One entry of the database: its id, the ids that others gave it, the versions that mend it."""

    id: str
    aliases: tuple[str, ...]
    fixed: tuple[str, ...]


@dataclass(frozen=True)
class Service:
    """Whom pip-audit asks: its own database, or an address."""

    program: Path
    address: str | None
    folder: Path

    def advisories(self, packages: Collection[Package]) -> dict[Package, tuple[Advisory, ...]]:
        """What is known against each; a package that the database does not have is left out.

        pip-audit is given names and versions alone, none of the submission's own lines, and installs nothing.
        Raises Unavailable where it cannot ask.
        """
        known: dict[Package, tuple[Advisory, ...]] = {}
        for group in _one_of_a_name(sorted(packages)):
            found = self._asked(group)
            known |= {(name, version): found[name] for name, version in group.items() if name in found}
        return known

    def _asked(self, group: Mapping[str, str]) -> dict[str, tuple[Advisory, ...]]:
        """Advisories by name, of packages at these versions."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / REQUIREMENTS
        # A local version (2.1.0+cpu) is a build of the public one, by which advisories go.
        file.write_text("".join(f"{name}=={group[name].partition('+')[0]}\n" for name in group))
        words: list[str | Path] = [self.program, "--requirement", file, "--no-deps", "--disable-pip"]
        words += ["--format", "json", "--progress-spinner", "off", "--cache-dir", self.folder / "cache"]
        if self.address is not None:
            words += ["--vulnerability-service", "osv", "--osv-url", self.address]
        variables = {name: value for name, value in os.environ.items() if name.upper() in THROUGH}
        try:
            done = run(words, self.folder, LIMITS, variables)
        except ToolError as problem:
            raise Unavailable(f"{PROGRAM} was {problem.message}", remedy=UNREACHED) from problem
        try:
            return dict(_answers(json.loads(done.output)))
        except (ValueError, KeyError, TypeError) as problem:
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise Unavailable(f"{PROGRAM} got no answer: {last[:300]}", remedy=UNREACHED) from problem


def _one_of_a_name(packages: Sequence[Package]) -> Iterator[dict[str, str]]:
    """Groups in which no name is twice: pip-audit refuses a file that pins one package at two versions."""
    rest = list(packages)
    while rest:
        group = dict(rest)
        yield group
        rest = [(name, version) for name, version in rest if group[name] != version]


def _answers(found: Any) -> Iterator[tuple[str, tuple[Advisory, ...]]]:
    for one in found["dependencies"]:
        if "skip_reason" not in one:
            yield str(one["name"]), tuple(map(_advisory, one["vulns"]))


def _advisory(entry: Mapping[str, Any]) -> Advisory:
    return Advisory(str(entry["id"]), _texts(entry["aliases"]), _texts(entry["fix_versions"]))


def _texts(values: Sequence[Any]) -> tuple[str, ...]:
    return tuple(map(str, values))


def is_asked() -> bool:
    """Whether this machine lets anybody be asked."""
    return os.environ.get(ASKED, "") not in ("", "0")


@provides("advisory_service")
def advisory_service(workdir: Path) -> Service | None:
    """Whom this machine lets be asked; None where it does not say so."""
    if not is_asked():
        return None
    asked = os.environ[ASKED]
    address = None if asked == "1" else asked
    if address is not None and not address.startswith(("https://", "http://")):
        raise Unavailable(
            f"{ASKED}={asked!r} is neither 1 nor an address", remedy=f"Set {ASKED}=1, or unset it."
        )
    return Service(program(), address, workdir / "audit")


def program() -> Path:
    """pip-audit as `tool` finds it, else beside this Python, where the extra puts it. Raises Unavailable."""
    beside = Path(sys.executable).with_name(PROGRAM)
    try:
        return tool(PROGRAM, "SLUICE_PIP_AUDIT", INSTALL)
    except ToolAbsent as problem:
        if "SLUICE_PIP_AUDIT" not in os.environ and beside.is_file():
            return beside
        raise Unavailable(problem.message, remedy=problem.remedy, tool=PROGRAM) from problem
