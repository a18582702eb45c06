"""Whether anything is known against the packages that a model's directory pins."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.validators.providers.advisories import ASKED, Advisory, Service
from sluicegate.validators.runner.finding import Finding, fail, inconclusive, passed, skipped
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.fault import SHOWN
from sluicegate.validators.submission.files import ModelFiles
from sluicegate.validators.submission.requirements import FILES, MOST_BYTES, Pin, pins

MOST_PACKAGES = 1_000
"""Of one model: each is one question to the service."""
UNKNOWN = f"Pin a version that the package index has, or ask a service that knows it: {ASKED}=https://..."


@check(
    "known-vulnerabilities",
    family="quality",
    remedy="Pin a version without it; where none is, let an owner write a waiver that ends.",
)
def known_vulnerabilities(files: ModelFiles, advisory_service: Service | None) -> Iterator[Finding]:
    """Nothing is known against the packages that the model's directory pins.

    pip-audit asks the database of the Python Packaging Advisories, or a service that speaks OSV's API, about
    each package of requirements*.txt. That takes the network, so it is done where the machine that judges
    says SLUICE_AUDIT=1, and a service that does not answer is an error there. The program gets names and
    versions alone, and installs nothing. What is not pinned, requirements-pinned names.
    """
    names = [name for name, entry in files.entries.items() if entry.plain and FILES.fullmatch(name)]
    if not names:
        yield skipped(f"{files.path} has no requirements.txt")
        return
    if advisory_service is None:
        yield skipped(f"not run: {ASKED} does not ask for it", files.position(names[0]))
        return
    found: dict[str, list[Pin]] = {}
    for name in names:
        data = files.head(name, MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            words = f"{name} has over {MOST_BYTES:,} bytes"
            yield inconclusive(words, files.position(name), remedy="Pin fewer packages.")
            continue
        found[name] = list(pins(data.decode("utf-8", "replace")))
    packages = {(pin.name, pin.version) for those in found.values() for pin in those}
    if len(packages) > MOST_PACKAGES:
        words = f"{len(packages):,} packages are pinned, and {MOST_PACKAGES:,} are asked about at most"
        yield inconclusive(words, files.position(names[0]), remedy="Pin fewer packages.")
        return
    known = advisory_service.advisories(packages) if packages else {}
    for name, those in found.items():
        for pin in those:
            yield from _of(pin, known, files, name)
    if len(known) == len(packages) and not any(known.values()):
        words = f"nothing is known against {len(known):,} pinned packages"
        yield passed(words, files.position(names[0]), observed=len(known))


def _of(
    pin: Pin, known: dict[tuple[str, str], tuple[Advisory, ...]], files: ModelFiles, name: str
) -> Iterator[Finding]:
    at = files.position(name, pin.line)
    entries = known.get((pin.name, pin.version))
    if entries is None:
        words = f"{pin.name} {pin.version} is not in the database: nothing is known of it"
        yield inconclusive(words, at, remedy=UNKNOWN)
        return
    for entry in entries[:SHOWN]:
        yield fail(f"{pin.name} {pin.version} has {_named(entry)}", at)
    if len(entries) > SHOWN:
        yield fail(f"{pin.name} {pin.version} has {len(entries) - SHOWN:,} more", at)


def _named(entry: Advisory) -> str:
    """An advisory in words: `PYSEC-2021-1 (CVE-2021-1), fixed in 1.22.0`."""
    aliases = f" ({', '.join(entry.aliases[:SHOWN])})" if entry.aliases else ""
    fixed = f"fixed in {' and '.join(entry.fixed[:SHOWN])}" if entry.fixed else "fixed in no version yet"
    return f"{entry.id}{aliases}, {fixed}"
