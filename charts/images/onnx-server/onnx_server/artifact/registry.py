"""A blob of an OCI registry, by its digest.

Source: OCI Distribution Specification 1.1, "Pulling blobs"; the token flow is the registries' common one
(a 401 with `WWW-Authenticate: Bearer realm=...`, then a GET of the realm).
"""

import json
import re
import urllib.parse
from dataclasses import dataclass
from typing import BinaryIO

from sluicegate.onnx_server.artifact.download import Source, Unauthorized, check_address
from sluicegate.onnx_server.errors import SourceRefused

_REPOSITORY = re.compile(r"[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*")
_PARAMETER = re.compile(r'([a-z]+)="([^"\\]*)"')
_MAX_TOKEN_ANSWER = 1 << 16


def blob_address(repository: str, digest: str) -> str:
    """Where `REGISTRY/REPOSITORY` has a blob: by https, unless it begins with http://.

    Raises SourceRefused.
    """
    address = repository if repository.startswith(("http://", "https://")) else f"https://{repository}"
    base, host_and_path = address.split("://", 1)
    host, _, name = host_and_path.partition("/")
    if not _REPOSITORY.fullmatch(name):
        raise SourceRefused(f"{repository} is not REGISTRY/REPOSITORY in lower case", "correct --oci")
    return check_address(f"{base}://{host}/v2/{name}/blobs/{digest}")


def _bearer(source: Source, blob: str, challenge: str, credential: str | None) -> str:
    kind, _, rest = challenge.partition(" ")
    given = dict(_PARAMETER.findall(rest))
    if kind.lower() != "bearer" or "realm" not in given:
        raise SourceRefused(
            f"{blob} asks for {kind!r} credentials", "use a registry that takes Bearer tokens"
        )
    realm = urllib.parse.urlsplit(check_address(given["realm"]))
    own = urllib.parse.urlsplit(blob)
    if realm.scheme != "https" and (realm.scheme, realm.hostname) != (own.scheme, own.hostname):
        raise SourceRefused(
            f"{blob} sends credentials to {given['realm']}, which is not https", "use another registry"
        )
    query = {key: given[key] for key in ("service", "scope") if key in given}
    address = f"{given['realm']}?{urllib.parse.urlencode(query)}"
    headers = {"Authorization": f"Basic {credential}"} if credential else {}
    try:
        answer = json.loads(source.read(address, _MAX_TOKEN_ANSWER, headers, query=True))
        token = answer.get("token") or answer.get("access_token")
    except (ValueError, AttributeError) as error:
        raise SourceRefused(f"{given['realm']} answers no token", "check the registry") from error
    if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]{1,16384}", token):
        raise SourceRefused(f"{given['realm']} answers no token", "check the registry")
    return token


@dataclass(frozen=True)
class Credentials:
    """How to come before a registry; neither: anonymously.

    `bearer` is sent as it is; `basic` (base64 of user:password) is changed for a token where the registry
    asks for that.
    """

    bearer: str | None = None
    basic: str | None = None


def copy_blob(
    source: Source, repository: str, digest: str, limit: int, target: BinaryIO, *, credentials: Credentials
) -> None:
    """Write the blob to `target`, its digest checked. Raises as `Source.copy` does."""
    blob = blob_address(repository, digest)
    bearer = credentials.bearer
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    try:
        source.copy(blob, limit, headers, digest, target)
    except Unauthorized as refused:
        if bearer or refused.code != 401 or not refused.challenge:
            raise
        token = _bearer(source, blob, refused.challenge, credentials.basic)
        source.copy(blob, limit, {"Authorization": f"Bearer {token}"}, digest, target)
