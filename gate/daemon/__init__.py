"""The gate at work: read the repository at one tip, look at every release, commit what is decided."""

from sluicegate.gate.daemon.evaluate import Outcome, source_of
from sluicegate.gate.daemon.loop import command, plan, require, run, tick

__all__ = ["Outcome", "command", "plan", "require", "run", "source_of", "tick"]
