from __future__ import annotations

import base64

import pytest

from sluicegate.embedded.forge.auth import Accounts, BadCredentials, BadToken, Token, may

ACCOUNTS = Accounts([Token("olga", "s1", "admin"), Token("rita", "s2", "read", 42)])


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "header",
    ["Bearer s1", "token s1", basic("olga:s1"), basic("x:s1"), basic("s1:"), basic("s1:x-oauth-basic")],
)
def test_every_way_to_send_a_token(header: str) -> None:
    account = ACCOUNTS.from_header(header)
    assert account and (account.login, account.id, account.permission) == ("olga", 1, "admin")


def test_no_header_is_nobody() -> None:
    assert ACCOUNTS.from_header(None) is None


@pytest.mark.parametrize(
    "header", ["Bearer nope", "Bearer", "Digest s1", "Basic !", basic("olga:s2x"), basic("olga")]
)
def test_wrong_credentials_are_refused(header: str) -> None:
    with pytest.raises(BadCredentials):
        ACCOUNTS.from_header(header)


@pytest.mark.parametrize("text", ["olga", "olga:s:god", "a/b:s:read", "olga::read", "olga:s:read:x"])
def test_a_token_that_cannot_be_used_is_named(text: str) -> None:
    with pytest.raises(BadToken):
        Accounts([Token.parse(text)])


def test_two_accounts_with_one_id_are_refused() -> None:
    with pytest.raises(BadToken, match="one id"):
        Accounts([Token("a", "x", "read", 3), Token("b", "y", "read", 3)])


def test_levels_include_the_lower_ones() -> None:
    assert may(Token("a", "", "admin"), "write")
    assert not may(Token("a", "", "read"), "write")
    assert not may(None, "read")
