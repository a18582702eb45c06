"""Since when each running release has been without figures, as the gate remembers it."""

from __future__ import annotations

import json
import threading
from datetime import datetime
from pathlib import Path

from sluicegate.gate.core.counting import counted_now, never_counted, warmed_up, without_figures
from sluicegate.gate.core.decision import GATEWAY, Reading
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Release

FILE = "sluice-blind.json"
"""In the folder that a gate keeps between runs."""


class Blindness:
    """In memory, and in a small file where there is a folder for it. Safe for several threads.

    What cannot be read there, or written, is forgotten: the time then begins anew.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._path = None if folder is None else folder / FILE
        self._lock = threading.Lock()
        self._since: dict[str, list[str]] = self._load()

    def since(
        self, release: Release, policy: Policy, reading: Reading | None, now: datetime
    ) -> datetime | None:
        """Since when this step of a release has been without figures; None while it has them."""
        key = f"{release.environment}/{release.model}"
        step = f"{release.weight} {release.since}"
        with self._lock:
            known = self._since.get(key)
            if not is_blind(release, policy, reading):
                if known is not None:
                    del self._since[key]
                    self._save()
                return None
            if known is None or known[0] != step:
                self._since[key] = known = [step, now.isoformat()]
                self._save()
        return datetime.fromisoformat(known[1])

    def _load(self) -> dict[str, list[str]]:
        if self._path is None:
            return {}
        try:
            found = json.loads(self._path.read_bytes())
            return {
                str(key): [str(step), datetime.fromisoformat(since).isoformat()]
                for key, (step, since) in found.items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _save(self) -> None:
        if self._path is None:
            return
        try:
            part = self._path.with_suffix(".part")
            part.write_text(json.dumps(self._since))
            part.replace(self._path)
        except OSError:
            return


def is_blind(release: Release, policy: Policy, reading: Reading | None) -> bool:
    """Whether requests go to a canary without the gate seeing all that it needs; at 0 % none do.

    So it is as well where counters are reset over and over, or pods start in turn: each look has figures, and
    they never add up.
    """
    if release.canary is None or release.weight == 0:
        return False
    if reading is None or reading.weight != release.weight or GATEWAY in reading.missing:
        return True
    if never_counted(policy, release.weight, reading) is not None:
        return True
    windows = warmed_up(release.weight, reading)
    return any(
        gate.name in reading.missing or without_figures(gate, windows) is not None
        for gate in counted_now(policy, release)
    )
