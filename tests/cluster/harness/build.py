"""The Go programs of the harness, built once from pinned modules into a cache."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MODULES = Path(__file__).resolve().parent.parent / "tools"
"""One folder a module; its go.mod and go.sum pin everything that is built."""
FLAGS = ("-pgo=off", "-ldflags")
ENVIRONMENT = {
    "CGO_ENABLED": "0",
    "GOTOOLCHAIN": "local",
    "GOFLAGS": "-buildvcs=false -trimpath",
    "GOWORK": "off",
}
TAIL = 30


class NoGo(Exception):
    """Go is missing, or older than the pinned modules ask for."""


class BuildFailed(Exception):
    """A program did not build: which one, the end of Go's output, and the remedy."""


@dataclass(frozen=True)
class Tool:
    """One program: the folder of its module, its package, and what the linker sets in it."""

    module: str
    package: str
    stamped: tuple[str, ...] = ()
    """`NAME=VALUE` of string variables; Kubernetes and helm refuse to work without their version."""
    tags: str = ""
    """Build tags, by comma."""
    file: str = ""
    """The one file to build of a folder that holds several programs."""

    @property
    def linker(self) -> str:
        """The linker's flags."""
        return " ".join(["-s -w", *(f"-X {each}" for each in self.stamped)])

    @property
    def tagged(self) -> tuple[str, ...]:
        """The flag with its build tags."""
        return (f"-tags={self.tags}",) if self.tags else ()


HELM = tuple(
    f"helm.sh/helm/v3/pkg/{place}.k8sVersion{part}"
    for place in ("chartutil", "lint/rules")
    for part in ("Major=1", "Minor=34")
)
KUBERNETES = tuple(
    f"k8s.io/component-base/version.{each}"
    for each in ("gitVersion=v1.34.10", "gitMajor=1", "gitMinor=34", "gitTreeState=clean")
)
TOOLS = {
    "helm": Tool("helm", "helm.sh/helm/v3/cmd/helm", HELM),
    "kubeconform": Tool("kubeconform", "github.com/yannh/kubeconform/cmd/kubeconform"),
    "actionlint": Tool("actionlint", "github.com/rhysd/actionlint/cmd/actionlint"),
    "crane": Tool("crane", "github.com/google/go-containerregistry/cmd/crane"),
    "oras": Tool("oras", "oras.land/oras/cmd/oras"),
    "registry": Tool("distribution", "github.com/distribution/distribution/v3/cmd/registry"),
    "versitygw": Tool("versitygw", "github.com/versity/versitygw/cmd/versitygw"),
    "fake-gcs-server": Tool("fake-gcs", "github.com/fsouza/fake-gcs-server"),
    "git-lfs": Tool("git-lfs", "github.com/git-lfs/git-lfs/v3"),
    # What git-lfs' own suite runs against: git over http with the LFS API beside it.
    "lfstest-gitserver": Tool(
        "git-lfs", "github.com/git-lfs/git-lfs/v3/t/cmd", tags="testtools", file="lfstest-gitserver.go"
    ),
    "etcd": Tool("etcd", "go.etcd.io/etcd/server/v3"),
    **{
        name: Tool("kubernetes", f"k8s.io/kubernetes/cmd/{name}", KUBERNETES)
        for name in (
            "kube-apiserver",
            "kube-controller-manager",
            "kube-scheduler",
            "kubectl",
            "kubelet",
            "kube-proxy",
        )
    },
    "argocd": Tool(
        "argocd",
        "github.com/argoproj/argo-cd/v3/cmd",
        ("github.com/argoproj/argo-cd/v3/common.version=3.2.11",),
    ),
    "traefik": Tool("traefik", "github.com/traefik/traefik/v3/cmd/traefik"),
    "kwok": Tool("kwok", "sigs.k8s.io/kwok/cmd/kwok"),
    # Debian's own lacks the discovery of Kubernetes; of all discoveries only that one is wanted here.
    "prometheus": Tool(
        "prometheus",
        "github.com/prometheus/prometheus/cmd/prometheus",
        ("github.com/prometheus/common/version.Version=3.13.5",),
        tags="remove_all_sd,enable_kubernetes_sd",
    ),
}


def tool(name: str) -> Path:
    """The path of one program, built where the cache has none; raises like `tools`."""
    return tools([name])[name]


def tools(names: Iterable[str] = TOOLS) -> dict[str, Path]:
    """The paths of these programs by name, those that the cache lacks built one after the other.

    Raises `KeyError` for an unknown name, `NoGo` and `BuildFailed`.
    """
    wanted = list(names)
    for name in wanted:
        if name not in TOOLS:
            raise KeyError(f"no tool {name!r}; there are {', '.join(TOOLS)}")
    paths = {name: place(name) for name in wanted}
    missing = [name for name in wanted if not paths[name].exists()]
    for number, name in enumerate(missing, 1):
        _build(name, paths[name], f"building {name} ({number} of {len(missing)})")
    return paths


def place(name: str) -> Path:
    """Where the cache keeps a program: the key is over go.mod, go.sum, the flags and Go's version."""
    each, whole = TOOLS[name], hashlib.sha256()
    for file in ("go.mod", "go.sum"):
        whole.update((MODULES / each.module / file).read_bytes())
    flags = [*FLAGS, *each.tagged, each.linker, *sorted(map("=".join, ENVIRONMENT.items())), version()]
    whole.update("\0".join(flags).encode())
    return cache_folder() / f"{each.module}-{whole.hexdigest()[:16]}" / "bin" / name


def cache_folder() -> Path:
    """`SLUICE_TOOLS_DIR`, else the cache folder of the user."""
    return Path(os.environ.get("SLUICE_TOOLS_DIR") or Path.home() / ".cache/sluicegate/tools")


@cache
def version() -> str:
    """Go's version, such as `1.26.8`.

    Raises `NoGo` where it is missing, or older than a module's go.mod asks for (nothing newer is downloaded).
    """
    needed = max((_directive(file) for file in MODULES.glob("*/go.mod")), key=_numbers)
    remedy = f"Remedy: install Go {needed} or newer and put it on PATH"
    if shutil.which("go") is None:
        raise NoGo(f"there is no `go` on PATH, and the cluster's programs are built from source. {remedy}.")
    said = subprocess.run(
        ["go", "version"], capture_output=True, text=True, check=True, env={**os.environ, **ENVIRONMENT}
    ).stdout
    match = re.search(r"go(\d+\.\d+(?:\.\d+)?)", said)
    found = match.group(1) if match else said.strip()
    if match is None or _numbers(found) < _numbers(needed):
        raise NoGo(f"`go` is {found}, and the pinned modules ask for {needed}. {remedy}.")
    return found


def _directive(file: Path) -> str:
    match = re.search(r"^go (\S+)$", file.read_text(), re.MULTILINE)
    return match.group(1) if match else "1.0"


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def _build(name: str, path: Path, line: str) -> None:
    """Build into a file beside the final one and rename it: a build that is cut off leaves nothing."""
    each = TOOLS[name]
    path.parent.mkdir(parents=True, exist_ok=True)
    print(f"{line} ...", end="", file=sys.stderr, flush=True)
    began = time.monotonic()
    with _alone(path.with_name(f".{name}.lock")):
        if not path.exists():
            fresh = path.with_name(f".{name}.{os.getpid()}")
            done = _go(each, "build", *FLAGS, each.linker, "-o", str(fresh), _source(each))
            if done.returncode:
                fresh.unlink(missing_ok=True)
                tail = "\n".join((done.stdout + done.stderr).splitlines()[-TAIL:])
                raise BuildFailed(
                    f"{name} did not build from {MODULES / each.module}:\n{tail}\n"
                    "Remedy: a download that failed names the Go module proxy (`go env GOPROXY`); "
                    "anything else is a change of go.mod that does not build."
                )
            fresh.replace(path)
    print(f" {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def _source(each: Tool) -> str:
    """What Go is told to build: the package, or the file of it."""
    if not each.file:
        return each.package
    folder = _go(each, "list", "-find", "-f", "{{.Dir}}", each.package).stdout.strip()
    return f"{folder}/{each.file}"


def _go(each: Tool, verb: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["go", verb, *each.tagged, *words],
        cwd=MODULES / each.module,
        env={**os.environ, **ENVIRONMENT},
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock file, so that two builders do not do the same work at once."""
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
