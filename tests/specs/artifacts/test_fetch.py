"""A file from a real server on loopback into the cache: what goes wrong on the way, and what is left."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.http_stub import Answer, Request, Site

from sluicegate.specs.artifacts.access import Access, of_owner
from sluicegate.specs.artifacts.addresses import Guard
from sluicegate.specs.artifacts.cache import Cache
from sluicegate.specs.artifacts.errors import (
    AddressRefused,
    ArtifactMismatch,
    NotFound,
    SourceUnknown,
    SourceUnreachable,
    TooLarge,
    Unauthorized,
)
from sluicegate.specs.artifacts.http import Http
from sluicegate.specs.artifacts.reference import Reference
from sluicegate.specs.errors import SluiceError

CONTENT = bytes(range(256)) * 4096
DIGEST = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
BLOB = f"/v2/team/model/blobs/{DIGEST}"


@pytest.fixture
def registry() -> Iterator[Site]:
    with Site() as site:
        site.pages[BLOB] = CONTENT
        yield site


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def reference(site: Site, **more: int) -> Reference:
    return Reference("w.bin", DIGEST, f"oci://127.0.0.1:{site.port}/team/model:1", **more)


def files(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "cache").iterdir())


def ranged(request: Request) -> Answer:
    """As a registry that knows ranges answers."""
    span = request.headers.get("range")
    if span is None:
        return Answer(body=CONTENT)
    start = int(span.removeprefix("bytes=").rstrip("-"))
    headers = {"Content-Range": f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"}
    return Answer(206, CONTENT[start:], headers)


def test_it_is_fetched_once(registry: Site, cache: Cache, tmp_path: Path) -> None:
    entry = cache.fetch(reference(registry), of_owner())
    assert entry.read_bytes() == CONTENT
    assert entry.stat().st_mode & 0o777 == 0o444
    assert cache.fetch(reference(registry), of_owner()) == entry
    assert len(registry.requests) == 1
    assert files(tmp_path) == [DIGEST.replace(":", "-")]


def test_a_connection_that_breaks_off_is_gone_on_with(registry: Site, cache: Cache) -> None:
    registry.pages[BLOB] = lambda request: (
        Answer(body=CONTENT, cut=300_000) if "range" not in request.headers else ranged(request)
    )
    assert cache.fetch(reference(registry), of_owner()).read_bytes() == CONTENT
    first, second = registry.requests
    assert ("range" in first.headers, second.headers["range"]) == (False, "bytes=300000-")


def test_what_a_killed_fetch_left_is_gone_on_with_by_the_next(
    registry: Site, cache: Cache, tmp_path: Path
) -> None:
    registry.pages[BLOB] = Answer(body=CONTENT, cut=300_000)
    with pytest.raises(SourceUnreachable, match="the body ended after 300000 of 1048576 bytes"):
        cache.fetch(reference(registry), Access(Http(0)))
    assert files(tmp_path) == [f".part-{DIGEST.replace(':', '-')}"]
    registry.pages[BLOB] = ranged
    assert cache.fetch(reference(registry), of_owner()).read_bytes() == CONTENT
    assert registry.requests[-1].headers["range"] == "bytes=300000-"


def test_a_part_that_is_something_else_is_fetched_from_its_start(
    registry: Site, cache: Cache, tmp_path: Path
) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / f".part-{DIGEST.replace(':', '-')}").write_bytes(b"x" * 1000)
    registry.pages[BLOB] = ranged
    assert cache.fetch(reference(registry), of_owner()).read_bytes() == CONTENT


def test_too_many_requests_are_asked_again_when_the_registry_says(registry: Site, cache: Cache) -> None:
    registry.pages[BLOB] = [Answer(429, headers={"Retry-After": "0"}), Answer(503), Answer(body=CONTENT)]
    assert cache.fetch(reference(registry), of_owner()).read_bytes() == CONTENT
    registry.pages["/v2/team/other/blobs/" + DIGEST] = Answer(429, headers={"Retry-After": "3600"})
    other = Reference("w.bin", "sha256:" + "0" * 64, f"oci://127.0.0.1:{registry.port}/team/other")
    registry.pages["/v2/team/other/blobs/" + other.sha256] = Answer(429, headers={"Retry-After": "3600"})
    with pytest.raises(SourceUnreachable, match="status 429, and asks to wait 3600 s"):
        cache.fetch(other, of_owner())


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (Answer(401), Unauthorized, "answers 401; run `docker login 127.0.0.1"),
        (Answer(403), Unauthorized, "answers 403"),
        (Answer(404), NotFound, "is not there (404)"),
        (Answer(body=b"another file"), ArtifactMismatch, "the artifact was swapped"),
    ],
)
def test_what_no_second_try_helps_is_named_and_leaves_nothing(
    registry: Site, cache: Cache, tmp_path: Path, answer: Answer, error: type[SluiceError], says: str
) -> None:
    registry.pages[BLOB] = answer
    with pytest.raises(error) as refused:
        cache.fetch(reference(registry), of_owner())
    assert says in str(refused.value)
    assert (files(tmp_path), len(registry.requests)) == ([], 1)


def test_a_file_of_another_size_is_refused_before_it_is_read(registry: Site, cache: Cache) -> None:
    with pytest.raises(TooLarge, match="gives more than 1000 bytes"):
        cache.fetch(reference(registry, size=1000), of_owner())


def test_a_symlink_in_the_cache_is_not_followed(registry: Site, cache: Cache, tmp_path: Path) -> None:
    entry = cache.fetch(reference(registry), of_owner())
    outside = tmp_path / "outside"
    outside.write_bytes(CONTENT)
    entry.unlink()
    entry.symlink_to(outside)
    (tmp_path / "cache" / f".part-{entry.name}").symlink_to(outside)
    assert not cache.fetch(reference(registry), of_owner()).is_symlink()
    assert (len(registry.requests), outside.read_bytes()) == (2, CONTENT)


def test_of_two_fetches_at_once_one_fetches(registry: Site, cache: Cache, tmp_path: Path) -> None:
    arrived = threading.Barrier(2, timeout=60)

    def slowly(_: Request) -> bytes:
        arrived.wait()
        return CONTENT

    registry.pages[BLOB] = slowly
    found: list[Path] = []
    both = [
        threading.Thread(target=lambda: found.append(cache.fetch(reference(registry), of_owner())))
        for _ in range(2)
    ]
    for thread in both:
        thread.start()
    arrived.wait()
    for thread in both:
        thread.join(timeout=60)
    assert [path.read_bytes() == CONTENT for path in found] == [True, True]
    assert len(registry.requests) == 1
    assert files(tmp_path) == [DIGEST.replace(":", "-")]


def test_a_disk_without_room_is_named_and_nothing_half_written_stays(registry: Site, tmp_path: Path) -> None:
    """A limit on a file's size stands for the disk: the same write fails in the middle of the file."""
    registry.pages[BLOB] = CONTENT
    one = reference(registry)
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from sluicegate.specs.artifacts.access import of_owner\n"
        "from sluicegate.specs.artifacts.cache import Cache\n"
        "from sluicegate.specs.artifacts.reference import Reference\n"
        "from sluicegate.specs.errors import SluiceError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "try: Cache(Path(sys.argv[1])).fetch(Reference(*sys.argv[2:]), of_owner())\n"
        "except SluiceError as error: print(type(error).__name__, error)\n"
    )
    words = [
        sys.executable,
        "-P",
        "-c",
        program,
        str(tmp_path / "cache"),
        one.name,
        one.sha256,
        one.uri or "",
    ]
    said = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout
    assert said.startswith("NoRoom no room for oci://")
    assert "SLUICE_CACHE" in said
    assert files(tmp_path) == []


def test_a_scheme_that_nobody_knows_is_named_with_those_that_are(cache: Cache) -> None:
    with pytest.raises(SourceUnknown, match=r"no source is called ftp:; use one of file:, gs:, hf:, https:"):
        cache.fetch(Reference("w.bin", DIGEST, "ftp://host/w.bin"), of_owner())


def test_a_library_that_is_missing_is_named_with_its_extra(cache: Cache, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(SourceUnknown, match=r"needs s3fs; install it: pip install 'sluicegate\[s3\]'"):
        cache.fetch(Reference("w.bin", DIGEST, "s3://bucket/w.bin"), of_owner())


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("file:///etc/passwd", "file: is not fetched for a pull request"),
        ("s3://bucket/key", "fetched are hf:, https:, lfs:, oci:"),
        ("https://169.254.169.254/latest/meta-data", "inside this network"),
        ("https://localhost/x", "inside this network; let an owner name the host in SLUICE_ARTIFACT_HOSTS"),
        ("oci://127.0.0.1:5000/team/model", "inside this network"),
        ("https://[::1]/x", "inside this network"),
    ],
)
def test_what_a_pull_request_may_not_ask_for(cache: Cache, uri: str, says: str) -> None:
    stranger = Access(Http(0, None, Guard()), stranger=True)
    with pytest.raises(AddressRefused) as refused:
        cache.fetch(Reference("w.bin", DIGEST, uri), stranger)
    assert says in str(refused.value)


def test_a_host_that_an_owner_named_may_be_inside(registry: Site, cache: Cache) -> None:
    named = Access(Http(0, None, Guard(("127.0.0.1",))), stranger=True)
    assert cache.fetch(reference(registry), named).read_bytes() == CONTENT
    with pytest.raises(AddressRefused, match=r"example\.org is none of the hosts"):
        cache.fetch(Reference("w.bin", "sha256:" + "1" * 64, "https://example.org/w.bin"), named)


def test_a_stranger_is_shown_no_credentials(
    registry: Site, cache: Cache, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    host = f"127.0.0.1:{registry.port}"
    (tmp_path / "config.json").write_text(f'{{"auths": {{"{host}": {{"registrytoken": "secret"}}}}}}')
    cache.fetch(reference(registry), of_owner())
    assert registry.requests[-1].headers["authorization"] == "Bearer secret"
    for entry in (tmp_path / "cache").iterdir():
        entry.unlink()
    guard = Guard(("127.0.0.1",))
    monkeypatch.setattr(Guard, "allows", lambda self, host: False)
    monkeypatch.setattr(Guard, "check_host", lambda self, host: None)
    monkeypatch.setattr("sluicegate.specs.artifacts.addresses._public", lambda host: True)
    cache.fetch(reference(registry), Access(Http(0, None, guard), stranger=True))
    assert "authorization" not in registry.requests[-1].headers


def test_a_file_of_this_machine(cache: Cache, tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(CONTENT)
    entry = cache.fetch(Reference("w.bin", DIGEST, f"file:{tmp_path}/w.bin"), of_owner())
    assert (entry.read_bytes(), os.getuid()) == (CONTENT, entry.stat().st_uid)
