"""Secrets taken out of what is written down: command lines, log lines, tracebacks."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping

MASK = "***"
SHORTEST_SECRET = 8
"""A value of the environment with fewer characters is not masked: `1` would blank out every digit."""

_SECRET_NAME = re.compile(
    r"token|secret|password|passwd|credential|api[-_]?key|private[-_]?key|signing[-_]?key|notify|webhook",
    re.IGNORECASE,
)
_URL_CREDENTIALS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)[^/?#\s'\"]+@")
_GITHUB_TOKEN = re.compile(r"\b(?:gh[a-z]_\w{16,}|github_pat_\w{16,})")
_CHAT_WEBHOOK = re.compile(r"(?P<host>https://hooks\.slack(?:-gov)?\.com)/[^\s'\"]+")
_AUTHORIZATION = re.compile(r"\b(?P<kind>bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)


def redacted(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """The text without secrets: in URLs, GitHub tokens, Slack's webhooks, authorization, secret variables.

    A variable of the environment is secret by its name, as SLUICE_TOKEN is.
    """
    for secret in _secrets(environment):
        text = text.replace(secret, MASK)
    text = _URL_CREDENTIALS.sub(rf"\g<scheme>{MASK}@", text)
    text = _GITHUB_TOKEN.sub(MASK, text)
    text = _CHAT_WEBHOOK.sub(rf"\g<host>/{MASK}", text)
    return _AUTHORIZATION.sub(rf"\g<kind> {MASK}", text)


def secret_variables(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables of the environment that hold a secret, by their names."""
    return {
        name: value
        for name, value in environment.items()
        if _SECRET_NAME.search(name)
        and len(value) >= SHORTEST_SECRET
        and not value.startswith("/")  # the path of a file with a secret, as in GITHUB_TOKEN_FILE
    }


def _secrets(environment: Mapping[str, str]) -> list[str]:
    """The values of secret variables, the longest first: one may contain another."""
    return sorted(set(secret_variables(environment).values()), key=len, reverse=True)


def redacted_arguments(arguments: Iterable[str]) -> list[str]:
    """A command line, with the values of options whose names say that they are secret masked as well."""
    return list(_redacted_arguments(arguments))


def _redacted_arguments(arguments: Iterable[str]) -> Iterator[str]:
    value_is_secret = False
    for argument in arguments:
        if value_is_secret:
            yield MASK
            value_is_secret = False
            continue
        name, equals, _ = argument.partition("=")
        secret = name.startswith("-") and _SECRET_NAME.search(name) is not None
        if secret and equals:
            yield f"{name}={MASK}"
            continue
        value_is_secret = secret
        yield redacted(argument)
