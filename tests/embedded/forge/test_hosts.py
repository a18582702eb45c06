from __future__ import annotations

from pathlib import Path

import pytest
import requests

from sluicegate.embedded.forge import Forge, ForgeFailed, Token
from sluicegate.embedded.forge.hosts import BadHost, in_url, names_answered


def answer(forge: Forge, host: str) -> int:
    return requests.get(f"{forge.api}/meta", headers={"Host": host}, timeout=10).status_code


def test_an_address_of_its_own(tmp_path: Path) -> None:
    """127.8.9.1 in place of a network namespace's address: not the default, and nobody else's."""
    with Forge(
        tmp_path, [Token("olga", "s", "admin")], host="127.8.9.1", public_names=["Forge.test"]
    ) as forge:
        assert forge.url.startswith("http://127.8.9.1:")
        made = requests.post(
            f"{forge.api}/user/repos", json={"name": "x"}, headers={"Authorization": "Bearer s"}, timeout=10
        ).json()
        assert made["clone_url"] == f"{forge.url}/olga/x.git"
        known = (
            "127.8.9.1",
            "127.8.9.1:3000",
            "127.0.0.1",
            "localhost:1",
            "[::1]:2",
            "forge.test",
            "FORGE.TEST:3",
        )
        assert [answer(forge, host) for host in known] == [200] * len(known)
        foreign = ("127.8.9.2", "10.250.1.1", "evil.example", "127.8.9.1.evil.example", "forge.test:x", "")
        assert [answer(forge, host) for host in foreign] == [421] * len(foreign)


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("0.0.0.0", "every address"), ("::", "every address"), ("8.8.8.8", "public address"),
        ("localhost", "not an IP address"), ("10.255.255.1", "an address that this machine has"),
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_used_is_named(tmp_path: Path, host: str, reason: str) -> None:
    with pytest.raises(ForgeFailed, match=reason):
        Forge(tmp_path, host=host).start()


def test_an_odd_public_name_is_named(tmp_path: Path) -> None:
    for name in ("http://x", "x:3000", "", "a/b"):
        with pytest.raises(BadHost, match="without scheme, port and path"):
            names_answered("127.0.0.1", [name])
    with pytest.raises(ForgeFailed, match="not a host name"):
        Forge(tmp_path, public_names=["a b"]).start()


def test_ipv6() -> None:
    assert in_url("fd00::1") == "[fd00::1]"
    assert "[fd00::1]" in names_answered("fd00:0::1")
