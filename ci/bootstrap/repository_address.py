"""A repository's address: whether Argo CD can use it, and what it tells about the forge."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from sluicegate.specs.yamlio import InputError

_SCHEMES = ("https", "http", "ssh", "git")
_SSH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^\s:]\S*")
"""user@host:path"""


def require_usable(repo: str) -> None:
    """Raises InputError for an address that Argo CD cannot reach, or that holds a credential."""
    address = _split(repo)
    if address.password or (address.username and address.scheme in ("http", "https")):
        raise InputError.of(
            "the repository's address holds a credential, which everybody could read in the cluster",
            "give the address without one, and make it known to Argo CD as a repository secret",
            where="--repo",
        )
    if address.query or address.fragment:
        raise InputError.of(
            "the repository's address has a query or a fragment: everybody could read a token in it",
            "end it with OWNER/NAME, and make a credential known to Argo CD as a repository secret",
            where="--repo",
        )
    if not _SSH.fullmatch(repo) and (address.scheme not in _SCHEMES or not address.hostname):
        raise _unusable()


def _split(repo: str) -> SplitResult:
    """The parts of an address, whose port is a number in range. Raises InputError."""
    try:
        address = urlsplit(repo)
        _ = address.port
    except ValueError:
        raise _unusable() from None
    if not repo.isprintable() or " " in repo:
        raise _unusable()
    return address


def _unusable() -> InputError:
    # The address is not shown: where it is written badly, a credential may be anywhere in it.
    return InputError.of(
        f"the repository's address is neither a URL ({', '.join(_SCHEMES)}) nor USER@HOST:PATH; "
        "Argo CD reaches no other, and no path of this machine",
        "name it with --repo URL, and with --from PATH where it is to be read here",
        where="--repo (without it: origin)",
    )


def owner_and_name(repo: str) -> tuple[str, str]:
    """The owner and the name of a repository. Raises InputError for an address without both."""
    path = urlsplit(repo).path if "://" in repo else repo.rpartition(":")[2]
    parts = path.strip("/").removesuffix(".git").split("/")
    if len(parts) < 2 or not all(parts[-2:]):
        raise InputError.of(
            f"{repo[:200]!r} does not name the owner and repository whose pull requests get previews",
            "give the forge's address with --repo, or leave out --previews",
        )
    return parts[-2], parts[-1]


def forge_api(repo: str) -> str:
    """The API's address of a GitHub-compatible forge. Raises InputError where `repo` does not tell it."""
    address = urlsplit(repo)
    if _on_github(repo):
        return "https://api.github.com/"
    if address.scheme in ("http", "https") and address.hostname:
        port = f":{address.port}" if address.port else ""
        return f"{address.scheme}://{address.hostname}{port}/api/v3/"
    raise InputError.of(f"{repo[:200]!r} does not say where the forge's API is", "name it with --forge-api")


def github_repository(repo: str) -> str | None:
    """OWNER/NAME of an address on github.com; None for any other."""
    try:
        return "/".join(owner_and_name(repo)) if _on_github(repo) else None
    except (InputError, ValueError):
        return None


def _on_github(repo: str) -> bool:
    return urlsplit(repo).hostname in ("github.com", "ssh.github.com") or repo.startswith("git@github.com:")
