"""`sluice demo`: the whole path on this machine, in three acts."""

from __future__ import annotations

import fcntl
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

MARK = ".sluice-demo"
"""Stands in a directory that a demonstration made, and so may replace."""


@click.command()
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    default=Path("build/demo"),
    show_default=True,
    help="Where everything is written.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the draws that split requests.")
@click.option("--keep", is_flag=True, help="Leave forge and servers running for a look, until Ctrl-C.")
def demo(directory: Path, seed: int, keep: bool) -> None:
    """Watch three releases on this machine: good, refused, rolled back.

    Everything is real and runs on loopback: git, an embedded forge, the validators, the serving processes,
    live rows as load, and the gate's commits. Afterwards DIRECTORY holds summary.json, the comments as
    markdown, the reports as HTML with plots, and the repository.
    """
    from sluicegate.embedded.demo import result
    from sluicegate.embedded.demo.acts import Play
    from sluicegate.embedded.demo.display import Display
    from sluicegate.embedded.demo.stage import Stage

    directory = directory.resolve()
    display = Display()
    with own(directory), Stage(directory, seed) as stage:
        display.line(f"seed {seed}; everything is written below {directory}")
        play = Play(stage, display)
        play.prologue()
        play.better()
        play.bad()
        play.treacherous()
        result.write(stage, play.acts, display.seconds)
        result.close(stage, play.acts, display)
        if keep:
            stage.watched = False
            display.line(f"running for a look, until Ctrl-C: {stage.forge.url}/sluicegate/models", "bold")
            signal.pause()


@contextmanager
def own(directory: Path) -> Iterator[None]:
    """A new directory, for one demonstration at a time.

    Raises UsageError for one that holds something else than an earlier demonstration, in which one still
    runs, or that is none.
    """
    try:
        if directory.exists():
            _clear(directory)
        directory.mkdir(parents=True, exist_ok=True)
        mark = (directory / MARK).open("w")
    except OSError as error:
        raise click.UsageError(
            f"{directory} cannot be used ({error.strerror}); give another --directory"
        ) from error
    with mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        yield


def _clear(directory: Path) -> None:
    if any(directory.iterdir()):
        if not (directory / MARK).is_file():
            raise click.UsageError(f"{directory} holds something else; give another --directory, or empty it")
        with (directory / MARK).open() as mark:
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise click.UsageError(
                    f"a demonstration still runs in {directory}; end it, or give another --directory"
                ) from None
    shutil.rmtree(directory)
