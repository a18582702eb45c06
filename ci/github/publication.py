"""What a merge publishes of its models: files for a registry, each version once, by digest.

The files come from the commit and are held against the digests of model.yaml. `oras` packs and sends them;
its manifest holds no moment but the commit's, so the same version always has the same digest.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sluicegate.ci.github.ml_bom import ml_bom
from sluicegate.ci.github.model_directory import read_directory
from sluicegate.ci.model_reader import load
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.specs import layout
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.model import File, ModelSpec
from sluicegate.specs.redaction import redacted
from sluicegate.specs.tree import Tree
from sluicegate.validators.runner.finding import Report
from sluicegate.validators.submission.changes import changes

ARTIFACT_TYPE = "application/vnd.sluicegate.model.v1"
MEDIA_TYPES = {"bom.cdx.json": "application/vnd.cyclonedx+json", layout.MODEL_FILE: "application/yaml"}
BOM = "bom.cdx.json"
LAYOUT = "oci"
"""The directory of an OCI image layout that everything is packed into first."""
_REGISTRY = re.compile(r"[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?(/[a-z0-9]+([._-][a-z0-9]+)*)+")
_NOT_FOUND = re.compile(r": not found\s*$")
"""How oras 1.3 words a registry's 404."""
SECONDS = 3600.0


class PublicationError(SluiceError):
    """A version cannot be published."""


@dataclass(frozen=True)
class Version:
    """One version, laid out in a directory of its own."""

    spec: ModelSpec
    directory: Path
    files: tuple[str, ...]
    """Artifact, model.yaml, bill of materials."""
    revision: str
    when: datetime

    @property
    def tag(self) -> str:
        """NAME:VERSION."""
        return f"{self.spec.name}:{self.spec.version}"


@dataclass(frozen=True)
class Published:
    """What became of one version."""

    tag: str
    digest: str
    """Of the manifest."""
    new: bool
    """Whether the registry did not have it."""


def new_versions(repository: Repository, base: str, head: str) -> Iterator[tuple[Tree, ModelSpec]]:
    """Each model whose version is another at `head` than at `base`. Raises InputError."""
    before, after = repository.tree(base), repository.tree(head)
    for name in changes(path for _, path in repository.changed(base, head)).models:
        directory = layout.model_directory(name)
        if not after.entries(layout.model_path(name)):
            continue
        _, spec = load(after, directory)
        if before.entries(layout.model_path(name)) and load(before, directory)[1].version == spec.version:
            continue
        yield after, spec


def accepted(report: Report | None, model: str, content: str | None) -> Report | None:
    """The report, where it lets these files pass: `content` is the git tree of the model's directory.

    None without a report. Raises PublicationError for one of other files, a partial one, or one that refuses.
    """
    if report is None:
        return None
    verdict = report.models.get(model)
    if report.contents.get(model) != content or not report.complete or verdict is None or not verdict.good:
        raise PublicationError(
            f"the report lets no version of {model} pass that has these files",
            "give the one that `sluice validate --changed BASE..HEAD --format json` writes of this commit",
        )
    return report


def lay_out(
    tree: Tree, spec: ModelSpec, revision: str, when: datetime, into: Path, *, report: Report | None = None
) -> Version:
    """Write a version's files into `into`/NAME. Raises PublicationError for other bytes than the pinned.

    `report` has what was measured of it, for the bill of materials.
    """
    if not isinstance(spec.artifact, File):
        raise PublicationError(
            f"{layout.model_path(spec.name)} lists files, which may be elsewhere already",
            "push such a model with `sluice publish`; this packs one file of the repository",
        )
    directory = into / spec.name
    directory.mkdir(parents=True)
    source = layout.model_directory(spec.name)
    tree.copy(source, directory / "all")
    artifact = Path(spec.artifact.path).name
    shutil.copyfile(directory / "all" / spec.artifact.path, directory / artifact)
    shutil.copyfile(directory / "all" / layout.MODEL_FILE, directory / layout.MODEL_FILE)
    shutil.rmtree(directory / "all")
    found = f"sha256:{_sha256(directory / artifact)}"
    if found != spec.artifact.sha256:
        raise PublicationError(
            f"{source}/{spec.artifact.path} has {found}, and model.yaml pins {spec.artifact.sha256}",
            "merge only what `sluice validate` passes",
        )
    bill = ml_bom(spec, revision, when, read_directory(tree, spec), report)
    (directory / BOM).write_text(json.dumps(bill, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return Version(spec, directory, (artifact, layout.MODEL_FILE, BOM), revision, when)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def pack(version: Version, into: Path) -> str:
    """Put a version into the OCI layout in `into`; the digest of its manifest. Raises PublicationError."""
    created = version.when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    files = [f"{name}:{MEDIA_TYPES.get(name, 'application/octet-stream')}" for name in version.files]
    said = _oras(
        "push", "--oci-layout", "--format", "json", "--artifact-type", ARTIFACT_TYPE,
        "--annotation", f"org.opencontainers.image.created={created}",
        "--annotation", f"org.opencontainers.image.revision={version.revision}",
        "--annotation", f"org.opencontainers.image.version={version.spec.version}",
        f"{(into / LAYOUT).resolve()}:{version.spec.name}-{version.spec.version}", *files,
        cwd=version.directory,
    )  # fmt: skip
    digest: str = json.loads(said)["digest"]
    return digest


def send(version: Version, packed: Path, registry: str) -> Published:
    """Copy a packed version to REGISTRY/NAME:VERSION, unless it is there.

    Raises PublicationError for other bytes under that version: what was released once stays what it was.
    """
    local = f"{(packed / LAYOUT).resolve()}:{version.spec.name}-{version.spec.version}"
    digest = _oras("resolve", "--oci-layout", local, cwd=packed).strip()
    target = f"{registry}/{version.tag}"
    there = _resolve(target, packed)
    if there == digest:
        return Published(version.tag, digest, new=False)
    if there is not None:
        raise PublicationError(
            f"{target} is {there} in the registry, and this commit makes {digest}", "raise spec.version"
        )
    _oras("cp", "--from-oci-layout", local, target, *_plain(registry, "--to-plain-http"), cwd=packed)
    return Published(version.tag, digest, new=True)


def _resolve(target: str, cwd: Path) -> str | None:
    """The digest that the registry has; None where it has none.

    Raises PublicationError for any other answer: what may be there already must not be written over.
    """
    done = _call("resolve", target, *_plain(target, "--plain-http"), cwd=cwd)
    if done.returncode and not _NOT_FOUND.search(done.stderr):
        raise _failed("resolve", done)
    return done.stdout.strip() if done.returncode == 0 else None


def _plain(target: str, option: str) -> tuple[str, ...]:
    """A registry of this machine is reached without TLS, any other never."""
    host = target.partition("/")[0].rpartition(":")[0] or target.partition("/")[0]
    return (option,) if host in ("127.0.0.1", "localhost") else ()


def require_registry(registry: str) -> None:
    """Raises PublicationError for what is not HOST/NAMESPACE."""
    if not _REGISTRY.fullmatch(registry):
        raise PublicationError(f"{registry!r} is no registry", "write HOST/NAMESPACE, in small letters")


def _oras(*arguments: str, cwd: Path) -> str:
    done = _call(*arguments, cwd=cwd)
    if done.returncode:
        raise _failed(arguments[0], done)
    return done.stdout


def _failed(what: str, done: subprocess.CompletedProcess[str]) -> PublicationError:
    words = redacted((done.stderr or done.stdout).strip())[-500:]
    return PublicationError(
        f"oras {what} ended with {done.returncode}: {words}",
        "see whether the registry can be reached, `oras login` was done, and its token may write there "
        "(permissions: packages: write)",
    )


def _call(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["oras", *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except FileNotFoundError as error:
        raise PublicationError(
            "there is no oras on PATH", "install it, such as by oras-project/setup-oras"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise PublicationError(
            f"oras {arguments[0]} took more than {SECONDS:.0f} s", "see the registry"
        ) from error


def checksums(versions: Sequence[Version], published: Sequence[Published], registry: str) -> str:
    """What provenance is signed for: each artifact, and each manifest by its name in the registry."""
    lines = []
    for version, one in zip(versions, published, strict=True):
        name = f"{registry}/{version.spec.name}" if registry else version.spec.name
        lines.append(f"{one.digest.removeprefix('sha256:')}  {name}")
        artifact = version.files[0]
        lines.append(
            f"{version.spec.artifact.sha256.removeprefix('sha256:')}  {version.spec.name}/{artifact}"
        )
    return "".join(f"{line}\n" for line in lines)
