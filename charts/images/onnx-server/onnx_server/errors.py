"""What can go wrong: the command cannot do its work, or one request cannot be answered."""

from sluicegate.specs.errors import SluiceError


class ServeError(SluiceError):
    """The command cannot do its work."""


class ArtifactUnusable(ServeError):
    """The file is the right one, and onnxruntime or this server cannot serve it."""


class RuntimeMissing(ServeError):
    """onnxruntime is not installed."""


class BothRuntimes(ServeError):
    """onnxruntime and onnxruntime-gpu are both installed: one module name, two contents."""


class ProviderUnavailable(ServeError):
    """The requested execution provider cannot be used here."""


class PortTaken(ServeError):
    """Something else listens on the port."""


class AddressUnusable(ServeError):
    """The address to listen on is not one of this machine."""


class ConfigInvalid(ServeError):
    """server.json does not say what to serve."""


class ModelFileInvalid(ServeError):
    """model.yaml is not the requested one, or holds what it must not."""


class TooSlow(ServeError):
    """The whole fetch did not end within its deadline."""


class DirectoryUnusable(ServeError):
    """The directory to write into cannot be written."""


class RequestError(Exception):
    """A request that is answered with an error.

    `status` is the HTTP status, `reason` a word of a small fixed set (it labels a counter), and the message
    tells the client what is wrong. It never ends the program, so it is not a SluiceError.
    """

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
