"""The embedded forge on the node address: git, the API and the pages that people and Argo CD use."""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.run import Run
from harness.web import answers

from sluicegate.embedded.forge.auth import Token

if TYPE_CHECKING:
    from github.Repository import Repository

DAEMON = "forge"
PORT = 3000
OWNER, NAME = "sluicegate", "models"
CHECKOUT = Path(__file__).parents[3]
LOGINS = {
    OWNER: "admin",
    "flight-delay-team": "write",
    "sluice": "write",
    "sluice-gate": "write",
    "argocd": "read",
}
"""Who has an account, with what permission: the owner, the team, the CI's bot, the gate, Argo CD."""
TEAM, BOT, GATE, ARGOCD = "flight-delay-team", "sluice", "sluice-gate", "argocd"


def address(run: Run) -> str:
    """The address of its pages."""
    return f"http://{run.node}:{PORT}"


def page(run: Run) -> str:
    """The page of the repository."""
    return f"{address(run)}/{OWNER}/{NAME}"


def git_url(run: Run, login: str = "") -> str:
    """The address to clone from, and with a login also to push to."""
    user = f"{login}:{tokens(run)[login].secret}@" if login else ""
    return f"http://{user}{run.node}:{PORT}/{OWNER}/{NAME}.git"


def raw_url(run: Run) -> str:
    """Where the bytes of `/REVISION/PATH` are."""
    return f"{page(run)}/raw"


def tokens(run: Run) -> dict[str, Token]:
    """The accounts by login; their secrets are made once a run, readable by this user only."""
    path = run.file("forge", "tokens.json")
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(json.dumps({login: secrets.token_hex(20) for login in LOGINS}))
    known = json.loads(path.read_text())
    return {login: Token(login, known[login], permission) for login, permission in LOGINS.items()}


def start(run: Run) -> None:
    """Start the forge; its repositories outlive it."""
    accounts = [f"{t.login}:{t.secret}:{t.permission}" for t in tokens(run).values()]
    command: list[str | Path] = [sys.executable, "-P", "-m", "sluicegate.embedded.forge", "--host", run.node]
    command += ["--port", str(PORT), "--root", run.folder("forge", "data")]
    command += [word for account in accounts for word in ("--token", account)]
    ready = f"{address(run)}/api/v3/meta"
    run.start(DAEMON, command, env={"PYTHONPATH": str(CHECKOUT)}, ready=lambda: answers(ready))


def hub(run: Run, login: str) -> Repository:
    """The repository as PyGithub sees it, in the name of an account; made where there is none."""
    from github import Auth, Github, UnknownObjectException

    def client(who: str) -> Github:
        return Github(
            base_url=f"{address(run)}/api/v3",
            auth=Auth.Token(tokens(run)[who].secret),
            seconds_between_requests=0,
            seconds_between_writes=0,
        )

    try:
        return client(login).get_repo(f"{OWNER}/{NAME}")
    except UnknownObjectException:
        client(OWNER).get_user().create_repo(NAME)
        return client(login).get_repo(f"{OWNER}/{NAME}")
