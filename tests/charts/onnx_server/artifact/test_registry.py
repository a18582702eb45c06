"""Blobs of a registry: anonymously, with a token, and through the registry's token service."""

import base64
import hashlib

import pytest

BLOB = "/v2/team/models/blobs/"


@pytest.fixture
def registry(repository):
    """The model's blob beside its model.yaml; the repository itself has no artifact."""
    (path,) = [path for path in repository.pages if path.endswith(".onnx")]
    answer = repository.pages.pop(path)
    repository.blob = f"{BLOB}sha256:{hashlib.sha256(answer.body).hexdigest()}"
    repository.pages[repository.blob] = answer
    repository.oci = f"{repository.url}/team/models"
    return repository


def asked(registry) -> list[tuple[str, str | None]]:
    return [(request.target, request.headers.get("authorization")) for request in registry.requests[1:]]


def test_anonymously(registry, fetch):
    done = fetch(oci=registry.oci)
    assert (done.code, done.files) == (0, ["model.onnx", "server.json"])
    assert "from the registry" in done.message
    assert asked(registry) == [(registry.blob, None)]


def test_with_a_bearer_token(registry, fetch, tmp_path):
    (tmp_path / "token").write_text("abc")
    assert fetch(oci=registry.oci, oci_token_file=str(tmp_path / "token")).code == 0
    assert asked(registry) == [(registry.blob, "Bearer abc")]


@pytest.mark.parametrize("secret", [None, "user:password"])
def test_through_the_token_service(registry, fetch, tmp_path, secret):
    good = registry.pages[registry.blob]
    challenge = f'Bearer realm="{registry.url}/token",service="reg",scope="repository:team/models:pull"'
    registry.pages[registry.blob] = [type(good)(401, headers={"WWW-Authenticate": challenge}), good]
    query = "/token?service=reg&scope=repository%3Ateam%2Fmodels%3Apull"
    registry.pages["/token"] = type(good)(body=b'{"token": "made"}')
    options = {}
    if secret:
        (tmp_path / "token").write_text(secret)
        options["oci_token_file"] = str(tmp_path / "token")
    done = fetch(oci=registry.oci, **options)
    assert done.code == 0, done.message
    basic = f"Basic {base64.b64encode(secret.encode()).decode()}" if secret else None
    assert asked(registry) == [(registry.blob, None), (query, basic), (registry.blob, "Bearer made")]
    assert "password" not in done.message


def test_basic_credentials_go_to_a_registry_that_asks_for_them(registry, fetch, tmp_path):
    good = registry.pages[registry.blob]
    refusal = type(good)(401, headers={"WWW-Authenticate": 'Basic realm="x"'})
    registry.pages[registry.blob] = [refusal, good]
    (tmp_path / "token").write_text("user:password")
    assert fetch(oci=registry.oci, oci_token_file=str(tmp_path / "token")).code == 0
    basic = f"Basic {base64.b64encode(b'user:password').decode()}"
    assert asked(registry) == [(registry.blob, None), (registry.blob, basic)]


@pytest.mark.parametrize(
    "challenge",
    ["Digest", "Bearer", 'Bearer realm="http://elsewhere/token"', 'Bearer realm="file:///x"'],
)
def test_credentials_are_sent_nowhere_else(registry, fetch, tmp_path, challenge):
    good = registry.pages[registry.blob]
    registry.pages[registry.blob] = type(good)(401, headers={"WWW-Authenticate": challenge})
    (tmp_path / "token").write_text("user:password")
    done = fetch(oci=registry.oci, oci_token_file=str(tmp_path / "token"))
    assert (done.code, done.files) == (1, [])
    assert "SourceRefused" in done.message
    assert asked(registry) == [(registry.blob, None)]


def test_a_swapped_blob_is_refused(registry, fetch):
    registry.pages[registry.blob] = b"another"
    done = fetch(oci=registry.oci)
    assert (done.code, done.files) == (1, [])
    assert "ArtifactMismatch" in done.message


@pytest.mark.parametrize(
    "place", ["registry", "registry/UPPER", "registry/a/../b", "u:p@registry/a", "file:///x/y"]
)
def test_what_is_no_repository_is_refused_before_any_request(registry, fetch, place):
    done = fetch(oci=place)
    assert done.code == 1
    assert "SourceRefused" in done.message
    assert registry.requests == []
