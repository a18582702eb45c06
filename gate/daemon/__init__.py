"""The gate at work: read the repository at one tip, evaluate every release, commit what is decided."""

from sluicegate.gate.daemon.blindness import Blindness
from sluicegate.gate.daemon.daemon import Daemon
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.gate.daemon.reconcile import execute, plan, require, tick
from sluicegate.gate.daemon.smoke import SmokeTests

__all__ = ["Blindness", "Daemon", "Outcome", "SmokeTests", "execute", "plan", "require", "tick"]
