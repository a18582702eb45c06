"""`make quickstart`: what the README shows happens, from a built wheel in an empty folder.

Prints the seconds and commands to the first prediction. Exits with 1 at the first thing that is not as shown.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from support.environments import CLEAN, ROOT, UV, Environment, run

from quickstart.readme import read
from sluicegate.ci.scaffold.imported import CI_VARIABLES

SECONDS = 600
"""The most that one command, or one thing that is waited for, may take."""
SHOWS = {
    "sluice init": "git init: the branch is main",
    "sluice new model": "guessed: the task is binary-classification",
    "sluice validate": "findings in",
    "sluice up": "curl -s http://127.0.0.1:",
    "curl": '"probabilities"',
    "sluice down": "ended (pid ",
}
"""By the beginning of a command: what it says."""


def main() -> int:
    """Build, install, play; the folder is left for a look where something is wrong."""
    folder = ROOT / "build" / "quickstart"
    _down(folder)
    shutil.rmtree(folder, ignore_errors=True)
    play = Play(folder, Environment.make(folder / "venv"))
    try:
        play.install()
        play.all()
    except AssertionError as error:
        print(f"not as the README shows: {error}\nsee {folder}", file=sys.stderr)
        return 1
    finally:
        _down(folder)
    return 0


def _down(folder: Path) -> None:
    """End what an earlier run left."""
    sluice = folder / "venv/bin/sluice"
    if sluice.exists() and (folder / "home/models/.git").exists():
        subprocess.run([sluice, "down", folder / "home/models"], capture_output=True, check=False)


class Play:
    """One shell after the other, in a home of its own.

    Its user sits at a machine of their own, so it is no CI job, where no model is converted.
    """

    def __init__(self, folder: Path, environment: Environment) -> None:
        self._home = folder / "home"
        self._home.mkdir()
        self._wheels = folder / "wheel"
        self._environment = environment
        path = f"{environment.directory / 'bin'}{os.pathsep}{os.environ['PATH']}"
        own = {name: text for name, text in CLEAN.items() if name not in CI_VARIABLES}
        self._variables = {**own, "HOME": str(self._home), "PATH": path, "MPLBACKEND": "agg"}
        self._cwd = self._home
        self._began = 0.0
        self._sent = ""

    def install(self) -> None:
        """The wheel of this checkout, with what the README asks for."""
        run(UV, "build", "--quiet", "--wheel", "--out-dir", self._wheels, ROOT, cwd=ROOT)
        (wheel,) = self._wheels.glob("*.whl")
        what = f"sluicegate[cpu,data,sklearn] @ {wheel.as_uri()}"
        self._environment.pip("install", "-c", ROOT / "requirements.lock", what)
        where = self._environment.evaluate("import sluicegate; print(sluicegate.__file__)", self._home)
        assert where.startswith(str(self._environment.directory)), f"sluicegate is imported from {where}"
        for name, value in (("name", "Olga"), ("email", "olga@example.org")):
            self._shell(f"git config --global user.{name} {value}")

    def all(self) -> None:
        """Every command of the README; each shows what it has to."""
        quickstart = read((ROOT / "README.md").read_text(encoding="utf-8"))
        (self._home / "train.py").write_text(quickstart.program, encoding="utf-8")
        commands = [one for one in quickstart.commands if not one.startswith("pip ")]
        self._began = time.monotonic()
        for number, command in enumerate(commands, 1):
            print(f"{time.monotonic() - self._began:6.1f} s  $ {command[:150]}", flush=True)
            self._one(command)
            if command.startswith("curl"):
                seconds = time.monotonic() - self._began
                print(f"first prediction after {seconds:.0f} s and {number} commands", flush=True)
        print(f"{time.monotonic() - self._began:.0f} s in all")

    def _one(self, command: str) -> None:
        if command.startswith("cd "):
            self._cwd = self._cwd / command.removeprefix("cd ")
            return
        if command.startswith("sluice status"):
            self._wait(*command.split("# until: "))
            return
        told = self._shell(self._sent if command.startswith("curl") else command)
        wanted = next((text for begin, text in SHOWS.items() if command.startswith(begin)), "")
        assert wanted in told, f"{command!r} does not say {wanted!r}, but:\n{told}"
        sent = [line.strip() for line in told.splitlines() if line.strip().startswith("curl -s ")]
        self._sent = sent[0] if sent else self._sent

    def _wait(self, command: str, wanted: str) -> None:
        deadline = time.monotonic() + SECONDS
        while wanted not in (told := " ".join(self._shell(command).split())):
            assert time.monotonic() < deadline, f"waited for {wanted!r}; the last was:\n{told}"
            time.sleep(1)

    def _shell(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command], cwd=self._cwd, env=self._variables, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{command!r} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout


if __name__ == "__main__":
    sys.exit(main())
