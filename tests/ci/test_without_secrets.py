"""What judges holds no secret, and whoever keeps one shows it to no other process of the same user."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool

import pytest
from support.other_process import SECRET, dies, looked_at, refuses

from sluicegate.ci.without_secrets import run_without_secrets
from sluicegate.specs.yamlio import InputError


@pytest.fixture(autouse=True)
def dumpable_again():
    yield
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)


@pytest.fixture
def secret(monkeypatch):
    monkeypatch.setenv("SLUICE_TOKEN", SECRET)
    monkeypatch.setenv("SLUICE_SIGNING_KEY", "/run/keys/gate.pem")


@pytest.mark.usefixtures("secret")
def test_another_process_judges_and_has_neither_token_nor_a_readable_memory():
    process, has_secret, variables, dumpable = run_without_secrets(looked_at)
    assert process != os.getpid()
    assert not has_secret
    assert "SLUICE_TOKEN" not in variables
    assert variables["SLUICE_SIGNING_KEY"] == "/run/keys/gate.pem"
    assert dumpable == 0


@pytest.mark.usefixtures("secret")
def test_who_posts_keeps_the_token():
    run_without_secrets(looked_at)
    assert os.environ["SLUICE_TOKEN"] == SECRET


def test_without_a_secret_nothing_is_started(monkeypatch):
    for name in [name for name in os.environ if "TOKEN" in name]:
        monkeypatch.delenv(name)
    assert run_without_secrets(looked_at)[0] == os.getpid()


@pytest.mark.usefixtures("secret")
def test_errors_arrive_as_they_are():
    with pytest.raises(InputError, match="no model is called 'x'"):
        run_without_secrets(refuses)


@pytest.mark.usefixtures("secret")
def test_a_death_is_no_result():
    with pytest.raises(BrokenProcessPool):
        run_without_secrets(dies)


PROGRAM = """
import os, subprocess
from sluicegate.ci.without_secrets import run_without_secrets

def another_users_look(pid):
    return open(f"/proc/{pid}/environ", "rb").read()

if __name__ == "__main__":
    shown = run_without_secrets(another_users_look, os.getpid())
    print("SLUICE_TOKEN=" + os.environ["SLUICE_TOKEN"], b"a-token" in shown)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone may read another process's environment then")
def test_the_environment_that_the_process_began_with_is_overwritten(tmp_path):
    file = tmp_path / "program.py"
    file.write_text(PROGRAM)
    environment = os.environ | {"SLUICE_TOKEN": SECRET}
    shown = subprocess.run(
        [sys.executable, file], env=environment, capture_output=True, text=True, check=True
    )
    assert shown.stdout.split() == [f"SLUICE_TOKEN={SECRET}", "False"]
