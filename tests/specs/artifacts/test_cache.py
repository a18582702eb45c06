"""The node's cache believes nothing that it finds."""

import hashlib
import io
import os

import pytest

from sluicegate.specs.artifacts.cache import Cache

CONTENT = b"weights"
DIGEST = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
YAML = b"kind: Model\n"


@pytest.fixture
def cache(tmp_path) -> Cache:
    return Cache(tmp_path / "cache", 100)


@pytest.fixture
def kept(cache, tmp_path):
    """An artifact put into the cache: its entry."""
    (tmp_path / "source").write_bytes(CONTENT)
    cache.put(DIGEST, tmp_path / "source")
    return tmp_path / "cache" / DIGEST.replace(":", "-")


def take(cache: Cache) -> bytes | None:
    target = io.BytesIO()
    return target.getvalue() if cache.take(DIGEST, 1000, target) else None


def test_what_was_put_is_taken(cache, kept):
    assert take(cache) == CONTENT
    assert kept.stat().st_mode & 0o777 == 0o644


def test_an_empty_cache_has_nothing(cache):
    assert take(cache) is None
    assert cache.declaration("here") is None


@pytest.mark.parametrize("how", ["symlink", "fifo", "other", "huge"])
def test_an_entry_that_is_not_its_artifact_is_not_used(cache, kept, tmp_path, how):
    kept.unlink()
    if how == "symlink":
        (tmp_path / "elsewhere").write_bytes(CONTENT)
        kept.symlink_to(tmp_path / "elsewhere")
    elif how == "fifo":
        os.mkfifo(kept)
    else:
        kept.write_bytes(b"other" if how == "other" else CONTENT * 1000)
    assert take(cache) is None
    assert how == "symlink" or not kept.exists()


def test_a_file_that_changes_under_the_copy_is_not_kept(cache, tmp_path, caplog):
    (tmp_path / "source").write_bytes(b"not what was checked")
    cache.put(DIGEST, tmp_path / "source")
    assert list((tmp_path / "cache").iterdir()) == []
    assert "not cached" in caplog.text


def test_those_used_longest_ago_go_first(cache, tmp_path):
    digests = []
    for number in range(4):
        source = tmp_path / "source"
        source.write_bytes(bytes([number]) * 30)
        digests.append(f"sha256:{hashlib.sha256(source.read_bytes()).hexdigest()}")
        cache.put(digests[-1], source)
        entry = tmp_path / "cache" / digests[-1].replace(":", "-")
        # The first one was used last.
        os.utime(entry, (1000 - number, 1000 + (50 if number == 0 else number)))
    assert sorted(entry.name for entry in (tmp_path / "cache").iterdir()) == sorted(
        digests[number].replace(":", "-") for number in (0, 2, 3)
    )


def test_a_declaration_is_believed_only_whole_and_from_this_user(cache, tmp_path):
    cache.put_declaration("here", YAML)
    assert cache.declaration("here") == YAML
    assert cache.declaration("there") is None
    (entry,) = (tmp_path / "cache").iterdir()
    entry.chmod(0o666)
    assert cache.declaration("here") is None
    entry.chmod(0o644)
    entry.write_bytes(entry.read_bytes() + b"x")
    assert cache.declaration("here") is None


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives a file to another user")
def test_a_declaration_of_another_user_is_not_believed(cache, tmp_path):
    cache.put_declaration("here", YAML)
    (entry,) = (tmp_path / "cache").iterdir()
    os.chown(entry, 12345, 12345)
    assert cache.declaration("here") is None
