"""Why a cluster cannot be used, with what to do about it."""

from __future__ import annotations

import re

from sluicegate.specs.errors import SluiceError

_MANAGERS = re.compile(r'conflicts? with "([^"]+)"')


class ClusterError(SluiceError):
    """The cluster cannot be used as it is."""


class Conflict(ClusterError):
    """Other managers own fields of what was to be applied."""

    def __init__(self, message: str, remedy: str, reason: str) -> None:
        super().__init__(message, remedy)
        self.managers = frozenset(_MANAGERS.findall(reason))
        """Their names, as the API server tells them."""


def refusal(status: int, reason: str, what: str) -> ClusterError:
    """The error for an answer of 400 or more: `reason` is the API server's, `what` was requested."""
    if status == 401:
        message = f"the cluster does not know this account ({what}: {reason})"
        return ClusterError(message, "renew the kubeconfig's credentials")
    if status == 403:
        message = f"{what} is forbidden to this account ({reason})"
        return ClusterError(message, "let an administrator run it, or grant that")
    if status == 404:
        message = f"{what} is not there, or its namespace is not ({reason})"
        return ClusterError(message, "see --argocd-namespace and --gate-namespace")
    if status == 409:
        message = f"{what} is kept by somebody else ({reason})"
        return Conflict(message, "let them give it up, or take it over with --force", reason)
    if status in (400, 422):
        message = f"the cluster refuses {what} ({reason})"
        return ClusterError(message, "see that its Argo CD is 3.2 or later")
    return ClusterError(f"{what}: the API server answers {status} ({reason})", "see its log")
