"""The serving chart of an environment, where it comes from a registry and not from the repository."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sluicegate.specs.values import Sha256

_REPOSITORY = (
    r"^oci://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*/onnx-serving$"
)
_VERSION = r"^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$"


@dataclass(frozen=True)
class PinnedChart:
    """A chart in an OCI registry: Argo CD takes it by the digest, and so does what judges a change."""

    repository: Annotated[
        str,
        Field(
            max_length=255,
            pattern=_REPOSITORY,
            description="oci://REGISTRY/NAMES/onnx-serving, without a tag",
        ),
    ]
    """Where `helm push` put it."""
    version: Annotated[str, Field(max_length=60, pattern=_VERSION, description="as in Chart.yaml: 1.2.3")]
    """Its own version; the chart with the digest must have this one."""
    digest: Sha256
    """Of its manifest in the registry: what `helm push` prints, and `oras resolve` answers."""
