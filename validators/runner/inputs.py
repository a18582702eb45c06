"""What checks ask for by parameter name: named inputs, made once, when somebody first asks.

An input is made by the function that `@provides` its name, which asks for other inputs in the same way. One
that cannot be made is a reason, and the reason is what every check that needs it reports.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections import ChainMap
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from sluicegate.validators.runner.finding import Position

Provider = Callable[..., Any]
_PACKAGE = "sluicegate.validators.providers"
_providers: dict[str, Provider] = {}
_made_by_the_parent: list[str] = []


class Unavailable(Exception):
    """An input that cannot be made, and why.

    `because` names the check that reports the cause as the submission's own fault; without it something of
    ours broke. `remedy` is what to do about it. `tool` names what this machine lacks, where that is the
    reason, and `at` the file that is at fault.
    """

    def __init__(
        self,
        reason: str,
        because: str | None = None,
        remedy: str | None = None,
        tool: str | None = None,
        at: Position | None = None,
    ) -> None:
        super().__init__(reason, because, remedy, tool, at)
        self.reason = reason
        self.because = because
        self.remedy = remedy
        self.tool = tool
        self.at = at


@contextmanager
def about(at: Position) -> Iterator[None]:
    """While a file is read: whatever is Unavailable, and names no place of its own, is so at this one."""
    try:
        yield
    except Unavailable as problem:
        problem.at = problem.at or at
        problem.args = (problem.reason, problem.because, problem.remedy, problem.tool, problem.at)
        raise


def provides(name: str, *, by_parent: bool = False) -> Callable[[Provider], Provider]:
    """Register the function that makes the input of this name. Raises ValueError for a second one.

    `by_parent` is for what the contained child needs and cannot make itself, as it has no repository: the
    parent makes it and sends it along.
    """

    def register(function: Provider) -> Provider:
        if name in _providers:
            raise ValueError(f"input {name!r} has its provider already")
        _providers[name] = function
        if by_parent:
            _made_by_the_parent.append(name)
        return function

    return register


@cache
def provider_modules() -> tuple[str, ...]:
    """The names of all modules of `validators.providers`."""
    package = importlib.import_module(_PACKAGE)
    return tuple(f"{_PACKAGE}.{module.name}" for module in pkgutil.iter_modules(package.__path__))


@cache
def _load_providers() -> None:
    """Import every module of `validators.providers`, which register themselves; once."""
    for name in provider_modules():
        importlib.import_module(name)


def provided() -> frozenset[str]:
    """The names of all inputs that have a provider."""
    _load_providers()
    return frozenset(_providers)


def made_by_the_parent() -> tuple[str, ...]:
    """The names of the inputs that go to the child ready made."""
    _load_providers()
    return tuple(_made_by_the_parent)


def sent_for(names: Iterable[str]) -> frozenset[str]:
    """Which of the inputs that go to the child ready made are needed for these, directly or not.

    A name that nobody provides is among them: whoever looks for it finds that it is not there.
    """
    _load_providers()
    ready = _providers.keys() - _made_by_the_parent
    return frozenset(name for name in _needed_for(names, ready) if name not in ready)


def _needed_for(names: Iterable[str], made_of_others: Collection[str]) -> set[str]:
    """These inputs, and what those that are made of others need, directly or not."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += inspect.signature(_providers[name]).parameters if name in made_of_others else ()
    return found


class Inputs(Mapping[str, Any]):
    """All inputs of one subject, by name. One that cannot be made raises the same Unavailable each time."""

    def __init__(self, given: Mapping[str, Any], failed: Mapping[str, Unavailable] | None = None) -> None:
        self._given = frozenset(given)
        self._made = dict(given)
        self._failed = dict(failed or {})

    def __getitem__(self, name: str) -> Any:
        if name in self._failed:
            raise self._failed[name]
        if name not in self._made:
            try:
                self._made[name] = self._make(name)
            except Unavailable as problem:
                self._failed[name] = problem
                raise
        return self._made[name]

    def _make(self, name: str) -> Any:
        _load_providers()
        provider = _providers.get(name)
        if provider is None:
            raise Unavailable(f"no input is called {name!r}; there are {', '.join(sorted(_providers))}")
        needed = {parameter: self[parameter] for parameter in inspect.signature(provider).parameters}
        try:
            return provider(**needed)
        except Unavailable:
            raise
        except Exception as problem:
            raise Unavailable(f"`{name}` could not be made: {type(problem).__name__}: {problem}") from problem

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def with_rules(self, section: str | None) -> Mapping[str, Any]:
        """These inputs, and as `rules` model.yaml's section of that name; None where it is not written."""
        if section is None:
            return self
        return ChainMap({"rules": self["sections"].get(section)}, self)  # type: ignore[arg-type]

    def keep_for(self, names: Iterable[str]) -> None:
        """Let go of what was made here and is not needed for these any more: sessions and rows are large."""
        unmade = _providers.keys() - self._made.keys()
        kept = self._given | _needed_for(names, unmade)
        self._made = {name: value for name, value in self._made.items() if name in kept}

    def get_or_none(self, name: str) -> Any:
        """The input, or None where it cannot be made: for what the report says beside the findings."""
        try:
            return self[name]
        except Unavailable:
            return None

    def sent(self, names: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Unavailable]]:
        """Those inputs that are made now, and the reasons of those that cannot be."""
        for name in names:
            self.get_or_none(name)
        ready = {name: self._made[name] for name in names if name in self._made}
        failed = {name: self._failed[name] for name in names if name in self._failed}
        return ready, failed
