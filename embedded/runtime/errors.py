"""What can go wrong in the embedded runtime, each with its own name and a remedy."""

from sluicegate.specs.errors import SluiceError


class RuntimeFault(SluiceError):
    """The base of all errors of the embedded runtime's own."""


class ArtifactMissing(RuntimeFault):
    """The artifact is not in the repository, or is not the one whose digest the release names."""


class RuntimeDied(RuntimeFault):
    """The runtime's process ended, or did not become ready."""


class NotServed(RuntimeFault):
    """The tracks that were waited for did not come into effect in time."""


class RowsUnusable(RuntimeFault):
    """The rows to send cannot be read, or lack a column."""
