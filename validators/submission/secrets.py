"""What looks like a secret or like a person's data in a text, told by the form that its issuer gives it.

Forms: the issuers' own pages (AWS unique identifiers, GitHub's token formats, Slack's and Google's keys, PEM
of RFC 7468, JWT of RFC 7519), the US social security number, card numbers by their check digit (ISO 7812).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_SECRETS = {
    "an AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a private key": r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,})",
    "a Slack token": r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    "a Google API key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "a Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}",
    "a GitLab token": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "a JSON web token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "a password": (
        r"(?i:aws_secret_access_key|passw(?:or)?d|secret_key|client_secret|api[_-]?key|access_token)"
        r"[\"']?\s{0,3}[=:]\s{0,3}[\"']?(?=\S{0,40}\d)[^\s\"'<>{}$()\[\],]{8,}"
    ),
}
_HINTS = {
    "an AWS access key": ("akia", "asia"),
    "a private key": ("private key",),
    "a GitHub token": ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    "a Slack token": ("xox",),
    "a Google API key": ("aiza",),
    "a Hugging Face token": ("hf_",),
    "a GitLab token": ("glpat-",),
    "a JSON web token": ("eyj",),
    "a password": ("passw", "secret", "api", "access_token"),
}
"""What a text has in lower case that holds such a secret: looking for it is a hundred times as fast."""
_FORMS = {name: re.compile(form) for name, form in _SECRETS.items()}
_PERSONAL = {
    "an e-mail address": ("@", re.compile(r"\b[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}\b")),
    "a social security number": (
        "-",
        re.compile(r"(?<![\d.-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d.-])"),
    ),
}
"""The sign that such a text has, and its form."""
_CARD = re.compile(r"(?<!\d)\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?!\d)")
_CARD_OF_AN_ISSUER = re.compile(
    r"(?<![\w.,+-])(?:4\d{3}|5[1-5]\d\d|2[2-7]\d\d|6011|65\d\d)([ -]?)\d{4}\1\d{4}\1\d{4}(?![\w-]|[.,]\d)"
    r"|(?<![\w.,+-])3[47]\d{13}(?![\w-]|[.,]\d)"
)
"""By the first digits that Visa, Mastercard, Discover and American Express have (ISO 7812)."""
_LARGEST_DIGIT = 9


def secrets_in(text: str) -> Iterator[str]:
    """The kinds of secrets in it, each once; never the secret itself."""
    lower = text.lower()
    for name, form in _FORMS.items():
        if any(hint in lower for hint in _HINTS[name]) and form.search(text):
            yield name


def personal_data_in(text: str) -> Iterator[str]:
    """The kinds of a person's data in it, each once."""
    yield from except_cards(text)
    if any(_checks_out(match[0]) for match in _CARD.finditer(text)):
        yield "a card number"


def except_cards(text: str) -> Iterator[str]:
    """The kinds of a person's data in it that a single text tells, each once: not cards."""
    for name, (sign, form) in _PERSONAL.items():
        if sign in text and form.search(text):
            yield name


def card_numbers_in(text: str) -> Iterator[tuple[str, bool]]:
    """Each number that a card could have, as it is written, and whether its check digit is right."""
    for match in _CARD_OF_AN_ISSUER.finditer(text):
        yield match[0], _checks_out(match[0])


def _checks_out(number: str) -> bool:
    """Whether the last digit is the one that the others ask for (Luhn's algorithm)."""
    digits = [int(character) for character in number if character.isdigit()]
    doubled = [digit * 2 for digit in digits[-2::-2]]
    total = sum(digits[-1::-2]) + sum(digit - 9 if digit > _LARGEST_DIGIT else digit for digit in doubled)
    return total % 10 == 0
