"""What `sluice bootstrap` is to install, checked before anything is read or connected to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sluicegate.specs.names import NAME, SHA256
from sluicegate.specs.yamlio import InputError

_REPOSITORY = r"[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)+"
"""As charts/gate/values.schema.json has it: a colon may come before a port only, so there is no tag."""
_IMAGE = re.compile(rf"(?P<repository>{_REPOSITORY})@(?P<digest>{SHA256})")
_SECRET_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


def image_by_digest(image: str, option: str) -> tuple[str, str]:
    """Repository and digest of `REGISTRY/NAME@sha256:...`. Raises InputError for anything else, as a tag."""
    match = _IMAGE.fullmatch(image)
    if match is None:
        raise InputError.of(
            f"{image[:200]!r} does not name an image by its registry, name and digest alone",
            "write REGISTRY/NAME@sha256: and 64 hexadecimal digits, without a tag: what runs must not "
            "change unseen",
            where=option,
        )
    return match["repository"], match["digest"]


@dataclass(frozen=True)
class GateOptions:
    """The gate in the cluster: its image by digest, its namespace, the secret with its repository's URL."""

    repository: str
    digest: str
    namespace: str
    secret: str

    @classmethod
    def of(cls, image: str, namespace: str, secret: str) -> GateOptions:
        """From `REGISTRY/NAME@sha256:...`. Raises InputError for anything else, a tag as well."""
        return cls(*image_by_digest(image, "--gate-image"), namespace, secret)


@dataclass(frozen=True)
class InstallOptions:
    """What to install, for which repository. Raises InputError for names that Kubernetes does not take."""

    repo: str
    """The repository's address, as Argo CD reaches it."""
    branch: str = "main"
    argocd: str = "argocd"
    """Argo CD's namespace."""
    gate: GateOptions | None = None
    previews: bool = False
    forge: str | None = None
    """The address of the forge's API; None derives it from `repo`."""

    def __post_init__(self) -> None:
        _require_namespace(self.argocd, "--argocd-namespace")
        if self.gate is not None:
            _require_namespace(self.gate.namespace, "--gate-namespace")
            _require_secret_name(self.gate.secret, "--gate-repo-secret")


def _require_namespace(name: str, option: str) -> None:
    if not re.fullmatch(NAME, name):
        raise InputError.of(
            f"{name[:200]!r} is not a name of a namespace",
            "write lower-case letters, digits and hyphens, at most 63, with a letter or digit at both ends",
            where=option,
        )


def _require_secret_name(name: str, option: str) -> None:
    if not _SECRET_NAME.fullmatch(name):
        raise InputError.of(
            f"{name[:200]!r} is not a name of a secret",
            "write lower-case letters, digits, hyphens and dots, at most 253, with a letter or digit at both "
            "ends",
            where=option,
        )
