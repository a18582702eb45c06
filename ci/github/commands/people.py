"""Who somebody is in a repository: their role by id, and the teams of CODEOWNERS that they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from github import GithubException
from github.Repository import Repository

from sluicegate.ci.github.client import Client
from sluicegate.ci.github.commands.rights import ROLES, Role
from sluicegate.specs.codeowners import is_team, same_owner

_UNANSWERED = (403, 404)
"""What GitHub says of a team that is not there, or that the token may not see."""


@dataclass
class People:
    """Asks GitHub, each question once."""

    client: Client
    repository: Repository
    _roles: dict[tuple[str, int], Role] = field(default_factory=dict)
    _members: dict[tuple[str, str], bool | None] = field(default_factory=dict)

    def role(self, login: str, user: int) -> Role:
        """The role of the account with this id; `none` where the login belongs to another one by now."""
        key = (login, user)
        if key not in self._roles:
            self._roles[key] = self.client.attempt(lambda: self._role(login, user))
        return self._roles[key]

    def _role(self, login: str, user: int) -> Role:
        address = f"{self.repository.url}/collaborators/{quote(login)}/permission"
        try:
            _, answer = self.repository.requester.requestJsonAndCheck("GET", address)
        except GithubException as error:
            if error.status == 404:
                return "none"
            raise
        if (answer.get("user") or {}).get("id") != user:
            return "none"
        # A role of the organization's own is known by the legacy permission that it is built on alone.
        for key in ("role_name", "permission"):
            if answer.get(key) in ROLES:
                role: Role = answer[key]
                return role
        return "none"

    def owns_as(self, login: str, owners: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Which of these owners somebody is, and of which that could not be found out."""
        known: list[str] = []
        unknown: list[str] = []
        for owner in dict.fromkeys(owners):
            if is_team(owner):
                belongs = self._belongs(owner, login)
            else:
                belongs = same_owner(owner, f"@{login}") if owner.startswith("@") else None
            if belongs is None:
                unknown.append(owner)
            elif belongs:
                known.append(owner)
        return tuple(known), tuple(unknown)

    def _belongs(self, team: str, login: str) -> bool | None:
        """Whether somebody is an active member of a team; None where that cannot be asked."""
        key = (team.lower(), login.lower())
        if key not in self._members:
            self._members[key] = self.client.attempt(lambda: self._membership(team, login))
        return self._members[key]

    def _membership(self, team: str, login: str) -> bool | None:
        organization, _, slug = team[1:].partition("/")
        base = self.client.github.requester.base_url
        address = f"{base}/orgs/{organization}/teams/{slug}"
        ask = self.client.github.requester.requestJsonAndCheck
        try:
            ask("GET", address)
        except GithubException as error:
            if error.status in _UNANSWERED:
                return None
            raise
        try:
            _, answer = ask("GET", f"{address}/memberships/{quote(login)}")
        except GithubException as error:
            if error.status == 404:
                return False
            if error.status == 403:
                return None
            raise
        return bool(answer.get("state") == "active")
