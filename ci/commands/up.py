"""`sluice up`: this repository's models, served, judged and released on this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from sluicegate.ci.commands._checkout import Checkout, checkout
from sluicegate.ci.commands.gate import MOST_SECONDS, Seconds
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.yamlio import InputError

if TYPE_CHECKING:
    from sluicegate.embedded.up.place import Place
    from sluicegate.embedded.up.served import Served

OWN = "."
"""The address by which a person names the repository itself."""


class DidNotStart(SluiceError):
    """What `--detach` started ended before it ran."""


@click.command()
@click.argument("directory", type=click.Path(path_type=Path), default=Path(), metavar="[DIR]")
@click.option(
    "--environment", "environments", multiple=True, metavar="ENV",
    help="Serve this environment; repeatable [default: all embedded ones].",
)  # fmt: skip
@click.option(
    "--load", type=click.FloatRange(min=0, max=100_000), default=0.0, metavar="RATE",
    help="Send each model rows of its evaluation set, so many requests a second.",
)  # fmt: skip
@click.option(
    "--port", type=click.IntRange(1, 65535), metavar="PORT",
    help="Port of the page [default: 8800, or a free one]. Routers listen where environment.yaml says.",
)  # fmt: skip
@click.option(
    "--provider", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True,
    help="What the servers run on.",
)  # fmt: skip
@click.option(
    "--interval", type=Seconds(min=0.01, max=MOST_SECONDS), default=1.0, show_default=True,
    help="Seconds between two evaluations of the gate.",
)  # fmt: skip
@click.option(
    "--signing-key", type=click.Path(path_type=Path, dir_okay=False, exists=True), metavar="FILE",
    help="Sign verdicts and evidence with this private key [default: .sluice/gate.key, made where main "
    "trusts no key yet and every environment is embedded].",
)  # fmt: skip
@click.option(
    "--repo", metavar="URL_OR_PATH", envvar="SLUICE_REPO", show_envvar=True,
    help="Serve main of this repository, and let the gate commit there; `.` is DIR itself "
    "[default: the origin if it is on this machine, DIR itself without an origin].",
)  # fmt: skip
@click.option(
    "--detach", is_flag=True, help="Return when every model answers; everything goes on until `sluice down`."
)
@click.option("--ready-fd", type=int, hidden=True)
def up(directory: Path, repo: str | None, detach: bool, ready_fd: int | None, **options: Any) -> None:
    """Serve this repository's models on this machine, judge what is merged, and release it.

    One tree of processes: for each embedded environment a router and a server a track, the gate, a judge that
    runs `sluice validate` on what main brings, and the page. Everything listens on 127.0.0.1, and ends
    together: on Ctrl-C, SIGTERM or `sluice down`.
    """
    from sluicegate.embedded.up.place import Place

    location = checkout(directory, "`sluice up DIR`")
    place = Place(location.tree().root)
    source = served(location, repo)
    if detach:
        _detach(place, repo, options)
        return
    _run(place, source, options, ready_fd)


def served(location: Checkout, repo: str | None) -> Served:
    """What is served, and where the gate commits.

    Raises InputError outside of a repository, and for an origin elsewhere that nobody named: that the gate of
    a laptop commits there is for a person to say.
    """
    from sluicegate.embedded.up.served import Served
    from sluicegate.gate.adapters.git.command import run, shown

    if location.git is None:
        raise InputError.of(f"{location.root} is in no git repository", "run `sluice init`, and commit")
    address = repo or location.origin() or OWN
    if address != OWN and not Path(address).is_dir():
        if repo is None and urlsplit(address).scheme != "file":
            raise InputError.of(
                f"the origin is {shown(address)}, and the gate would commit to its main",
                "say so with --repo origin, or serve this repository's own main with --repo .",
            )
        return Served(location.origin() or address if repo == "origin" else address, None)
    if address != OWN:
        return Served(str(Path(address).resolve()), Path(address).resolve())
    common = run(location.git, "rev-parse", "--path-format=absolute", "--git-common-dir").decode().strip()
    return Served(f"file://{common}", Path(common))


def _run(place: Place, source: Served, options: dict[str, Any], ready_fd: int | None) -> None:
    """Run until a signal. Raises what Whole raises, and what the gate ended with."""
    from sluicegate.ci.commands._up_parts import parts
    from sluicegate.embedded.up.screen import Screen
    from sluicegate.embedded.up.whole import Options, Whole

    place.create()
    tell = _telling(ready_fd)
    with Screen(place.logs / "up.log", lambda text: tell({"line": text})) as screen:
        whole = Whole(place, source, Options(**options), parts(), screen)
        try:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                if signal.getsignal(number) is not signal.SIG_IGN:  # nohup(1) ignores SIGHUP
                    signal.signal(number, lambda *_: whole.stop())
            whole.run(lambda answers: tell({"answers": answers}))
            screen.line("ending")
        finally:
            whole.close()


def _telling(descriptor: int | None) -> Callable[[dict[str, Any]], None]:
    """Writes messages to whoever started this; nobody may read any more."""

    def tell(message: dict[str, Any]) -> None:
        if descriptor is not None:
            with suppress(OSError):
                os.write(descriptor, json.dumps(message).encode() + b"\n")

    return tell


def _detach(place: Place, repo: str | None, options: dict[str, Any]) -> None:
    """Start it in a session of its own, and show what it says until every model answers.

    Raises RunsAlready, DidNotStart; exits with 1 where a model does not answer.
    """
    place.create()
    with place.alone():
        pass
    read_end, write_end = os.pipe()
    command = [sys.executable, "-P", "-m", "sluicegate", "up", str(place.root), "--ready-fd", str(write_end)]
    command += [word for name, value in options.items() for word in _words(name, value)]
    command += ["--repo", repo] if repo else []
    errors = place.logs / "up.err"
    with errors.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=output,
            pass_fds=(write_end,), start_new_session=True,
        )  # fmt: skip
    os.close(write_end)
    with os.fdopen(read_end, encoding="utf-8") as messages:
        for text in messages:
            message = json.loads(text)
            if "line" in message:
                click.echo(message["line"])
            elif message["answers"]:
                return
            else:
                click.echo(
                    "not every model answers; all goes on: see `sluice logs`, or end it by `sluice down`",
                    err=True,
                )
                raise click.exceptions.Exit(1)
    code = process.wait()
    said = errors.read_text(encoding="utf-8", errors="replace").strip().removeprefix("error: ")
    raise DidNotStart(said or f"`sluice up` ended with {code}", f"see {place.logs}")


def _words(name: str, value: Any) -> list[str]:
    option = f"--{'environment' if name == 'environments' else name.replace('_', '-')}"
    values = value if isinstance(value, tuple) else (value,)
    return [word for one in values if one is not None for word in (option, str(one))]
