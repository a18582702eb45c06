"""On whose word a file is fetched: an owner's, on a machine of theirs, or a stranger's pull request."""

from __future__ import annotations

from dataclasses import dataclass

from sluicegate.specs.artifacts.addresses import guard_of_pull_requests
from sluicegate.specs.artifacts.http import Http

RETRY_SECONDS = 60
MOST_BYTES = 64 << 30
"""Of one file, where nobody says otherwise."""


@dataclass(frozen=True)
class Access:
    """How sources are asked. `most_bytes` is of one file; a `stranger` names hosts, but no secret of ours.

    For a stranger only sources are asked that say so (`FROM_STRANGERS`), at hosts that the guard lets
    through, and credentials are shown to no host but those that an owner named.
    """

    http: Http
    most_bytes: int = MOST_BYTES
    stranger: bool = False

    def may_use_credentials(self, host: str) -> bool:
        """Whether this machine's credentials may be shown to the host."""
        guard = self.http.guard
        return not self.stranger or (guard is not None and guard.allows(host))


def of_owner(retry_seconds: float = RETRY_SECONDS) -> Access:
    """What a person fetches on their own word: from everywhere, with their credentials."""
    return Access(Http(retry_seconds, None))


def of_pull_request(retry_seconds: float = RETRY_SECONDS) -> Access:
    """What a pull request names: see `Access`."""
    return Access(Http(retry_seconds, None, guard_of_pull_requests()), stranger=True)
