"""Children are forked from one process, in which what checks import is imported once."""

from __future__ import annotations

from pathlib import Path

import pytest

from sluicegate.validators.runner.inputs import Inputs, Unavailable, made_by_the_parent
from sluicegate.validators.runner.registry import Check
from sluicegate.validators.runner.sandbox import MAIN, Limits, run_isolated
from sluicegate.validators.runner.template import TemplateError, template_of


def said(template, hostile_module) -> str:
    """What a check says in a child of the template, with new inputs as for another model."""
    check = Check("tells", "security", "Mend it.", hostile_module.tells_who_it_is, isolated=True)
    inputs = Inputs({}, {name: Unavailable("none") for name in made_by_the_parent()})
    ((_, findings),) = run_isolated([check], inputs, Limits(), lambda check: None, template)
    return findings[0].message


def test_models_have_children_of_one_process_with_its_imports(hostile_module) -> None:
    with template_of(MAIN, ("wave",)) as template:
        template.load()
        first, second = said(template, hostile_module), said(template, hostile_module)
    assert first == second
    assert first.endswith(" True")


def test_what_nobody_loads_is_not_imported(hostile_module) -> None:
    with template_of(MAIN) as template:
        assert said(template, hostile_module).endswith(" False")


def test_what_every_child_needs_is_prepared_apart_from_what_takes_long(hostile_module) -> None:
    with template_of(MAIN, ("pandas",)) as template:
        template.prepare(("wave",))
        assert said(template, hostile_module).endswith(" True")


def test_a_module_that_is_not_there_is_left_to_the_check(hostile_module) -> None:
    with template_of(MAIN, ("no_such_module", "wave")) as template:
        template.load()
        assert said(template, hostile_module).endswith(" True")


def test_until_it_loads_nothing_is_imported(hostile_module) -> None:
    with template_of(MAIN, ("wave",)) as template:
        assert said(template, hostile_module).endswith(" False")


def test_imports_that_end_the_process_are_left_to_the_children(hostile_module) -> None:
    ends = "staticmethod(lambda name, *more: os._exit(3) if name == 'wave' else None)"
    finder = f"type('Finder', (), {{'find_spec': {ends}}})"
    with template_of(f"import os, sys; sys.meta_path.insert(0, {finder}); {MAIN}", ("wave",)) as one:
        one.load()
        assert said(one, hostile_module).endswith(" False")


def test_it_is_gone_afterwards_with_its_directory(hostile_module) -> None:
    with template_of(MAIN) as template:
        parent = said(template, hostile_module).split()[0]
        directory = Path(f"/proc/{parent}/cwd").readlink()
    assert not Path(f"/proc/{parent}").exists()
    assert not directory.exists()


def test_without_a_process_there_is_an_error(tmp_path: Path) -> None:
    with template_of("raise SystemExit(1)") as template, pytest.raises(TemplateError):
        template.fork(str(tmp_path), (0, 1, 2))
