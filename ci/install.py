"""Installs Sluicegate for a job of GitHub Actions, from the checkout of the action that this file lies in.

    python -I ci/install.py place      says where the environment goes, and the key of its cache
    python -I ci/install.py install    makes it there, unless the cache brought it, and puts it on PATH

Run by any Python 3.11 to 3.13, with nothing installed: it imports the standard library alone. Every package
but our own comes by the hashes of `ci/action.*.lock`. Read from the environment: SLUICE_EXTRAS (`cpu`, `gpu`,
`data` and `audit` beside one of them), RUNNER_TEMP, GITHUB_OUTPUT, GITHUB_PATH and SLUICE_REVISION.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = ("cpu", "gpu", "data", "audit")
COMPLETE = "complete"
"""The file in the environment that says that everything of the locks is in it."""
KUBECONFORM = ROOT / "tests/cluster/tools/kubeconform"
"""The Go module that pins kubeconform, by hashes as well."""
LEFT_OUT = (".git", ".venv", "build", "node_modules", "tests", "docs", "__pycache__", "*.egg-info")
"""What the wheel is not built from."""


class Refused(Exception):
    """What was asked for cannot be installed; the message says why, and what to do."""


def extras_of(text: str) -> tuple[str, ...]:
    """The extras of `cpu`, `gpu`, `cpu,data` and the like. Raises Refused."""
    chosen = tuple(dict.fromkeys(part for part in re.split(r"[,\s]+", text) if part))
    unknown = [extra for extra in chosen if extra not in EXTRAS]
    if unknown:
        raise Refused(f"extras: there is no {unknown[0]!r}; take of {', '.join(EXTRAS)}")
    if ("cpu" in chosen) == ("gpu" in chosen):
        raise Refused(
            f"extras: {text!r} names no engine, or two; take either cpu or gpu, and what else you need"
        )
    return chosen


def locks(extras: tuple[str, ...]) -> list[Path]:
    """The locks of these extras; all were made after one, so that versions agree."""
    return [ROOT / "ci" / f"action.{extra}.lock" for extra in extras]


def key(extras: tuple[str, ...], place: Path) -> str:
    """The key of the cache: the locks, the interpreter, the machine, and the place, since scripts name it."""
    whole = hashlib.sha256()
    machine = (platform.machine(), *platform.libc_ver())
    parts = (sys.executable, platform.python_version(), *machine, str(place), *extras)
    whole.update("\0".join(parts).encode())
    for lock in [*locks(extras), KUBECONFORM / "go.sum"]:
        whole.update(lock.read_bytes())
    return f"sluicegate-{whole.hexdigest()[:32]}"


def place_of(environment: Mapping[str, str]) -> Path:
    """The directory of the environment. Raises Refused outside of a job."""
    temporary = environment.get("RUNNER_TEMP")
    if not temporary:
        raise Refused(
            "RUNNER_TEMP is not set: this installs for a job of GitHub Actions; see README for others"
        )
    return Path(temporary) / "sluicegate"


def run(*command: str | Path, env: Mapping[str, str] | None = None) -> None:
    """Run a command to its end. Raises Refused with its last words."""
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True, text=True, check=False, env={**os.environ, **(env or {})},
    )  # fmt: skip
    if done.returncode:
        words = (done.stderr or done.stdout).strip()[-2000:]
        raise Refused(f"{' '.join(map(str, command[:6]))} ... ended with {done.returncode}:\n{words}")


def make(place: Path, extras: tuple[str, ...], wanted: str) -> bool:
    """Put everything of the locks into a new environment; whether there was something to do."""
    mark = place / COMPLETE
    if mark.is_file() and mark.read_text(encoding="ascii") == wanted:
        return False
    shutil.rmtree(place, ignore_errors=True)
    venv.create(place, with_pip=True, symlinks=True)
    python = place / "bin/python"
    _uv(place, python, locks(extras)[0])
    listed = [part for lock in locks(extras) for part in ("-r", lock)]
    # Compiled once, for the cache: the child that loads a model may write nothing here, and would compile
    # its imports in every run.
    run(
        place / "bin/uv", "pip", "install", "--quiet", "--compile-bytecode",
        "--python", python, "--require-hashes", *listed,
    )  # fmt: skip
    _kubeconform(place)
    mark.write_text(wanted, encoding="ascii")
    return True


def _kubeconform(place: Path) -> None:
    """Build what the checks of charts need, which, unlike helm, no runner has; without it they are errors."""
    if shutil.which("kubeconform") is not None:
        return
    if shutil.which("go") is None:
        print(
            "::notice title=sluicegate::no Go on PATH: kubeconform is not built, and charts cannot be judged"
        )
        return
    package = "github.com/yannh/kubeconform/cmd/kubeconform"
    flags = {"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false -trimpath -mod=readonly", "GOWORK": "off"}
    run("go", "-C", KUBECONFORM, "build", "-o", place / "bin/kubeconform", package, env=flags)


def _uv(place: Path, python: Path, lock: Path) -> None:
    """The installer itself, by its hashes: pip takes longer for the rest."""
    found = re.search(r"(?m)^uv==.*\n(?:    --hash.*\n)+", lock.read_text(encoding="utf-8"))
    if found is None:
        raise Refused(f"{lock} does not pin uv; run make lock")
    alone = place / "uv.txt"
    alone.write_text(found[0], encoding="utf-8")
    run(
        python, "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--require-hashes", "--no-deps", "-r", alone,
    )  # fmt: skip


def install_package(place: Path) -> None:
    """Build our own wheel from a copy of this checkout, without a network, and install it."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "source"
        shutil.copytree(ROOT, copy, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
        run(
            place / "bin/uv", "pip", "install", "--quiet", "--offline", "--python", place / "bin/python",
            "--no-deps", "--no-build-isolation", "--reinstall", copy,
            env={"SLUICE_REVISION": revision(os.environ)},
        )  # fmt: skip


def revision(environment: Mapping[str, str]) -> str:
    """The commit of the action, which evidence and reports name; nothing where a tag or a branch was used."""
    given = environment.get("SLUICE_REVISION", "")
    if re.fullmatch(r"[0-9a-f]{40}", given):
        return given
    if not (ROOT / ".git").exists():
        return ""
    done = subprocess.run(
        ["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def append(variable: str, line: str) -> None:
    """Add a line to a file of the job. Raises Refused where the job has none."""
    path = os.environ.get(variable)
    if not path:
        raise Refused(f"{variable} is not set: this installs for a job of GitHub Actions")
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def main(arguments: list[str]) -> int:
    """Carry out one of the two commands; the exit code."""
    try:
        extras = extras_of(os.environ.get("SLUICE_EXTRAS") or "cpu,data")
        place = place_of(os.environ)
        wanted = key(extras, place)
        if arguments == ["place"]:
            append("GITHUB_OUTPUT", f"path={place}")
            append("GITHUB_OUTPUT", f"key={wanted}")
        elif arguments == ["install"]:
            made = make(place, extras, wanted)
            install_package(place)
            append("GITHUB_PATH", str(place / "bin"))
            print(f"sluicegate with {', '.join(extras)} {'installed' if made else 'from the cache'}: {place}")
        else:
            raise Refused("give `place` or `install`")
    except (Refused, OSError, subprocess.SubprocessError) as error:
        print(f"::error title=sluicegate::{str(error).splitlines()[0]}")
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
