"""Who somebody is, as GitHub answers: a role by id, and teams that may be read or not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from github import GithubException
from support.http_stub import Answer, Request, StubServer

from sluicegate.ci.github.client import connect
from sluicegate.ci.github.commands.people import People

TEAM = "/orgs/o/teams/flights"


class GitHub:
    """Answers by path; what it does not know is 404."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, object]] = {"/repos/o/r": (200, {"full_name": "o/r"})}
        self.asked: list[str] = []

    def respond(self, request: Request) -> Answer:
        self.asked.append(request.path)
        status, body = self.answers.get(request.path, (404, {"message": "Not Found"}))
        if isinstance(body, dict) and request.path == "/repos/o/r":
            body = body | {"url": f"http://{request.headers['host']}/repos/o/r"}
        return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


@pytest.fixture
def github() -> GitHub:
    return GitHub()


@pytest.fixture
def people(github: GitHub) -> Iterator[People]:
    with StubServer(github.respond) as server:
        client = connect(server.url, "secret", pause=lambda _: None)
        yield People(client, client.github.get_repo("o/r"))
        client.github.close()


def permission(role: str, legacy: str, user: int = 12) -> tuple[int, object]:
    return 200, {"permission": legacy, "role_name": role, "user": {"login": "olga", "id": user}}


@pytest.mark.parametrize(
    ("answer", "role"),
    [
        (permission("maintain", "write"), "maintain"),
        (permission("triage", "read"), "triage"),
        (permission("release-manager", "write"), "write"),  # a role of the organization's own
        (permission("admin", "admin", user=13), "none"),  # the login is somebody else's by now
        ((404, {"message": "Not Found"}), "none"),
        ((200, {"permission": "admin", "role_name": "admin", "user": None}), "none"),
    ],
)
def test_a_role(github: GitHub, people: People, answer: tuple[int, object], role: str) -> None:
    github.answers["/repos/o/r/collaborators/olga/permission"] = answer
    assert people.role("olga", 12) == role
    people.role("olga", 12)
    assert github.asked.count("/repos/o/r/collaborators/olga/permission") == 1


def test_a_role_that_cannot_be_asked_is_an_error(github: GitHub, people: People) -> None:
    github.answers["/repos/o/r/collaborators/olga/permission"] = (500, {"message": "no"})
    with pytest.raises(GithubException):
        people.role("olga", 12)


@pytest.mark.parametrize(
    ("team", "membership", "owns"),
    [
        ((200, {}), (200, {"state": "active"}), (("@o/flights",), ())),
        ((200, {}), (200, {"state": "pending"}), ((), ())),
        ((200, {}), (404, {}), ((), ())),
        ((404, {}), (404, {}), ((), ("@o/flights",))),  # it is not there, or the token may not see it
        ((200, {}), (403, {"message": "no"}), ((), ("@o/flights",))),
    ],
)
def test_a_member_of_a_team(
    github: GitHub,
    people: People,
    team: tuple[int, object],
    membership: tuple[int, object],
    owns: Callable[..., object],
) -> None:
    github.answers |= {TEAM: team, f"{TEAM}/memberships/olga": membership}
    assert people.owns_as("olga", ("@o/flights",)) == owns


def test_a_person_by_name_whatever_the_case_and_an_address_never(people: People) -> None:
    owners = ("@Olga", "@pia", "olga@example.org")
    assert people.owns_as("olga", owners) == (("@Olga",), ("olga@example.org",))
