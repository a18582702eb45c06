"""Whose word a result of the cache is."""

from __future__ import annotations

import threading

import pytest
from support.keys import P256, Key

from sluicegate.ci.result_seals import OwnSeal, SignedSeal, own_seal
from sluicegate.gate.adapters.signing import public_keys

DATA = b'{"key": "a"}'


def test_the_key_of_a_machine_is_made_once_by_whoever_is_first(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    seals: list[OwnSeal] = []
    threads = [threading.Thread(target=lambda: seals.append(own_seal())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(seals)) == 1
    assert [path.name for path in (tmp_path / "sluicegate").iterdir()] == ["cache.key"]


def test_an_own_seal_counts_for_its_bytes_alone() -> None:
    seal = OwnSeal(b"k" * 32)
    signature = seal.sign(DATA)
    assert signature is not None
    assert seal.counts(DATA, signature)
    assert not seal.counts(DATA + b" ", signature)
    assert not OwnSeal(b"l" * 32).counts(DATA, signature)


@pytest.mark.parametrize("kind", ["ed25519", P256])
def test_a_signature_counts_where_its_key_is_trusted(kind) -> None:
    key, other = Key(kind), Key(kind)
    signature = SignedSeal(public_keys(other.public, "gate.pub"), key.signer).sign(DATA)
    assert signature is not None
    assert SignedSeal(public_keys(key.public, "gate.pub")).counts(DATA, signature)
    assert not SignedSeal(public_keys(key.public, "gate.pub")).counts(DATA + b" ", signature)
    assert not SignedSeal(public_keys(other.public, "gate.pub")).counts(DATA, signature)


def test_who_only_reads_signs_nothing() -> None:
    assert SignedSeal(public_keys(Key().public, "gate.pub")).sign(DATA) is None
