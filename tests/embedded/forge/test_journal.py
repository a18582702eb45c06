from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from sluicegate.embedded.forge import Forge, Token
from sluicegate.embedded.forge.journal import VARIABLE

OLGA = Token("olga", "olga-secret", "admin", 7)


def test_what_was_asked_and_answered_is_written_down_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "journal"))
    with Forge(tmp_path / "forge", [OLGA]) as forge:
        headers = {"Authorization": f"Bearer {OLGA.secret}"}
        requests.post(f"{forge.api}/user/repos?x=1", json={"name": "a"}, headers=headers, timeout=60)
        requests.get(f"{forge.url}/olga/a", timeout=60)  # a page is no call of the API
    (path,) = (tmp_path / "journal").iterdir()
    assert OLGA.secret not in path.read_text()
    (line,) = map(json.loads, path.read_text().splitlines())
    request, response = line["request"], line["response"]
    assert (request["method"], request["path"], request["query"]) == ("POST", "/api/v3/user/repos", "x=1")
    assert (json.loads(request["body"]), response["status"]) == ({"name": "a"}, 201)
    assert json.loads(response["body"])["full_name"] == "olga/a"
