"""`sluice validate` takes what the very same inputs gave before, and says so."""

from __future__ import annotations

import json

import pytest

CHECKS = [part for name in ("onnx-loads", "onnx-signature") for part in ("--check", name)]


@pytest.fixture
def judged(sluice, work, tmp_path, monkeypatch):
    monkeypatch.delenv("SLUICE_NO_CACHE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run(*words: object, code: int = 0) -> dict:
        result = sluice("validate", "tiny", "-C", work.root, "--format", "json", *CHECKS, *words)
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    return run


def test_the_same_files_are_not_judged_twice(judged, tmp_path) -> None:
    first = judged()
    assert first["cached"] == {}
    again = judged()
    assert again["cached"]["tiny"]["checks"] == ["onnx-loads", "onnx-signature"]
    assert again["findings"] == first["findings"]
    assert list((tmp_path / "cache/sluicegate/results").glob("??/*.json"))
    assert (tmp_path / "state/sluicegate/cache.key").stat().st_mode & 0o777 == 0o600


def test_what_anything_changed_is_judged_anew(judged, work) -> None:
    judged()
    work.write("models/tiny/README.md", "# Another card\n")
    assert judged()["cached"] == {}


def test_no_cache_neither_reads_nor_writes(judged, tmp_path) -> None:
    assert judged("--no-cache")["cached"] == {}
    assert not (tmp_path / "cache").exists()
    judged()
    assert judged("--no-cache")["cached"] == {}


def test_a_process_that_is_not_contained_is_never_cached(judged) -> None:
    """It can read whatever its user can: no key would have all of it."""
    for _ in range(2):
        assert judged("--sandbox", "limits")["cached"] == {}


def test_a_cache_from_another_machine_is_not_believed_and_named(judged, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "shared"
    judged("--cache", folder)
    assert judged("--cache", folder)["cached"]
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
    report = judged("--cache", folder)
    assert report["cached"] == {}
    assert any("not believed, and judged anew" in note for note in report["notes"])


def test_a_person_reads_what_is_from_the_cache(judged, sluice, work) -> None:
    judged()
    text = sluice("validate", "tiny", "-C", work.root, *CHECKS).stdout
    assert "; from the cache: 2 checks of 1 of 1 model, judged 20" in text


def test_a_key_that_cannot_be_used_is_an_error_only_where_a_cache_is_asked_for(
    sluice, judged, work, tmp_path
) -> None:
    path = tmp_path / "state/sluicegate/cache.key"
    path.parent.mkdir(parents=True)
    path.write_text("abcd\n")
    assert judged()["cached"] == {}
    result = sluice("validate", "tiny", "-C", work.root, *CHECKS, "--cache", tmp_path / "results")
    assert result.exit_code == 1
    assert "holds no key of 32 bytes" in result.stderr
