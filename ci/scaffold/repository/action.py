"""Which action on GitHub judges: what a person names, else where this installation came from."""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError, distribution

from sluicegate.ci.bootstrap.repository_address import github_repository
from sluicegate.ci.scaffold.repository import OWN_ACTION
from sluicegate.specs.yamlio import InputError

_ACTION = re.compile(r"(?P<repository>[A-Za-z0-9-]+/[A-Za-z0-9._-]+)(@(?P<commit>[0-9a-f]{40}))?")
_COMMIT = re.compile(r"[0-9a-f]{40}")


def uses(action: str | None) -> str | None:
    """What stands behind `uses:`; None where no action is named, nor known.

    Raises InputError for a name that can move, and where no commit is known.
    """
    if action == OWN_ACTION:
        return action
    if action is None:
        action = installed_from(_direct_url())
        if action is None:
            return None
    match = _ACTION.fullmatch(action)
    if match is None:
        raise InputError.of(
            f"{action[:200]!r} is not OWNER/NAME or OWNER/NAME@COMMIT (40 hex digits)",
            "name the repository whose action judges, at a commit: a tag can move",
            where="--action",
        )
    if match["commit"]:
        return f"{match['repository']}/ci@{match['commit']}"
    return _at_own_commit(match["repository"])


def _at_own_commit(repository: str) -> str:
    from sluicegate import __version__
    from sluicegate.gate.daemon.code import code_commit

    commit = code_commit()
    if not _COMMIT.fullmatch(commit):
        raise InputError.of(
            f"this sluice was built from no commit that can be named ({commit})",
            f"name the commit to use: --action {repository}@COMMIT",
        )
    return f"{repository}/ci@{commit} # v{__version__}"


def installed_from(direct_url: str | None) -> str | None:
    """OWNER/NAME@COMMIT on GitHub, as pip records what it installed from git; None for any other origin.

    See packaging.python.org, "Recording the Direct URL Origin of installed distributions".
    """
    try:
        said = json.loads(direct_url or "null")
        repository = github_repository(said["url"])
        commit = said["vcs_info"]["commit_id"]
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return f"{repository}@{commit}" if repository and _COMMIT.fullmatch(str(commit)) else None


def _direct_url() -> str | None:
    try:
        return distribution("sluicegate").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
