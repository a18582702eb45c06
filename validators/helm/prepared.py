"""The charts of a tree's environments, each copied for the tools once."""

from __future__ import annotations

from pathlib import Path

from sluicegate.specs.chart import PinnedChart
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.tree import Tree
from sluicegate.validators.helm.chart import Charts
from sluicegate.validators.helm.pinned_chart import charted


class PreparedCharts:
    """What each environment is rendered from: the chart that it pins, else the tree's own.

    Where there is a `base`, the tree is a pull request's: see `charted`.
    """

    def __init__(self, tree: Tree, base: Tree | None, folder: Path) -> None:
        self._tree = tree
        self._base = base
        self._folder = folder
        self._made: dict[PinnedChart | None, Charts] = {}

    def tree(self, environment: EnvironmentSpec) -> Tree:
        """The tree with the environment's chart in it. Raises ChartError."""
        return charted(self._tree, environment, stranger=self._base is not None)

    def of(self, environment: EnvironmentSpec) -> Charts:
        """The environment's chart and the schemas. Raises ChartError, ToolAbsent."""
        pin = environment.chart
        if pin not in self._made:
            folder = self._folder / ("own" if pin is None else pin.digest.removeprefix("sha256:"))
            self._made[pin] = Charts(self.tree(environment), self._base, folder)
        return self._made[pin]
