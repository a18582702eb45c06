"""Extensions by entry point: what is found, and what is refused by name."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, make_dataclass
from pathlib import Path

import pytest

from sluicegate.specs import plugins
from sluicegate.specs.plugins import Group, NamedGroup, PluginError, Registry

CHECK = """\
from sluicegate.validators.runner.registry import check

@check({id!r}, family="quality", remedy="None.")
def checked(spec):
    yield
"""
PROGRAM = "from sluicegate.validators.runner.registry import checks; print([*checks()])"


class Site:
    """A folder of installed distributions, each with one module and one entry point."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, distribution: str, group: str, name: str, code: str, module: str = "") -> None:
        module = module or distribution.replace("-", "_")
        (self.folder / f"{module}.py").write_text(code)
        information = self.folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (information / "entry_points.txt").write_text(f"[{group}]\n{name} = {module}\n")

    def checks(self) -> subprocess.CompletedProcess[str]:
        """What a new process that has them prints of all checks."""
        program = f"import sys; sys.path.append({str(self.folder)!r}); {PROGRAM}"
        words = [sys.executable, "-P", "-c", program]
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.syspath_prepend(str(tmp_path))
    plugins._installed.cache_clear()
    yield Site(tmp_path)
    plugins._installed.cache_clear()


def test_ours_are_the_files_but_base_and_those_with_an_underscore():
    assert plugins.GATEWAYS.modules() == ("istio", "sluice", "traefik")
    assert {"text", "json", "sarif", "junit", "markdown", "github", "html"} <= {*plugins.REPORTS.names()}
    assert not {"base", "_page", "page", "rollout", "markdown_text"} & {*plugins.REPORTS.names()}


def test_a_name_is_known_before_anything_is_imported(site: Site):
    site.install("sluice-broken", "sluicegate.gateways", "broken", "raise RuntimeError('imported')")
    assert plugins.GATEWAYS.names() == ("broken", "istio", "sluice", "traefik")
    with pytest.raises(KeyError):
        plugins.GATEWAYS.find("nginx")


def test_a_plug_in_that_cannot_be_imported_is_named(site: Site):
    site.install("sluice-broken", "sluicegate.gateways", "broken", "import nothing_of_this_name")
    with pytest.raises(PluginError) as caught:
        plugins.GATEWAYS.find("broken")
    assert "sluice-broken 1.0: sluice_broken (sluicegate.gateways) cannot be loaded" in caught.value.message
    assert "No module named 'nothing_of_this_name'" in caught.value.message
    assert caught.value.remedy == "repair or uninstall it: pip uninstall sluice-broken"


def test_a_name_of_ours_is_taken(site: Site):
    site.install("sluice-other", "sluicegate.gateways", "istio", "")
    with pytest.raises(PluginError, match=r"sluice-other 1\.0: 'istio' .* is taken by sluicegate itself"):
        plugins.GATEWAYS.names()


def test_a_name_of_two_distributions_is_taken(site: Site):
    for name in ("sluice-one", "sluice-two"):
        site.install(name, "sluicegate.reports", "csv", "")
    with pytest.raises(PluginError) as caught:
        plugins.REPORTS.names()
    assert "'csv' of sluicegate.reports is taken by" in caught.value.message
    assert "sluice-one 1.0" in caught.value.message and "sluice-two 1.0" in caught.value.message


def test_what_an_entry_point_leads_to_is_found(site: Site):
    site.install("sluice-csv", "sluicegate.reports", "csv", "def render(report):\n    return 'a,b'\n")
    assert plugins.REPORTS.find("csv").render(None) == "a,b"
    assert plugins.REPORTS.find("json").__name__ == "sluicegate.ci.report.json_report"


def test_an_entry_point_that_adds_nothing_of_its_name_is_named(site: Site):
    site.install("sluice-empty", "some.group", "something", "", module="adds_nothing")
    group = Group("some.group", "sluicegate.gate.adapters.gateways")
    group.load({"something"})
    with pytest.raises(PluginError, match=r"sluice-empty 1\.0: adds_nothing adds nothing called 'something'"):
        group.load(set())


def test_names_of_modules_lose_the_suffix():
    group = NamedGroup("no.group", "sluicegate.ci.report", suffix="_report")
    assert group.import_module("junit").__name__ == "sluicegate.ci.report.junit_report"


def test_a_check_of_another_distribution_comes_in_its_family(site: Site):
    site.install("sluice-check", "sluicegate.checks", "tea-time", CHECK.format(id="tea-time"))
    assert "'segment-changes', 'tea-time'" in site.checks().stdout


def test_a_check_whose_id_is_taken_is_named_with_its_distribution(site: Site):
    site.install("sluice-check", "sluicegate.checks", "quality", CHECK.format(id="quality"))
    message = site.checks().stderr
    assert "PluginError: sluice-check 1.0: sluice_check (sluicegate.checks) cannot be loaded" in message
    assert "its id is taken" in message


def test_help_looks_for_no_plug_in():
    program = (
        "import sys\nfrom sluicegate.ci.__main__ import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "print({'sluicegate.specs.plugins', 'importlib.metadata'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "set()", done.stderr


@dataclass(frozen=True)
class Ours:
    metric: str = "ours"


def test_a_registry_knows_a_dataclass_by_the_default_of_its_metric():
    registry = Registry(plugins.METRICS)
    assert registry.add(Ours) is Ours
    assert "ours" in registry and registry.known("ours") is Ours
    with pytest.raises(KeyError):
        registry.known("theirs")


def test_a_name_in_a_registry_that_is_missing_or_taken_is_refused():
    registry = Registry(plugins.METRICS)
    registry.add(Ours)
    nameless = make_dataclass("Nameless", [("metric", str)])
    for refused, name in ((Ours, "'ours'"), (nameless, "<dataclasses._MISSING_TYPE")):
        with pytest.raises(ValueError, match=f"of sluicegate.metrics: its name {name}.* is missing or taken"):
            registry.add(refused)
