"""Tables with secrets and personal data, in every format and type; ordinary columns have none of it."""

from uuid import UUID

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets

from sluicegate.validators.evaluation import text_columns
from sluicegate.validators.evaluation.privacy import look

ADDRESS = "someone@example.com"
CARDS = ["4111111111111111", "5500005555555559", "6011000990139424"]
"""Those that the issuers print in their examples."""
TOKEN = "ghp_" + "a1B2" * 9
FORMATS = {
    "csv": lambda frame, path: frame.to_csv(path, index=False),
    "parquet": lambda frame, path: frame.to_parquet(path),
    "npz": lambda frame, path: np.savez(path, **{name: np.array(frame[name].tolist()) for name in frame}),
}


@pytest.fixture(params=FORMATS)
def looked(request, tmp_path):
    """What is found in a table of these columns, in each format."""

    def write(**columns):
        path = tmp_path / f"rows.{request.param}"
        FORMATS[request.param](pd.DataFrame(columns), path)
        return [(one.column, one.kind, one.values) for one in look(path).held]

    return write


@pytest.mark.parametrize(
    ("values", "kind", "count"),
    [
        (["a", f"write to {ADDRESS}", ADDRESS, "b"], "an e-mail address", 2),
        (["078-05-1120", "none", "none", "none"], "a social security number", 1),
        (["pay 4111 1111 1111 1111 now", "x", "y", "z"], "a card number", 1),
        ([*CARDS, "x"], "a card number", 3),
        ([*map(int, CARDS), 4], "a card number", 3),
        (["x", TOKEN, "y", "z"], "a GitHub token", 1),
    ],
)
def test_what_a_column_holds_is_told_by_kind_and_counted(looked, values, kind, count):
    assert looked(number=[1, 2, 3, 4], text=values) == [("text", kind, count)]


def test_ordinary_columns_hold_nothing(looked):
    random = np.random.default_rng(0)
    assert not looked(
        price=random.normal(size=2_000) * 1e15,
        order=random.integers(4 * 10**15, 5 * 10**15, 2_000),  # one in ten passes Luhn's test
        moment=random.integers(1_700_000_000_000, 1_800_000_000_000, 2_000),
        ticket=[f"{4000 + n}-1234-5678-{n:04}" for n in range(2_000)],
        phone=[f"+1 202-555-{n:04}" for n in range(2_000)],
        handle=[f"@user{n}: password? never a secret, api v1.{n}" for n in range(2_000)],
        page=[f"https://example.com/{n}?q=a-b" for n in range(2_000)],
    )


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "diabetes", "digits", "linnerud"])
def test_the_tables_of_textbooks_hold_nothing(looked, name):
    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
    assert not looked(**{str(column): frame[column].tolist() for column in frame})


def test_what_ordinary_models_read_holds_nothing(looked):
    random = np.random.default_rng(1)
    rows = range(1_000)
    days = pd.date_range("1999-12-31", periods=1_000, freq="7h")

    def digits(form):
        """Texts of random digits, one for each #."""
        return ["".join(str(random.integers(10)) if sign == "#" else sign for sign in form) for _ in rows]

    assert not looked(
        house_price=(random.lognormal(12, 1, 1_000)).round(2),
        postcode=digits("#####"),
        zip_and_four=digits("#####-####"),
        address=[f"{n} Long Street, Apt. 4-{n % 9}" for n in rows],
        latitude=random.uniform(-90, 90, 1_000),
        coordinates=[f"{a:.6f},{b:.6f}" for a, b in random.uniform(-90, 90, (1_000, 2))],
        date=[str(day.date()) for day in days],
        american_date=[f"{day:%m-%d-%Y}" for day in days],
        day_of_year=[f"{day:%Y-%j}" for day in days],
        moment=[day.isoformat() for day in days],
        nanoseconds=[day.value for day in days],
        customer=digits("C-########"),
        order=digits("4###-####-####-####"),
        parcel=digits("1Z################"),
        device=digits("35#############"),
        number_of_16=[int(text) for text in digits("4###############")],
        uuid=[str(UUID(bytes=random.bytes(16))) for _ in rows],
        sha256=[random.bytes(32).hex() for _ in rows],
        isbn=digits("978-#-###-#####-#"),
        iban=digits("DE## #### #### #### #### ##"),
        ip=digits("10.##.1##.1##"),
        mac=[random.bytes(6).hex(":") for _ in rows],
        us_phone=digits("(###) 555-####"),
        german_phone=digits("+49 30 ######-##"),
        french_phone=digits("01 ## ## ## ##"),
        plain_phone=digits("0170#######"),
        licence_plate=digits("B-XY ####"),
        carrier=["AA", "DL"] * 500,
        review=[f"@shop #{n}: 5/5, key feature is the password manager - api is v{n}.0" for n in rows],
        log=[f"GET /users/{n}?token=none&page=2 200 {n} ms user@host" for n in rows],
    )


def test_lists_structs_and_bytes_are_looked_through(tmp_path):
    frame = pd.DataFrame({"lists": [[ADDRESS], []], "structs": [{"a": {"b": ADDRESS}}, None]})
    frame["bytes"] = [ADDRESS.encode(), b"\xff\xd8"]
    frame.to_parquet(tmp_path / "rows.parquet")
    assert [one.column for one in look(tmp_path / "rows.parquet").held] == ["lists", "structs", "bytes"]


def test_a_name_of_a_column_is_looked_at_as_well(looked):
    assert looked(**{ADDRESS: [1, 2]}) == [(ADDRESS, "an e-mail address", 1)]


def test_a_csv_file_that_is_no_good_table_is_looked_through(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(f'a\n1,2,{ADDRESS}\n"no end, {ADDRESS}\n')
    assert {(one.column, one.values) for one in look(path).held} == {("number 3", 1), ("a", 1)}


@pytest.mark.parametrize("suffix", FORMATS)
def test_of_a_large_table_parts_from_all_over_it_are_read_and_that_is_said(suffix, tmp_path, monkeypatch):
    monkeypatch.setattr(text_columns, "VALUES", 100)
    monkeypatch.setattr(text_columns, "BLOCK", 256)
    monkeypatch.setattr(text_columns, "BLOCKS", 8)
    path = tmp_path / f"rows.{suffix}"
    FORMATS[suffix](pd.DataFrame({"text": ["nothing"] * 5_000 + [ADDRESS] * 5_000}), path)
    looked = look(path)
    assert [one.kind for one in looked.held] == ["an e-mail address"]
    assert 0 < looked.held[0].values < 200
    assert looked.part.split(" of ")[0] in ("100", "8")
