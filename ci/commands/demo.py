"""`sluice demo`: the whole path on this machine, in three acts."""

from __future__ import annotations

import shutil
import signal
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
    directory = directory.resolve()
    _clear(directory)
    from ci.demo import result
    from ci.demo.acts import Play
    from ci.demo.display import Display
    from ci.demo.stage import Stage

    display = Display()
    display.line(f"seed {seed}; everything is written below {directory}")
    with Stage(directory, seed) as stage:
        play = Play(stage, display)
        play.prologue()
        play.better()
        play.bad()
        play.treacherous()
        result.write(stage, play.acts, display.seconds)
        result.close(stage, play.acts, display)
        if keep:
            display.line(f"running for a look, until Ctrl-C: {stage.forge.url}/sluicegate/models", "bold")
            signal.pause()


def _clear(directory: Path) -> None:
    """Make the directory new. Refuses one that holds something else than an earlier demonstration."""
    if directory.exists() and any(directory.iterdir()) and not (directory / MARK).exists():
        raise click.UsageError(f"{directory} holds something else; give another --directory, or empty it")
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    (directory / MARK).touch()
