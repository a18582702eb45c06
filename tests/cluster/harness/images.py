"""Container images without a registry: made by buildah, kept as archives, imported into containerd.

`pause` is busybox, `base` a Debian with Python and git; ours are built on that base from the Dockerfiles in
`charts/images`. Each is imported under a tag and under its digest: a pod names `localhost/NAME@sha256:...`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from harness import containerd
from harness.build import cache_folder
from harness.run import Run, call

REPOSITORY = Path(__file__).resolve().parents[3]
DOCKERFILES = REPOSITORY / "charts/images"
SOURCES = {
    "onnx-server": ("charts/images/onnx-server", "specs", "sluicegate/__init__.py"),
    "gate": (
        "charts/images/gate",
        "validators",
        "gate",
        "ci",
        "specs",
        "sluicegate/__init__.py",
        "pyproject.toml",
        "README.md",
    ),  # fmt: skip,
}
"""What an image of ours is built from, beside what makes its context."""
NAMES = ("pause", "base", *SOURCES)
SUITE = "bookworm"
PACKAGES = ("python3", "git", "ca-certificates")
UNUSED = ("var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale")
LOADED = "images.json"
KEPT = 3
"""How many builds of an image the cache keeps."""
PAUSE = 'trap "exit 0" TERM; sleep 2147483647 & wait'


def start(run: Run) -> dict[str, str]:
    """Import all images, made where the cache lacks them; returns `{name: localhost/NAME@sha256:...}`.

    Raises `CommandFailed` with what buildah, debootstrap, pip or ctr printed.
    """
    names = {name: load(run, name) for name in NAMES}
    run.file(LOADED).write_text(json.dumps(names, indent=2))
    return names


def loaded(run: Run) -> dict[str, str]:
    """What `start` imported into this run, whatever was changed in the sources since.

    Raises `FileNotFoundError` before `start`.
    """
    found: dict[str, str] = json.loads(run.file(LOADED).read_text())
    return found


def load(run: Run, name: str) -> str:
    """Import one image under its tag and its digest, unless it is there; its name by digest."""
    path = archive(name)
    pinned = reference(name)
    if pinned not in containerd.ctr(run, "images", "list", "--quiet").split():
        containerd.ctr(run, "images", "import", path)
        containerd.ctr(run, "images", "tag", "--force", tag(name), pinned)
    return pinned


def tag(name: str) -> str:
    """The image's name by its tag."""
    return f"localhost/{name}:1"


def reference(name: str) -> str:
    """The image's name by its digest, that of the manifest in its archive."""
    with tarfile.open(archive(name)) as file:
        member = file.extractfile("index.json")
        assert member is not None
        (manifest,) = json.load(member)["manifests"]
    return f"localhost/{name}@{manifest['digest']}"


def archive(name: str) -> Path:
    """The image's archive in the cache; made where it is missing, by one builder at a time."""
    path = cache_folder() / "images" / f"{name}-{key(name)}.tar"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            _make(name, path)
    return path


@cache
def key(name: str) -> str:
    """What tells two builds of an image apart: a hash over everything that goes into it."""
    if name == "pause":
        parts = [_busybox().read_bytes(), PAUSE.encode()]
    elif name == "base":
        parts = [each.encode() for each in (SUITE, *PACKAGES, *UNUSED)]
    else:
        places = [REPOSITORY / each for each in SOURCES[name]]
        parts = [
            key("base").encode(),
            *_contents([*places, DOCKERFILES / "context.py", DOCKERFILES / "pip.lock"]),
        ]
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()[:16]


class Buildah:
    """buildah with a storage of its own, that goes with the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        storage = (folder / "root", folder / "run")
        self._storage = [
            "--root",
            str(storage[0]),
            "--runroot",
            str(storage[1]),
            "--storage-driver",
            "overlay",
        ]

    def __call__(self, *arguments: str | Path) -> str:
        """Run one command; raises `CommandFailed` with its output."""
        # What buildah lays down in between is as large as the image, and goes with the folder too.
        env = {"BUILDAH_ISOLATION": "chroot", "TMPDIR": str(self.folder)}
        return call(["buildah", *self._storage, *map(str, arguments)], env=env, seconds=1800).strip()

    def close(self) -> None:
        """Remove the storage, with what is mounted in it."""
        self("rm", "--all")
        self("rmi", "--all", "--force")


def _make(name: str, path: Path) -> None:
    """Build into a folder of its own, push into a file beside the final one, rename it."""
    base = archive("base") if name in SOURCES else None
    print(f"making the image {name} ...", end="", file=sys.stderr, flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=path.parent) as scratch:
        folder, buildah = Path(scratch), Buildah(Path(scratch))
        try:
            if base is not None:
                _ours(buildah, folder, name, base)
            elif name == "base":
                _debian(buildah, folder)
            else:
                _pause(buildah)
            buildah("push", tag(name), f"oci-archive:{folder / 'image.tar'}:{tag(name)}")
            (folder / "image.tar").replace(path)
        finally:
            buildah.close()
    builds = sorted(path.parent.glob(f"{name}-*.tar"), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in builds[KEPT:]:
        old.unlink(missing_ok=True)
    print(f" {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def _pause(buildah: Buildah) -> None:
    container = buildah("from", "scratch")
    buildah("copy", container, _busybox(), "/bin/busybox")
    buildah("copy", container, _busybox(), "/bin/sh")
    buildah("config", "--entrypoint", json.dumps(["/bin/sh", "-c", PAUSE]), container)
    buildah("commit", "--timestamp", "0", container, tag("pause"))


def _debian(buildah: Buildah, folder: Path) -> None:
    tree = folder / "debian"
    call(["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, str(tree)])
    for each in UNUSED:
        shutil.rmtree(tree / each, ignore_errors=True)
    container = buildah("from", "scratch")
    buildah("add", container, tree, "/")
    buildah("config", "--cmd", '["/bin/sh"]', container)
    buildah("commit", "--timestamp", "0", container, tag("base"))


def _ours(buildah: Buildah, folder: Path, name: str, base: Path) -> None:
    call([sys.executable, "-P", str(DOCKERFILES / "context.py"), name, str(folder / "context")], seconds=1800)
    identity = buildah("pull", f"oci-archive:{base}")
    arguments = ("--build-arg", f"BASE={identity}", "--timestamp", "0", "--tag", tag(name))
    buildah("bud", "--format", "oci", "--pull-never", *arguments, folder / "context")


def _busybox() -> Path:
    found = shutil.which("busybox", path="/bin:/usr/bin")
    if found is None:
        raise FileNotFoundError("busybox is missing; install the Debian package busybox-static")
    return Path(found)


def _contents(places: Iterable[Path]) -> list[bytes]:
    """Names and bytes of all files, in a fixed order, without what Python compiles beside them."""
    files = {
        file
        for place in places
        for file in ([place] if place.is_file() else place.rglob("*"))
        if file.is_file() and not {"__pycache__", "build"} & set(file.parts) and ".egg-info" not in str(file)
    }
    return [part for file in sorted(files) for part in (str(file).encode(), file.read_bytes())]
