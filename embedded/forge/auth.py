"""Tokens, and what their holders may do."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from sluicegate.embedded.forge.names import valid_owner
from sluicegate.specs.errors import SluiceError

LEVELS = ("read", "write", "admin")


class BadToken(SluiceError):
    """A token given at start cannot be used."""


class BadCredentials(Exception):
    """The request carries credentials that no account has."""


@dataclass(frozen=True)
class Token:
    """An account: login, secret, permission over others' repositories (read, write, admin), id (0: by order).

    `read` may comment and edit its own comments, as any account may on a public repository of GitHub.
    """

    login: str
    secret: str
    permission: str = "write"
    id: int = 0

    @classmethod
    def parse(cls, text: str) -> Token:
        """From `login:secret:permission[:id]`. Raises `BadToken`."""
        parts = text.split(":")
        if len(parts) not in (3, 4) or (len(parts) == 4 and not parts[3].isdecimal()):
            raise BadToken(
                "a --token is not an account", "write login:secret:permission or login:secret:permission:id"
            )
        return cls(parts[0], parts[1], parts[2], int(parts[3]) if len(parts) == 4 else 0)


class Accounts:
    """The accounts that a forge was started with. Raises `BadToken`."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.by_login: dict[str, Token] = {}
        for order, token in enumerate(tokens, start=1):
            if not valid_owner(token.login) or token.permission not in LEVELS or not token.secret:
                raise BadToken(
                    f"account {token.login!r} with permission {token.permission!r} is refused",
                    f"give a login of letters, digits and dashes, a secret, and one of {', '.join(LEVELS)}",
                )
            known = self.by_login.setdefault(
                token.login, Token(token.login, "", token.permission, token.id or order)
            )
            if (known.permission, known.id) != (token.permission, token.id or known.id):
                raise BadToken(
                    f"account {token.login!r} is given twice with other rights", "give each login once"
                )
        if len({account.id for account in self.by_login.values()}) < len(self.by_login):
            raise BadToken("two accounts have one id", "give each its own, or none")
        self._tokens = tuple(tokens)

    def holder(self, secret: str) -> Token:
        """Whose token this is. Raises `BadCredentials`."""
        matching = [
            token for token in self._tokens if hmac.compare_digest(token.secret.encode(), secret.encode())
        ]
        if not matching:
            raise BadCredentials
        return self.by_login[matching[0].login]

    def from_header(self, header: str | None) -> Token | None:
        """The account of an Authorization header (Bearer, token, Basic); None without one.

        In Basic the token is the password, or the user name when the password is empty or `x-oauth-basic`.
        """
        if not header:
            return None
        scheme, _, value = header.partition(" ")
        if scheme.lower() in ("bearer", "token"):
            return self.holder(value.strip())
        if scheme.lower() != "basic":
            raise BadCredentials
        try:
            user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise BadCredentials from error
        return self.holder(password if password not in ("", "x-oauth-basic") else user)


def permission_in(account: Token, owner: str) -> str:
    """What the account may do in a repository of that owner: everything in its own, as in a fork."""
    return "admin" if account.login == owner else account.permission


def may(account: Token | None, need: str, owner: str = "") -> bool:
    """Whether the account's permission reaches the level needed; an anonymous client may do nothing.

    `owner` is whose repository it is about, if it is about one.
    """
    return account is not None and LEVELS.index(permission_in(account, owner)) >= LEVELS.index(need)
