import pytest

from sluicegate.ci.notices.source import source_of


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("https://bot:secret@git.example/acme/models.git?t=1", "https://git.example/acme/models"),
        ("ssh://git@git.example:22/acme/models.git", "ssh://git.example:22/acme/models"),
        ("git@git.example:acme/models.git", "ssh://git.example/acme/models"),
        ("/srv/models.git", "file:///srv/models.git"),
        ("https://[::1", "urn:sluicegate:repository"),
    ],
)
def test_a_repository_is_a_uri_without_a_credential(address: str, source: str) -> None:
    assert source_of(address) == source
