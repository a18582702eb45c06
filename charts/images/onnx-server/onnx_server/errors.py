"""What can go wrong: the command cannot do its work, or one request cannot be answered."""


class ServeError(Exception):
    """The command cannot do its work; the message names what is wrong and ends in a remedy."""


class ArtifactMismatch(ServeError):
    """The file is not the artifact that was asked for."""


class ArtifactUnusable(ServeError):
    """The file is the right one, and onnxruntime or this server cannot serve it."""


class RuntimeMissing(ServeError):
    """onnxruntime is not installed."""


class BothRuntimes(ServeError):
    """onnxruntime and onnxruntime-gpu are both installed: one module name, two contents."""


class ProviderUnavailable(ServeError):
    """The execution provider that was asked for cannot be used here."""


class PortTaken(ServeError):
    """Something else listens on the port."""


class AddressUnusable(ServeError):
    """The address to listen on is none of this machine's."""


class ConfigInvalid(ServeError):
    """server.json does not say what to serve."""


class ModelFileInvalid(ServeError):
    """model.yaml is not what was asked for, or holds what it may not."""


class NotFound(ServeError):
    """The source has no such file (404, 410)."""


class SourceRefused(ServeError):
    """The source answered and will not give the file: credentials, a redirect, another status."""


class SourceUnreachable(ServeError):
    """The source did not answer whole and well within the time for retries."""


class TooLarge(ServeError):
    """The source gives more bytes than the limit."""


class TooSlow(ServeError):
    """The whole fetch did not end within its deadline."""


class TokenUnusable(ServeError):
    """The token file cannot be used as a credential."""


class PlaceUnusable(ServeError):
    """The directory to write into cannot be written."""


class RequestError(Exception):
    """A request that is answered with an error.

    `status` is the HTTP status, `reason` a word of a small fixed set (it labels a counter), and the message
    says to the client what is wrong.
    """

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
