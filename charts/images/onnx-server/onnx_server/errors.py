"""The two kinds of error: the server cannot start, or one request cannot be answered."""


class ServeError(Exception):
    """The server cannot start; the message names what is wrong and ends in a remedy."""


class ArtifactMismatch(ServeError):
    """The file is not the artifact that was asked for."""


class ArtifactUnusable(ServeError):
    """The file is the right one, and onnxruntime or this server cannot serve it."""


class RuntimeMissing(ServeError):
    """onnxruntime is not installed."""


class BothRuntimes(ServeError):
    """onnxruntime and onnxruntime-gpu are both installed: one module name, two contents."""


class PortTaken(ServeError):
    """Something else listens on the port."""


class RequestError(Exception):
    """A request that is answered with an error.

    `status` is the HTTP status, `reason` a word of a small fixed set (it labels a counter), and the message
    says to the client what is wrong.
    """

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
