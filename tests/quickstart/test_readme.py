"""The README has a quickstart that can be played, and what is no longer one is refused."""

import pytest
from support.environments import ROOT

from quickstart.readme import read

PROGRAM = "```python\nprint(1)\n```\n"
COMMANDS = "```console\n$ one \\\n  more\nsaid\n$ two\n```\n"
PART = f"# P\n\n## Quickstart\n\n{PROGRAM}\n{COMMANDS}\n## Else\n"


def test_program_and_commands() -> None:
    found = read(PART)
    assert found.program == "print(1)\n"
    assert found.commands == ("one   more", "two")


@pytest.mark.parametrize(("old", "new"), [("## Quick", "## Slow"), ("python", "text"), ("$ ", "> ")])
def test_what_is_none(old, new) -> None:
    with pytest.raises(ValueError, match=r"parts|programs"):
        read(PART.replace(old, new))


def test_the_readme_begins_with_it() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = read(readme).commands
    assert readme.index("## Quickstart") == readme.index("\n## ") + 1
    for begin in (
        "sluice init",
        "sluice new model",
        "sluice validate",
        "sluice up",
        "curl",
        "sluice new version",
    ):
        assert any(one.startswith(begin) for one in commands)
