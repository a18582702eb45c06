"""Data of a few kilobytes that fills the memory of whoever reads it."""

import io
import struct
import zipfile
import zlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hostile.case import on_demand
from hostile.models import model

THREAT = "tables, arrays and pictures that are small until they are read"
CHECK = "files-allowed"


def beside(name, data):
    return {"model.onnx": model(), name: data}


def table(**columns):
    made = io.BytesIO()
    pq.write_table(pa.table(columns), made)
    return made.getvalue()


def named_often(rows, text):
    def write():
        return table(a=pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([text])))

    return on_demand(write)


def array(shape, kind="<f4"):
    text = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def archive(data, names=1):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as files:
        for number in range(names):
            files.writestr(f"x{number}.npy", data)
    return made.getvalue()


END = b"\0\0\0\0IEND\xaeB`\x82"


def picture(width, height):
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    first = struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(head))
    return b"\x89PNG\r\n\x1a\n" + first + END


def footer(data):
    return b"PAR1" + data + struct.pack("<I", len(data)) + b"PAR1"


def cases():
    parquet = {
        "equal rows": (
            on_demand(lambda: table(**{f"c{n}": np.zeros(30_000_000, np.int8) for n in range(4)})),
            "values",
        ),
        "12,000 columns": (on_demand(lambda: table(**{f"c{n}": [1] for n in range(12_000)})), "columns"),
        "a footer that nests": (footer(b"\x1c" * 100_000), "nests deep"),
        "a footer of noise": (footer(bytes(range(1, 256)) * 40), "it "),
        "a footer longer than the file": (b"PAR1" + b"\xff" * 4 + b"PAR1", "has a footer of"),
        "a footer that ends early": (footer(b"\x15\x02\x19"), "ends early"),
        "lists in lists": (footer(b"\x29" + b"\x19" * 1_000), "nests deep"),
        "a schema that is a number": (footer(b"\x25\x02\x00"), "a field of another kind"),
        "a row group that is a text": (footer(b"\x49\x18\x01x\x00"), "a field of another kind"),
        "a list longer than the file": (footer(b"\x29\xf8\xff\xff\xff\xff\x07"), "more than its bytes"),
        "no end": (table(a=[1])[:-4], "does not end as"),
    }
    texts = {
        "a text of 1 MB in 3,000,000 rows": (3_000_000, "x" * 1_000_000),
        "a text of 1 kB in 30,000,000 rows": (30_000_000, "x" * 1_000),
        "bytes in place of a text": (3_000_000, b"x" * 1_000_000),
    }
    for name, (rows, text) in texts.items():
        yield name, beside("rows.parquet", named_often(rows, text)), CHECK, "rows, which are"
    for name, (data, says) in parquet.items():
        yield name, beside("rows.parquet", data), CHECK, says
    header = b",".join(b"f%d" % n for n in range(1_000_000))
    yield "CSV of 1,000,000 columns", beside("rows.csv", header + b"\n"), CHECK, "a first line of more than"
    narrow = b",".join(b"%d" % n for n in range(20_000))
    yield "CSV of 20,000 columns", beside("rows.csv", narrow + b"\n"), CHECK, "has 20,000 columns"
    yield "CSV of one line", beside("rows.csv", b"x" * (8 << 20)), CHECK, "a first line of more than"
    arrays = {
        "an array of 4 TB": ("a.npy", array("(1000000, 1000000)")),
        "an array of negative size": ("a.npy", array("(-1, 4)")),
        "an array of long texts": ("a.npy", array("(1000,)", "<U100000000")),
        "an array of 10^300": ("a.npy", array(f"({10**300},)")),
        "an archive of zeros": (
            "a.npz",
            on_demand(lambda: archive(array("(500000000,)") + bytes(64 << 20))),
        ),
        "an archive of many zeros": (
            "a.npz",
            on_demand(lambda: archive(array("(16000000,)") + bytes(16 << 20), 80)),
        ),
    }
    for name, (path, data) in arrays.items():
        says = "not an array" if "negative" in name else "bytes of numbers"
        yield name, beside(path, data), CHECK, says
    yield "an array of a doubled type", beside("a.npy", array("(1,)", (5,))), CHECK, "not a file of numpy's"
    sound = archive(array("(4,)") + bytes(range(16)) * 9)
    spoiled = sound[:40] + b"\xff" * 20 + sound[60:]
    yield "an archive that cannot be unpacked", beside("a.npz", spoiled), CHECK, "cannot be unpacked"
    for width, height in ((60_000, 60_000), (2**31 - 1, 2**31 - 1), (1, 2**31 - 1)):
        yield f"picture of {width} x {height}", beside("p.png", picture(width, height)), CHECK, "pixels"
