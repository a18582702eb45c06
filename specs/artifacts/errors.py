"""What can go wrong between a file's address and its bytes."""

from __future__ import annotations

from sluicegate.specs.errors import SluiceError


class ArtifactMismatch(SluiceError):
    """The file is not the artifact that was requested."""


class NotFound(SluiceError):
    """The source has no such file (404, 410)."""


class SourceRefused(SluiceError):
    """The source answered and will not give the file: credentials, a redirect, another status."""


class SourceUnreachable(SluiceError):
    """The source did not answer whole and well within the time for retries."""


class SourceUnknown(SluiceError):
    """No source is called so, or the library that it needs is not installed."""


class AddressRefused(SluiceError):
    """The address is none that may be asked here."""


class TooLarge(SluiceError):
    """The source gives more bytes than the limit."""


class NoRoom(SluiceError):
    """The disk, or a limit on a file's size, has no room for the bytes."""


class TokenUnusable(SluiceError):
    """The token file cannot be used as a credential."""


class Unauthorized(SourceRefused):
    """The source wants other credentials; `challenge` is its WWW-Authenticate header, if any."""

    def __init__(self, url: str, code: int, challenge: str | None, remedy: str = "") -> None:
        super().__init__(f"{url} answers {code}", remedy or "give credentials that may read it")
        self.code = code
        self.challenge = challenge


class TryAgain(Exception):
    """The answer may be another one soon; `after` seconds, where the source says so (RFC 9110, 10.2.3)."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after
