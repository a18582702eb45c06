"""A server outlives whatever keeps it from starting."""

import asyncio
import sys

import pytest

from sluicegate.embedded.runtime.server import Server, ServerKey

READY = """
import os, sys
os.write(int(sys.argv[sys.argv.index("--ready-fd") + 1]), b'{"port": 1}\\n')
sys.stdin.read()
import signal
signal.pause()
"""


@pytest.mark.parametrize("error", [TypeError("odd"), RecursionError(), KeyError("a"), OverflowError()])
def test_whatever_its_command_raises_it_tries_again(tmp_path, capfd, error):
    tries = []

    def command():
        tries.append(None)
        if len(tries) == 1:
            raise error
        return [sys.executable, "-c", READY]

    async def run():
        changed = asyncio.Event()
        key = ServerKey("m", "stable", 1, "sha256:" + "0" * 64)
        server = Server(key, command, tmp_path / "log", changed)
        async with asyncio.timeout(30):
            await changed.wait()
        port = server.port
        await server.stop()
        return port

    assert asyncio.run(run()) == 1
    assert f"m-stable-1-000000000000: {type(error).__name__}" in capfd.readouterr().err
