"""How much memory a piece of work takes while it runs, as Linux counts it for this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")
RESET_PEAK = "5"
"""proc(5), clear_refs: the peak becomes what is resident now."""


def peak_growth(work: Callable[[], object]) -> int | None:
    """Bytes by which the resident memory of this process grows at most while the work is done again.

    It is done once before, so that what it keeps is there already. None where the system does not tell.
    """
    work()
    try:
        CLEAR.write_text(RESET_PEAK)
        before = resident("VmRSS")
        work()
        return max(resident("VmHWM") - before, 0)
    except (OSError, LookupError):
        return None


def resident(name: str) -> int:
    """Bytes of memory that this process has (VmRSS), or ever had (VmHWM); its parent's are no part of it.

    Raises OSError or LookupError where the system does not tell.
    """
    for line in STATUS.read_text().splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0]) * 1024
    raise LookupError(name)
