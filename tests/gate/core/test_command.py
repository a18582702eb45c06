"""A command as data."""

import pytest

from sluicegate.gate.core.command import Command, CommandError, one_line
from sluicegate.gate.core.serialize import dump, load


def test_a_reason_becomes_one_line_and_must_say_something():
    assert one_line(" wait for \n the audit ") == "wait for the audit"
    with pytest.raises(CommandError, match="say why"):
        one_line(" \n ")


def test_who_gave_it_is_recorded_and_old_records_name_nobody():
    command = Command("hold", "audit", by="Olga <olga@example.org>")
    assert dump(command)["by"] == "Olga <olga@example.org>"
    assert load(Command, dump(command)) == command
    assert "by" not in dump(Command("hold", "audit"))
    assert load(Command, {"name": "hold", "reason": "audit", "to": None, "version": None}).by is None
