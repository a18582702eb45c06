"""How to come before a registry: as Docker, Podman, oras and crane keep it, in config.json.

Source: docker/cli, "docker login", Credentials store; containers-auth.json(5).
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_HELPER = re.compile(r"[A-Za-z0-9._-]{1,100}")
_SECONDS = 30
_DOCKER_HUB = "https://index.docker.io/v1/"


@dataclass(frozen=True)
class Credentials:
    """How to come before a registry; neither: anonymously.

    `bearer` is sent as it is; `basic` (base64 of user:password) is changed for a token where the registry
    asks for that.
    """

    bearer: str | None = field(default=None, repr=False)
    basic: str | None = field(default=None, repr=False)


ANONYMOUS = Credentials()


def of_registry(host: str) -> Credentials:
    """What this user's `docker login` (or that of Podman, oras or crane) kept for a registry."""
    for path in _files():
        try:
            kept = json.loads(path.read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(kept, dict) and (found := _of(kept, host)) is not None:
            return found
    return ANONYMOUS


def _files() -> list[Path]:
    """In the order in which they are asked."""
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    named = os.environ.get("REGISTRY_AUTH_FILE")
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    files = [Path(named)] if named else []
    files.append(folder / "config.json")
    return [*files, Path(runtime) / "containers/auth.json"] if runtime else files


def _of(kept: dict[str, Any], host: str) -> Credentials | None:
    names = (host, f"https://{host}", _DOCKER_HUB) if host == "docker.io" else (host, f"https://{host}")
    auths = kept.get("auths") or {}
    helpers = kept.get("credHelpers") or {}
    for name in names:
        helper = helpers.get(name) or (kept.get("credsStore") if name in auths else None)
        if helper and (found := _ask(str(helper), name)) is not None:
            return found
        entry = auths.get(name) or {}
        if entry.get("auth"):
            return Credentials(basic=entry["auth"])
        if entry.get("registrytoken"):
            return Credentials(bearer=entry["registrytoken"])
    return None


def _ask(helper: str, name: str) -> Credentials | None:
    """What `docker-credential-HELPER get` says; None where it does not run, or knows none."""
    program = shutil.which(f"docker-credential-{helper}") if _HELPER.fullmatch(helper) else None
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "get"], input=name, capture_output=True, text=True, timeout=_SECONDS, check=True
        )
        said = json.loads(done.stdout)
        pair = f"{said['Username']}:{said['Secret']}"
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return None
    return Credentials(basic=base64.b64encode(pair.encode()).decode())
