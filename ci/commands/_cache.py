"""The result cache of `sluice validate`, and of the two jobs of a workflow."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click

from sluicegate.ci.result_seals import SignedSeal, default_directory, own_seal
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.signing import KeySigner
from sluicegate.gate.daemon.keys import trusted
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.runner.finding import Finding, Report, Verdict
from sluicegate.validators.runner.inputs import Inputs, sent_for
from sluicegate.validators.runner.judge import settled
from sluicegate.validators.runner.keeping import keys_of
from sluicegate.validators.runner.limits import Limits
from sluicegate.validators.runner.registry import checks
from sluicegate.validators.runner.result_cache import ResultCache
from sluicegate.validators.runner.run import limits_of
from sluicegate.validators.runner.subject import Subject

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CacheChoice:
    """What the two options say."""

    directory: Path | None
    off: bool

    def own(self) -> ResultCache | None:
        """The user's own cache; None where there shall be none.

        Nor on a machine that lets nothing be kept, which is said in the log. Raises InputError for that where
        a directory was named.
        """
        if self.off:
            return None
        try:
            return ResultCache(self.directory or default_directory(), own_seal(), datetime.now(UTC))
        except InputError as error:
            if self.directory is not None:
                raise
            log.warning("no result is kept: %s", error)
            return None


def cache_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Where results of the same inputs are kept, as `cache`."""

    @wraps(function)
    def cached(*args: Any, cache_directory: Path | None, no_cache: bool, **options: Any) -> Any:
        return function(*args, cache=CacheChoice(cache_directory, no_cache), **options)

    directory = click.option(
        "--cache", "cache_directory", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
        envvar="SLUICE_CACHE", show_envvar=True,
        help="Where results of the same inputs are kept [default: sluicegate/results in XDG_CACHE_HOME].",
    )  # fmt: skip
    off = click.option(
        "--no-cache", is_flag=True, envvar="SLUICE_NO_CACHE", show_envvar=True,
        help="Run every check, and write nothing to the cache.",
    )  # fmt: skip
    return directory(off(cached))


def signed_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """A cache that others can write: only what a trusted key signed is believed."""
    return click.option(
        "--cache", "cache", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
        envvar="SLUICE_CACHE", show_envvar=True,
        help="Results of the same inputs that `sluice github report` believed, signed by a key of the base's "
        "environments/gate.pub.",
    )(function)  # fmt: skip


def signed_cache(
    directory: Path | None, repository: Repository, base: str, key: KeySigner | None = None
) -> ResultCache | None:
    """The cache whose entries count where the base's trusted keys signed them; `key` signs what is added."""
    if directory is None:
        return None
    return ResultCache(directory, SignedSeal(trusted(repository, base), key), datetime.now(UTC))


def keep_believed(cache: ResultCache, subjects: Sequence[Subject], report: Report, today: date) -> int:
    """Keep what a believed report says of its models, as if it had been judged here; how many results.

    The keys are made here, of what git holds: a report can say nothing of other files than those it is of.
    Only what judged, code and machine, is the report's word.
    """
    isolated = [check for check in checks().values() if check.isolated and check.id in report.checks]
    count = 0
    for subject in subjects:
        if subject.scope != "model" or not report.judge:
            continue
        found = _kept(report, subject.name)
        with tempfile.TemporaryDirectory(prefix="sluice-keys-") as folder:
            inputs = Inputs({**subject.given, "workdir": Path(folder, "files"), "today": today})
            asked = [check for check in isolated if check.id in found and not settled(check, inputs)]
            keys = keys_of(asked, inputs, limits_of(inputs, Limits()), report.judge) if asked else {}
        for name, key in keys.items():
            cache.add(key, name, found[name])
            count += 1
    cache.trim()
    return count


def _kept(report: Report, model: str) -> dict[str, list[Finding]]:
    """By check, the findings of a model that a child gave in this very run, as it gave them.

    Not those that a person or the runner changed: what is waived, and what an informative check did not show.
    Nor what depends on the day, which may be another one by now.
    """
    again = report.cached.get(model)
    every = checks()
    found: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if finding.model == model:
            found.setdefault(finding.check, []).append(replace(finding, model=""))
    return {
        name: findings
        for name, findings in found.items()
        if (again is None or name not in again.checks)
        and name in every
        and "today" not in sent_for(every[name].needs)
        and not (every[name].informative and any(one.verdict is not Verdict.PASS for one in findings))
    }
