"""What can go wrong in the embedded runtime, each with its own name; every message ends in a remedy."""

from sluicegate.specs.errors import SluiceError


class RuntimeFault(SluiceError):
    """The base of all errors of the embedded runtime."""


class PortTaken(RuntimeFault):
    """Something else listens on the port."""


class RepositoryMissing(RuntimeFault):
    """There is no git repository where one was named, or it cannot be reached."""


class ReleaseUnreadable(RuntimeFault):
    """A release.yaml or model.yaml does not hold what the runtime needs."""


class ArtifactMissing(RuntimeFault):
    """The artifact is not in the repository, or is not the one whose digest the release names."""


class RuntimeDied(RuntimeFault):
    """The runtime's process ended, or did not become ready."""


class NotServed(RuntimeFault):
    """The tracks that were waited for did not come into effect in time."""


class RowsUnusable(RuntimeFault):
    """The rows to send cannot be read, or lack a column."""
