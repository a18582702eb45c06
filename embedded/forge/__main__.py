"""`python -m sluicegate.embedded.forge`: serve until interrupted, or until the parent's pipe ends."""

from __future__ import annotations

import argparse
import errno
import json
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import uvicorn

from sluicegate.embedded.forge.app import build
from sluicegate.embedded.forge.auth import Accounts, BadToken, Token
from sluicegate.embedded.forge.hosts import BadHost, checked_address, in_url, names_answered
from sluicegate.embedded.forge.state import ForgeState
from sluicegate.embedded.listening import LOOPBACK, PortTaken, listen
from sluicegate.specs.errors import SluiceError

KEPT_OPEN = 75
"""Seconds of a connection without a request; one that ends just as a request is sent breaks that request."""
_ERRORS: dict[type[SluiceError], str] = {BadToken: "bad-token", BadHost: "bad-host", PortTaken: "port-taken"}


class _Server(uvicorn.Server):
    """Says when it is ready, by a call instead of by a line in a log."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    def end_with(self, descriptor: int) -> None:
        """Stop when the descriptor comes to its end: the parent closed it, or died."""

        def watch() -> None:
            while os.read(descriptor, 1024):
                pass
            self.should_exit = True

        threading.Thread(target=watch, daemon=True).start()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sluicegate.embedded.forge", description="An embedded GitHub."
    )
    parser.add_argument("--root", type=Path, required=True, help="folder of repositories and state")
    parser.add_argument(
        "--host", default=LOOPBACK, metavar="ADDRESS", help="loopback or private address to listen on"
    )
    parser.add_argument(
        "--public-name",
        action="append",
        default=[],
        metavar="NAME",
        help="a further host name that requests may carry",
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--token", action="append", default=[], metavar="LOGIN:SECRET:PERMISSION[:ID]")
    parser.add_argument(
        "--lifeline",
        action="store_true",
        help="read tokens (one line of JSON) from standard input, end with it",
    )
    return parser.parse_args()


def _tokens(arguments: argparse.Namespace) -> list[Token]:
    tokens = [Token.parse(text) for text in arguments.token]
    if arguments.lifeline:
        line = b""
        while not line.endswith(b"\n") and (part := os.read(0, 1)):
            line += part
        tokens += [Token(*fields) for fields in json.loads(line or b"[]")]
    return tokens


def main() -> int:
    """Exit code: 0 after a stop, 1 for bad input (named on standard output), 130 when interrupted."""
    arguments = _arguments()
    try:
        accounts = Accounts(_tokens(arguments))
        listening = listen(arguments.port, checked_address(arguments.host))
        names = names_answered(arguments.host, arguments.public_name)
    except SluiceError as error:
        return _say({"error": _ERRORS.get(type(error), "bad-input"), "reason": str(error)}, 1)
    except (OSError, OverflowError) as error:
        return _say(_no_socket(error), 1)
    url = f"http://{in_url(arguments.host)}:{listening.getsockname()[1]}"
    try:
        app = build(ForgeState(arguments.root, accounts, url), names)
    except OSError as error:
        return _say(
            {"error": "root", "reason": f"{error}: give a directory that can be written as --root"}, 1
        )
    config = uvicorn.Config(
        app, lifespan="off", ws="none", log_level="warning", access_log=False, server_header=False,
        timeout_graceful_shutdown=2, timeout_keep_alive=KEPT_OPEN,
    )  # fmt: skip
    server = _Server(config, lambda: _announce(url))
    if arguments.lifeline:
        server.end_with(0)
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        return 130
    return 0


def _no_socket(error: OSError | OverflowError) -> dict[str, object]:
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.EADDRNOTAVAIL:
        return {"error": "bad-host", "reason": f"{error}: give an address that this machine has as --host"}
    return {"error": "port", "reason": f"{error}: give another --port"}


def _announce(url: str) -> None:
    _say({"url": url, "pid": os.getpid()}, 0)


def _say(answer: dict[str, object], code: int) -> int:
    print(json.dumps(answer), flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
