"""What can be added to Sluicegate, and where it is found: files of ours, and any distribution's entry points.

A distribution adds a check, a gate metric, a metric, a gateway, a report format or an artifact source by an
entry point (https://packaging.python.org/en/latest/specifications/entry-points/) of that group, named as what
it adds:

    [project.entry-points."sluicegate.checks"]
    no-friday = "sluicegate_example.checks"

This module names packages of higher layers, and imports them only when a registry of theirs asks for it.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import pkgutil
from collections import defaultdict
from collections.abc import Container
from dataclasses import MISSING, dataclass, fields
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, TypeVar

from sluicegate.specs.errors import SluiceError

_log = logging.getLogger(__name__)


class PluginError(SluiceError):
    """A plug-in that cannot be used; the message names its distribution."""


@dataclass(frozen=True)
class Group:
    """One kind of extension: every module of a package of ours, and the entry points of a group."""

    entry_points: str
    """The group's name."""
    package: str
    """Modules with a leading underscore, and `base`, are not extensions."""
    suffix: str = ""
    """How the names of the modules that count end."""

    def load(self, registry: Container[str]) -> None:
        """Import every extension. Each adds itself to the `registry` of this group when it is imported.

        Raises PluginError for a plug-in that cannot be imported, whose name is taken, or that adds nothing
        of its entry point's name.
        """
        for name in self.modules():
            self.import_module(name)
        for name, point in self.plugins().items():
            _load(point)
            if name not in registry:
                message = f"{_distribution(point)}: {point.value} adds nothing called {name!r}"
                raise PluginError(f"{message} to {self.entry_points}", _remedy(point))

    def modules(self) -> tuple[str, ...]:
        """The names of our own modules, without the suffix. Imports none of them."""
        in_package = pkgutil.iter_modules(importlib.import_module(self.package).__path__)
        files = [
            module.name for module in in_package if not module.ispkg and module.name.endswith(self.suffix)
        ]
        return tuple(
            sorted(name.removesuffix(self.suffix) for name in files if name != "base" and name[0] != "_")
        )

    def import_module(self, name: str) -> Any:
        """One of `modules`."""
        return importlib.import_module(f"{self.package}.{name}{self.suffix}")

    def plugins(self) -> dict[str, EntryPoint]:
        """The entry points by name. Imports none of them. Raises PluginError for a name given twice."""
        points_by_name: defaultdict[str, list[EntryPoint]] = defaultdict(list)
        for point in _installed().select(group=self.entry_points):
            points_by_name[point.name].append(point)
        for name, points in points_by_name.items():
            if len(points) > 1:
                raise _taken(self, name, points[-1], _distribution(points[0]))
        return {name: points_by_name[name][0] for name in sorted(points_by_name)}


@dataclass(frozen=True)
class NamedGroup(Group):
    """A group whose modules are named as what they add, so that all names are known without an import."""

    def names(self) -> tuple[str, ...]:
        """All that is installed, in alphabetical order. Raises PluginError for a name given twice."""
        return tuple(sorted({*self.modules(), *self.plugins()}))

    def plugins(self) -> dict[str, EntryPoint]:
        """As in `Group`; our own names are taken as well."""
        points = super().plugins()
        for name in self.modules():
            if name in points:
                raise _taken(self, name, points[name], "sluicegate itself")
        return points

    def find(self, name: str) -> Any:
        """Our module of that name, else the object that the entry point leads to.

        Raises KeyError for a name that is not installed, PluginError for a plug-in that cannot be imported.
        """
        if name in self.modules():
            return self.import_module(name)
        return _load(self.plugins()[name])


T = TypeVar("T", bound=type[Any])


class Registry:
    """The dataclasses of a group, each with its name as the default of its field `metric`."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self._by_name: dict[str, type[Any]] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def add(self, declared: T) -> T:
        """Register one, as a decorator. Raises ValueError if its name is missing or taken."""
        name = next((part.default for part in fields(declared) if part.name == "metric"), MISSING)
        if not isinstance(name, str) or name in self:
            words = f"{declared.__name__} of {self._group.entry_points}"
            raise ValueError(f"{words}: its name {name!r} is missing or taken")
        self._by_name[name] = declared
        return declared

    def known(self, name: str) -> type[Any]:
        """The one of that name. Raises KeyError for one that is not registered."""
        return self._by_name[name]

    def load(self) -> dict[str, type[Any]]:
        """Every one by name, from all files of the package and from plug-ins.

        Raises PluginError for a plug-in that cannot be used.
        """
        self._group.load(self)
        return dict(sorted(self._by_name.items()))


CHECKS = Group("sluicegate.checks", "sluicegate.validators.checks")
"""Each calls `validators.runner.registry.check`; the entry point's name is the check's id."""
GATE_METRICS = NamedGroup("sluicegate.gate_metrics", "sluicegate.gate.metrics")
"""Each calls `gate.metrics.base.metric`."""
METRICS = Group("sluicegate.metrics", "sluicegate.validators.evaluation.metrics")
"""Each calls `validators.evaluation.metrics.base.metric`; the entry point's name is the metric's."""
GATEWAYS = NamedGroup("sluicegate.gateways", "sluicegate.gate.adapters.gateways")
"""Each calls `gate.adapters.gateways.base.dialect`; environment.yaml may name them all."""
REPORTS = NamedGroup("sluicegate.reports", "sluicegate.ci.report", suffix="_report")
"""Each has `render(report) -> str`; an entry point leads to the module that has it."""

SOURCES = NamedGroup("sluicegate.sources", "sluicegate.specs.artifacts.sources")
"""Each has `open(reference, start, access)`; the name is the scheme of the addresses that it opens."""


def plugin_directories() -> list[Path]:
    """Where the code of installed plug-ins is: packages' directories, and single files. Imports none."""
    names = {
        point.module.partition(".")[0]
        for group in (CHECKS, GATE_METRICS, METRICS, GATEWAYS, REPORTS, SOURCES)
        for point in _installed().select(group=group.entry_points)
    }
    found = [spec for name in sorted(names) if (spec := importlib.util.find_spec(name)) is not None]
    packages = [Path(place) for spec in found for place in spec.submodule_search_locations or ()]
    files = [Path(spec.origin) for spec in found if spec.origin and spec.submodule_search_locations is None]
    return [*packages, *files]


@cache
def _installed() -> Any:
    """The entry points of all distributions, to `select` from; read once, 10 ms for a hundred of them.

    An EntryPoints, and up to Python 3.11 a SelectableGroups, which selects as well.
    """
    return entry_points()


def _load(point: EntryPoint) -> Any:
    _log.debug("loading %s of %s from %s", point.name, point.group, _distribution(point))
    try:
        return point.load()
    except Exception as error:
        message = f"{_distribution(point)}: {point.value} ({point.group}) cannot be loaded"
        raise PluginError(f"{message}: {type(error).__name__}: {error}", _remedy(point)) from error


def _taken(group: Group, name: str, point: EntryPoint, owner: str) -> PluginError:
    message = f"{_distribution(point)}: {name!r} of {group.entry_points} is taken by {owner}"
    return PluginError(message, _remedy(point))


def _distribution(point: EntryPoint) -> str:
    """Name and version of the distribution that declares it."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown distribution"


def _remedy(point: EntryPoint) -> str:
    name = point.dist.name if point.dist else "it"
    return f"repair or uninstall it: pip uninstall {name}"
