"""What a key signed, and which files of keys are read; tests/gate/adapters/test_signing.py has the rest."""

from __future__ import annotations

import pytest
from support.keys import ED25519, P256, Key

from sluicegate.specs.keys import KeyProblem, key_id, public_keys, signed


@pytest.mark.parametrize("kind", [ED25519, P256])
def test_a_key_signs_its_own_bytes_alone(kind: str) -> None:
    key = Key(kind)
    (public,) = public_keys(key.public, "models.pub").values()
    signature = key.signer.sign(b"data")
    assert signed(public, b"data", signature)
    assert not signed(public, b"date", signature)
    assert not signed(public, b"data", b"")


def test_a_file_holds_several_keys_and_no_private_one() -> None:
    one, other = Key(), Key(P256)
    found = public_keys(b"of the team\n" + one.public + other.public, "models.pub")
    assert list(found) == [key_id(one.key.public_key()), key_id(other.key.public_key())]
    with pytest.raises(KeyProblem, match="holds a PRIVATE KEY"):
        public_keys(one.public + other.private, "models.pub")
