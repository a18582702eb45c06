"""The table of `make crash`: what was seen of each way to be killed."""

from __future__ import annotations

from dataclasses import dataclass, field

HEADS = (
    "killed", "kills", "lost", "doubled", "leftovers", "locks named", "orphan records", "slowest resume",
    "most CPU", "by the clock",
)  # fmt: skip


@dataclass
class Row:
    """One way to be killed."""

    kills: int = 0
    lost: int = 0
    doubled: int = 0
    leftovers: int = 0
    locks: int = 0
    """Locks that a killed git left on the remote, and the next tick named with their age."""
    orphans: int = 0
    """Records of evidence whose decisions never came to main."""
    slowest: float = 0.0
    """Seconds that the slowest tick after a kill took by itself: its CPU and its sleep (`own_time`)."""
    most_cpu: float = 0.0
    """CPU seconds of the dearest one."""
    longest: float = 0.0
    """Seconds of the longest one by a clock, which a busy machine makes longer."""

    @property
    def cells(self) -> tuple[str, ...]:
        counts = (self.kills, self.lost, self.doubled, self.leftovers, self.locks, self.orphans)
        slowest = [
            f"{seconds:.2f} s" if seconds else "-" for seconds in (self.slowest, self.most_cpu, self.longest)
        ]
        return (*map(str, counts), *slowest)

    def __add__(self, other: Row) -> Row:
        return Row(
            self.kills + other.kills,
            self.lost + other.lost,
            self.doubled + other.doubled,
            self.leftovers + other.leftovers,
            self.locks + other.locks,
            self.orphans + other.orphans,
            max(self.slowest, other.slowest),
            max(self.most_cpu, other.most_cpu),
            max(self.longest, other.longest),
        )


@dataclass
class Report:
    """All trials so far."""

    rows: dict[str, Row] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def row(self, name: str) -> Row:
        return self.rows.setdefault(name, Row())

    def __add__(self, other: Report) -> Report:
        """What both have seen."""
        both = Report({**self.rows}, [*self.problems, *other.problems])
        for name, row in other.rows.items():
            both.rows[name] = both.row(name) + row
        return both

    @property
    def total(self) -> Row:
        return sum(self.rows.values(), Row())

    def table(self) -> str:
        named = [*sorted(self.rows.items()), ("all", self.total)]
        lines = [HEADS, *((name, *row.cells) for name, row in named)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(_line(line, widths) for line in lines)


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    first, *others = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
    return "  ".join([cells[0].ljust(len(first)), *others])
