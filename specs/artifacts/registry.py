"""An OCI registry: its blobs by digest, with the credentials that it asks for.

Source: OCI Distribution Specification 1.1, "Pulling blobs"; the token flow is the registries' common one
(a 401 with `WWW-Authenticate: Bearer realm=...`, then a GET of the realm).
"""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

from sluicegate.specs.artifacts.addresses import check_address, is_loopback
from sluicegate.specs.artifacts.credentials import ANONYMOUS, Credentials
from sluicegate.specs.artifacts.errors import SourceRefused, Unauthorized
from sluicegate.specs.artifacts.http import Answer, Http

_REPOSITORY = re.compile(r"[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*")
_REFERENCE = re.compile(
    r"(?P<name>[^:@]+)(:(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(@[a-z0-9]+:[a-z0-9]+)?"
)
_PARAMETER = re.compile(r'([a-z]+)="([^"\\]*)"')
_MAX_TOKEN_ANSWER = 1 << 16


class Registry:
    """One repository of a registry: `REGISTRY/NAMES`, by https.

    By plain http where it begins with `http://`, or where the registry is this machine.
    """

    def __init__(self, http: Http, repository: str, credentials: Credentials = ANONYMOUS) -> None:
        """Raises SourceRefused for a name that is none."""
        scheme, _, place = repository.rpartition("://")
        self.host, _, name = place.partition("/")
        if scheme not in ("", "http", "https") or not _REPOSITORY.fullmatch(name):
            raise SourceRefused(f"{repository} is not REGISTRY/REPOSITORY in lower case", "correct it")
        loopback = is_loopback(urllib.parse.urlsplit(f"//{self.host}").hostname or "")
        scheme = scheme or ("http" if loopback else "https")
        self.address = check_address(f"{scheme}://{self.host}/v2/{name}")
        self.name = name
        self._http = http
        self._credentials = credentials
        self._plain = scheme == "http" and not loopback
        self._authorization = f"Bearer {credentials.bearer}" if credentials.bearer else None

    @contextmanager
    def open(self, digest: str, start: int = 0) -> Iterator[Answer]:
        """A blob from byte `start`. Raises as `Http.open` does."""
        with self._open(f"{self.address}/blobs/{digest}", {}, start) as answer:
            yield answer

    @contextmanager
    def open_manifest(self, reference: str, media_type: str) -> Iterator[Answer]:
        """A manifest of a media type, by its digest or tag. Raises as `Http.open` does."""
        with self._open(f"{self.address}/manifests/{reference}", {"Accept": media_type}, 0) as answer:
            yield answer

    @contextmanager
    def _open(self, url: str, headers: Mapping[str, str], start: int) -> Iterator[Answer]:
        try:
            with self._http.open(url, {**headers, **self._headers()}, start) as answer:
                yield answer
                return
        except Unauthorized as refused:
            self._authorize(refused, url)
        with self._http.open(url, {**headers, **self._headers()}, start) as answer:
            yield answer

    @contextmanager
    def request(
        self, method: str, url: str, headers: Mapping[str, str], data: IO[bytes] | bytes | None = None
    ) -> Iterator[Any]:
        """An answer of 2xx to another request, such as one that pushes. Raises as `Http.request` does."""
        try:
            with self._http.request(method, url, {**headers, **self._headers()}, data) as response:
                yield response
                return
        except Unauthorized as refused:
            self._authorize(refused, url)
        if data is not None and not isinstance(data, bytes):
            data.seek(0)
        with self._http.request(method, url, {**headers, **self._headers()}, data) as response:
            yield response

    def _headers(self) -> dict[str, str]:
        return {"Authorization": self._authorization} if self._authorization else {}

    def _authorize(self, refused: Unauthorized, url: str) -> None:
        """Prepare what the registry's challenge asks for. Raises the refusal where nothing helps."""
        login = f"run `docker login {self.host}` (or oras, crane, podman) as a user that may"
        if self._credentials.bearer or refused.code != 401 or not refused.challenge:
            raise Unauthorized(url, refused.code, refused.challenge, login)
        kind, _, rest = refused.challenge.partition(" ")
        if kind.lower() == "basic" and self._credentials.basic and not self._plain:
            basic = f"Basic {self._credentials.basic}"
            if self._authorization == basic:
                raise Unauthorized(url, refused.code, refused.challenge, login)
            self._authorization = basic
        elif kind.lower() == "basic":
            raise Unauthorized(url, refused.code, refused.challenge, login)
        else:
            given = dict(_PARAMETER.findall(rest))
            self._authorization = f"Bearer {self._token(url, kind, given)}"

    def _token(self, url: str, kind: str, given: Mapping[str, str]) -> str:
        if kind.lower() != "bearer" or "realm" not in given:
            raise SourceRefused(
                f"{url} asks for {kind!r} credentials", "use a registry that takes Bearer tokens"
            )
        realm = urllib.parse.urlsplit(check_address(given["realm"]))
        own = urllib.parse.urlsplit(url)
        if realm.scheme != "https" and (realm.scheme, realm.hostname) != (own.scheme, own.hostname):
            raise SourceRefused(
                f"{url} sends credentials to {given['realm']}, which is not https", "use another registry"
            )
        query = {key: given[key] for key in ("service", "scope") if key in given}
        address = f"{given['realm']}?{urllib.parse.urlencode(query)}"
        basic = self._credentials.basic
        headers = {"Authorization": f"Basic {basic}"} if basic else {}
        try:
            answer = json.loads(self._http.read(address, _MAX_TOKEN_ANSWER, headers, query=True))
            token = answer.get("token") or answer.get("access_token")
        except (ValueError, AttributeError) as error:
            raise SourceRefused(f"{given['realm']} answers no token", "check the registry") from error
        if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]{1,16384}", token):
            raise SourceRefused(f"{given['realm']} answers no token", "check the registry")
        return token


def split(reference: str) -> tuple[str, str | None]:
    """REGISTRY/REPOSITORY and the tag of `REGISTRY/REPOSITORY[:TAG][@DIGEST]`. Raises SourceRefused."""
    host, slash, rest = reference.partition("/")
    found = _REFERENCE.fullmatch(rest)
    if not slash or found is None:
        raise SourceRefused(f"{reference} is not REGISTRY/REPOSITORY[:TAG][@DIGEST]", "correct it")
    return f"{host}/{found['name']}", found["tag"]
