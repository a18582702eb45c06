"""The serving chart that an environment takes from a registry, in place of the repository's own charts/.

Source: Helm, "Use OCI-based registries" (the manifest's media types); OCI Image Specification 1.1.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath

import sluicegate
from sluicegate.specs import layout
from sluicegate.specs.artifacts.access import Access, of_owner, of_pull_request
from sluicegate.specs.artifacts.cache import Cache, directory
from sluicegate.specs.artifacts.http import within
from sluicegate.specs.artifacts.reference import Reference
from sluicegate.specs.artifacts.sources import oci
from sluicegate.specs.chart import PinnedChart
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.names import is_sha256
from sluicegate.specs.tree import Entry, FileEntry, Tree, TreeError
from sluicegate.specs.yamlio import parse
from sluicegate.validators.helm.chart_files import MAX_SIZE, ChartError

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_MOST_MANIFEST = 1 << 20
_RETRY_SECONDS = 20
_NAME = PurePosixPath(layout.SERVING_CHART).name
_REMEDY = "correct `spec.chart`: the digest is what `helm push` prints, and `oras resolve` answers"


def charted(tree: Tree, environment: EnvironmentSpec, *, stranger: bool) -> Tree:
    """The tree with the chart that the environment is rendered from at `layout.SERVING_CHART`.

    The tree itself where the environment pins none. A pinned one comes from the cache of artifacts, else from
    its registry, which for a `stranger` is asked as for an artifact of a pull request. Schemas that the tree
    lacks are those of this installation. Raises ChartError where the chart cannot be had as it is pinned.
    """
    if environment.chart is None:
        return tree
    files = dict(_chart(environment.chart, stranger))
    if not tree.entries(layout.KUBERNETES_SCHEMAS):
        files |= _own_schemas()
    return _Over(tree, files)


@lru_cache(maxsize=16)
def _chart(pin: PinnedChart, stranger: bool) -> Mapping[str, bytes]:
    """The files of a pinned chart, by their paths in a repository. Raises ChartError."""
    what = f"{pin.repository}:{pin.version}@{pin.digest}"
    access = of_pull_request(_RETRY_SECONDS) if stranger else of_owner(_RETRY_SECONDS)
    try:
        layer = _layer(pin, access, what)
        archive = Cache(directory()).fetch(Reference(_NAME, layer, pin.repository), access).read_bytes()
    except ChartError:
        raise
    except (SluiceError, OSError) as error:
        remedy = error.remedy if isinstance(error, SluiceError) else ""
        raise ChartError(f"the chart {what} cannot be had: {error}", remedy or _REMEDY) from error
    files = _unpacked(archive, what)
    _require_version(files, pin, what)
    return files


def _layer(pin: PinnedChart, access: Access, what: str) -> str:
    """The digest of the chart's archive, as the manifest with the pinned digest names it."""
    try:
        manifest = json.loads(_manifest(pin, access, what))
        digests = [layer["digest"] for layer in manifest["layers"] if layer["mediaType"] == LAYER]
    except (ValueError, KeyError, TypeError) as error:
        raise ChartError(f"{what} is no manifest of a chart", _REMEDY) from error
    if len(digests) != 1 or not is_sha256(str(digests[0])):
        raise ChartError(f"{what} is no chart of Helm: it has {len(digests)} layers of {LAYER}", _REMEDY)
    return str(digests[0])


def digest_of(repository: str, version: str) -> str:
    """The digest of a chart's manifest, as its registry answers for the version today. Raises SluiceError."""
    access = of_owner(_RETRY_SECONDS)
    registry = oci.registry_of(repository, access)
    # As helm pushes it: a tag has no plus sign.
    tag = version.replace("+", "_")

    def once() -> bytes:
        with registry.open_manifest(tag, MANIFEST) as answer:
            return b"".join(within(answer, f"{repository}:{tag}", _MOST_MANIFEST))

    text = access.http.tried(f"{registry.address}/manifests/{tag}", once)
    return f"sha256:{hashlib.sha256(text).hexdigest()}"


def _manifest(pin: PinnedChart, access: Access, what: str) -> bytes:
    """From the cache, else from the registry, and then kept."""
    cache = Cache(directory())
    kept = io.BytesIO()
    if cache.take(pin.digest, _MOST_MANIFEST, kept):
        return kept.getvalue()
    registry = oci.registry_of(pin.repository, access)
    url = f"{registry.address}/manifests/{pin.digest}"

    def once() -> bytes:
        with registry.open_manifest(pin.digest, MANIFEST) as answer:
            return b"".join(within(answer, url, _MOST_MANIFEST))

    text = access.http.tried(url, once)
    found = f"sha256:{hashlib.sha256(text).hexdigest()}"
    if found != pin.digest:
        raise ChartError(f"{what}: the registry gives {found} for it", "use a registry that can be trusted")
    with tempfile.NamedTemporaryFile() as file:
        file.write(text)
        file.flush()
        cache.put(pin.digest, Path(file.name))
    return text


def _unpacked(archive: bytes, what: str) -> dict[str, bytes]:
    """The chart's files by their paths in a repository. Raises ChartError for a link, and beyond MAX_SIZE."""
    stream = zlib.decompressobj(wbits=31)
    try:
        plain = stream.decompress(archive, 2 * MAX_SIZE)
        if stream.unconsumed_tail or not stream.eof:
            raise ChartError(f"{what} has more than {MAX_SIZE:,} bytes, or ends early", _REMEDY)
        files: dict[str, bytes] = {}
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as packed:
            for member in packed:
                if member.isdir():
                    continue
                path = PurePosixPath(member.name)
                content = packed.extractfile(member) if member.isreg() else None
                if content is None or path.parts[:1] != (_NAME,) or ".." in path.parts:
                    raise ChartError(f"{what} holds {member.name[:200]!r}, no file of the chart", _REMEDY)
                inner = "/".join(path.parts[1:])
                files[f"{layout.SERVING_CHART}/{inner}"] = content.read()
    except (zlib.error, tarfile.TarError, EOFError) as error:
        raise ChartError(f"{what} is no archive of a chart: {error}", _REMEDY) from error
    return files


def _require_version(files: Mapping[str, bytes], pin: PinnedChart, what: str) -> None:
    about = f"{layout.SERVING_CHART}/Chart.yaml"
    value = parse(files.get(about, b""), f"{what}: Chart.yaml").value
    said = value if isinstance(value, dict) else {}
    if (said.get("name"), said.get("version")) != (_NAME, pin.version):
        message = f"{what} is {said.get('name')} {said.get('version')}, not {_NAME} {pin.version}"
        raise ChartError(message, "set version and digest of the same chart")


@lru_cache(maxsize=1)
def _own_schemas() -> Mapping[str, bytes]:
    """What rendered manifests are checked against, as this installation has it."""
    folder = Path(sluicegate.__file__).parent / layout.KUBERNETES_SCHEMAS
    return {f"{layout.KUBERNETES_SCHEMAS}/{file.name}": file.read_bytes() for file in folder.glob("*.json")}


class _Over:
    """A tree with other files below the chart's folder, and below the schemas' where `files` has some."""

    def __init__(self, under: Tree, files: Mapping[str, bytes]) -> None:
        self._under = under
        self._files = files
        folders = (layout.SERVING_CHART, layout.KUBERNETES_SCHEMAS)
        self._covered = tuple(one for one in folders if any(_below(path, one) for path in files))

    def entries(self, prefix: str) -> Sequence[Entry]:
        """See Tree."""
        kept = [entry for entry in self._under.entries(prefix) if not self._covers(entry.path)]
        own = [
            FileEntry(path, "100644", len(text)) for path, text in self._files.items() if _below(path, prefix)
        ]
        return sorted([*kept, *own], key=lambda entry: entry.path)

    def read(self, path: str) -> bytes:
        """See Tree. Raises TreeError."""
        if path in self._files:
            return self._files[path]
        if self._covers(path):
            raise TreeError(f"{path} is not there", "add the file, or correct its path")
        return self._under.read(path)

    def copy(self, prefix: str, target: Path) -> None:
        """See Tree."""
        target.mkdir(parents=True, exist_ok=True)
        for entry in self.entries(prefix):
            if entry.plain:
                goal = target / PurePosixPath(entry.path).relative_to(PurePosixPath(prefix))
                goal.parent.mkdir(parents=True, exist_ok=True)
                goal.write_bytes(self.read(entry.path))

    def _covers(self, path: str) -> bool:
        return any(_below(path, folder) for folder in self._covered)


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")
