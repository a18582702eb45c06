"""Who the user is, by their own git."""

from __future__ import annotations

import re
from pathlib import Path

from sluicegate.gate.adapters.git.command import call_as_user

_IDENTITY = re.compile(r"(?P<person>.*<[^>]*>) \d+ [+-]\d{4}")


def identity(directory: Path) -> str | None:
    """`Name <e-mail>` as git would sign a commit here; None where nobody configured one. Raises GitError.

    A name that git guesses from the machine is nobody's.
    """
    done = call_as_user(directory, "-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT")
    match = _IDENTITY.fullmatch(done.stdout.decode("utf-8", "replace").strip())
    return None if match is None else match["person"].strip()
