from __future__ import annotations

import pytest

from sluicegate.specs.redaction import redacted, redacted_arguments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fetching https://bot:hunter22@git.example/m.git", "fetching https://***@git.example/m.git"),
        ("fetching https://bot:p@ss@git.example/m.git", "fetching https://***@git.example/m.git"),
        ("https://token@git.example/a and b@c", "https://***@git.example/a and b@c"),
        ("ssh://git@git.example/m.git", "ssh://***@git.example/m.git"),
        ("git@git.example:m.git", "git@git.example:m.git"),
        ("https://git.example/a@b", "https://git.example/a@b"),
        ("answer to ghp_0123456789abcdefABCD", "answer to ***"),
        ("Authorization: Bearer abcdefgh.ijk", "Authorization: Bearer ***"),
    ],
)
def test_credentials_are_masked(text: str, expected: str) -> None:
    assert redacted(text, {}) == expected


def test_the_values_of_secret_variables_are_masked_the_longest_first() -> None:
    environment = {
        "SLUICE_TOKEN": "abcdefgh",
        "DB_PASSWORD": "abcdefgh-ijkl",
        "SLUICE_SIGNING_KEY": "-----BEGIN",
        "HOME": "somewhere",
    }
    text = "abcdefgh-ijkl abcdefgh -----BEGIN somewhere"
    assert redacted(text, environment) == "*** *** *** somewhere"


def test_short_values_and_paths_of_secret_files_stay() -> None:
    environment = {"CI_TOKEN": "1", "TOKEN_FILE": "/run/secrets/token"}
    text = "line 1 of /run/secrets/token"
    assert redacted(text, environment) == text


def test_values_of_secret_options_are_masked_in_both_forms() -> None:
    arguments = ["sluice", "--token", "hunter22", "--api-key=abc", "--model", "m", "https://a:b@host/x"]
    assert redacted_arguments(arguments) == [
        "sluice", "--token", "***", "--api-key=***", "--model", "m", "https://***@host/x",
    ]  # fmt: skip
