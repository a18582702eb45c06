from __future__ import annotations

import pytest
from github import GithubException
from github.PullRequest import PullRequest
from github.Repository import Repository


def test_labels_of_a_pull(pull: PullRequest, repo: Repository) -> None:
    repo.create_label("gate: hold", "d73a4a", "Held by hand")
    pull.add_to_labels("gate: hold", "models/flight")
    assert [label.name for label in pull.get_labels()] == ["gate: hold", "models/flight"]
    pull.remove_from_labels("gate: hold")
    assert [label.name for label in repo.get_pull(1).labels] == ["models/flight"]
    pull.set_labels("a", "b")
    assert [issue.number for issue in repo.get_issues(labels=["a", "b"])] == [1]
    pull.delete_labels()
    assert pull.get_labels().totalCount == 0


def test_labels_of_a_repository(repo: Repository) -> None:
    label = repo.create_label("Hold", "D73A4A")
    assert repo.get_label("hold").color == "d73a4a"
    label.edit("Held", "ffffff", "now")
    assert [(one.name, one.description) for one in repo.get_labels()] == [("Held", "now")]
    with pytest.raises(GithubException) as caught:
        repo.create_label("HELD", "000000")
    assert caught.value.data["errors"][0]["code"] == "already_exists"
    repo.get_label("Held").delete()
    assert repo.get_labels().totalCount == 0


def test_a_label_that_is_not_there_is_404(pull: PullRequest) -> None:
    with pytest.raises(GithubException) as caught:
        pull.remove_from_labels("nothing")
    assert caught.value.status == 404


@pytest.mark.parametrize(("name", "color"), [("x", "red"), ("", "ffffff"), ("x" * 51, "ffffff")])
def test_an_odd_label_is_422(repo: Repository, name: str, color: str) -> None:
    with pytest.raises(GithubException) as caught:
        repo.create_label(name, color)
    assert caught.value.status == 422
