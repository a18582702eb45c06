import pytest

from sluicegate.ci.bootstrap.repository_address import forge_api, owner_and_name, require_usable
from sluicegate.specs.yamlio import InputError


@pytest.mark.parametrize(
    ("repo", "owner", "api"),
    [
        ("https://github.com/team/models.git", "team", "https://api.github.com/"),
        ("git@github.com:team/models.git", "team", "https://api.github.com/"),
        ("http://10.0.0.1:3000/team/models", "team", "http://10.0.0.1:3000/api/v3/"),
        ("ssh://git@forge.example.org/team/models.git", "team", None),
        ("file:///models.git", None, None),
    ],
)
def test_owner_and_api_come_from_the_address(repo: str, owner: str | None, api: str | None):
    if owner is None:
        with pytest.raises(InputError, match="does not name the owner and repository"):
            owner_and_name(repo)
    else:
        assert owner_and_name(repo) == (owner, "models")
    if api is None:
        with pytest.raises(InputError, match="--forge-api"):
            forge_api(repo)
    else:
        assert forge_api(repo) == api


@pytest.mark.parametrize(
    "repo",
    [
        "https://forge.example.org/a/b.git",
        "http://10.0.0.1:3000/a/b",
        "ssh://git@forge.example.org/a/b.git",
        "git://forge.example.org/a/b.git",
        "git@forge.example.org:a/b.git",
    ],
)
def test_an_address_that_argo_cd_reaches_is_taken(repo: str):
    assert require_usable(repo) is None


@pytest.mark.parametrize(
    ("repo", "message"),
    [
        ("https://user:token@forge.example.org/a/b.git", "holds a credential"),
        ("https://token@forge.example.org/a/b.git", "holds a credential"),
        ("ssh://git:token@forge.example.org/a/b.git", "holds a credential"),
        ("https://forge.example.org/a/b.git?token=abc", "a query or a fragment"),
        ("https://forge.example.org/a/b.git#token", "a query or a fragment"),
        ("/srv/token", "neither a URL"),
        ("file:///srv/token", "neither a URL"),
        ("git:token@forge.example.org:a/b.git", "neither a URL"),
        ("https://[token", "neither a URL"),
        ("https://forge.example.org:99999/token", "neither a URL"),
        ("https://forge.example.org/a b/token", "neither a URL"),
        ("https://forge.example.org/\n/token", "neither a URL"),
    ],
)
def test_any_other_is_refused_without_being_shown(repo: str, message: str):
    with pytest.raises(InputError, match=message) as raised:
        require_usable(repo)
    assert "token" not in str(raised.value).replace("could read a token", "")
