"""Whether an address answers, asked from the host or, for loopback, inside the namespace."""

from __future__ import annotations

import urllib.error
import urllib.request

from harness.run import CommandFailed, Run


def answers(url: str, status: int = 200, seconds: float = 2) -> bool:
    """Whether GET of an address ends in `status`; for the node's address, which the host reaches."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as answer:
            return bool(answer.status == status)
    except urllib.error.HTTPError as error:
        return error.code == status
    except OSError:
        return False


def answers_inside(run: Run, url: str) -> bool:
    """Whether GET of an address succeeds inside the namespace; for what listens on its loopback."""
    try:
        run.call(["curl", "--silent", "--fail", "--max-time", "2", "--output", "/dev/null", url])
    except CommandFailed:
        return False
    return True
