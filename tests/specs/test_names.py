from __future__ import annotations

import re

import pytest

from sluicegate.specs import names


@pytest.mark.parametrize("text", ["a", "a1", "flight-delay", "a" * 63])
def test_a_name_is_a_dns_label(text: str) -> None:
    assert names.is_name(text)


@pytest.mark.parametrize("text", ["", "-a", "a-", "A", "a_b", "a.b", "a/b", "a" * 64, "a\n"])
def test_what_kubernetes_would_refuse_is_not_a_name(text: str) -> None:
    assert not names.is_name(text)


@pytest.mark.parametrize("text", ["a1" * 20, "0" * 64])
def test_a_revision_is_a_full_commit_id_of_either_hash(text: str) -> None:
    assert names.is_revision(text)


@pytest.mark.parametrize(
    "text", ["", "a1b2c3d", "a" * 39, "a" * 41, "a" * 63, "A" * 40, "main", "a" * 40 + "\n"]
)
def test_an_abbreviated_id_is_not_a_revision(text: str) -> None:
    assert not names.is_revision(text)


def test_a_digest_names_its_algorithm() -> None:
    assert names.is_sha256("sha256:" + "0f" * 32)
    for text in ("0f" * 32, "sha256:" + "0F" * 32, "sha256:0f", "sha512:" + "0f" * 32):
        assert not names.is_sha256(text)


@pytest.mark.parametrize(
    "text", ["/etc/passwd", "../x", "a/../b", ".git/config", "a//b", "https://a/b", "a/"]
)
def test_a_path_that_leads_out_or_is_hidden_is_refused(text: str) -> None:
    assert re.fullmatch(names.RELATIVE_PATH, text) is None


def test_an_anchored_pattern_matches_only_the_whole_text() -> None:
    assert re.search(names.anchored(names.SHA256), "sha256:" + "0" * 64)
    assert not re.search(names.anchored(names.SHA256), "x sha256:" + "0" * 64)
    assert not re.search(names.anchored(names.REVISION), "0" * 50)
