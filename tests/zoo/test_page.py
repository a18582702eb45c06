"""Pages of some kinds are renewed, and what is written of the others stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from zoo.course import Passage
from zoo.material import Kind, Specimen
from zoo.page import renew_pages

OTHER = "| [Text](models/text.md) | `text-counts` | scikit-learn | 12 | right |"
OLD = "| [Trees](models/trees.md) | `tree-old` | scikit-learn | 12 | wrong: 1 |"


def trees(tmp_path: Path) -> tuple[Kind, Passage]:
    specimen = Specimen(
        tmp_path / "tree-new", "trees", "scikit-learn", (), "csv", 1e-5, "", [], ([], []), ([], [])
    )
    return Kind("trees", "Trees", "Of wood.", "", (specimen,)), Passage(specimen, rows=[("mae", 1.0, 1.0)])


def test_the_rows_of_a_kind_are_replaced_where_they_stand(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models.md").write_text(f"| kind |\n{OLD}\n{OLD}\n{OTHER}\n")
    kind, passage = trees(tmp_path)
    renew_pages(tmp_path, [kind], {"trees": [passage]})
    head, mine, other = (tmp_path / "models.md").read_text().splitlines()
    assert (head, other) == ("| kind |", OTHER)
    assert "`tree-new` | scikit-learn | 1 | 0e+00" in mine and mine.endswith("right |")
    assert (tmp_path / "models" / "trees.md").read_text().startswith("# Trees")


def test_a_kind_without_a_row_is_for_a_whole_run(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models.md").write_text(f"{OTHER}\n")
    kind, passage = trees(tmp_path)
    with pytest.raises(ValueError, match="has no row of trees: run `make zoo` without KINDS"):
        renew_pages(tmp_path, [kind], {"trees": [passage]})
