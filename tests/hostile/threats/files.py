"""What lies beside a model: programs, pickles and archives under any name, and names that mislead."""

import gzip
import io
import pickle
import zipfile

import numpy as np

from hostile.case import link
from hostile.models import model

THREAT = "files that run when they are opened, or are not what they say"


class Runs:
    def __reduce__(self):
        return print, ("ran",)


def archive():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        made.writestr("data.pkl", pickle.dumps(Runs()))
    return data.getvalue()


def objects():
    data = io.BytesIO()
    np.save(data, np.array([Runs()], dtype=object))
    return data.getvalue()


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
CONTENTS = {
    "zip": (archive(), "a zip archive"),
    "gzip": (gzip.compress(b"x"), "a gzip archive"),
    "bzip2": (b"BZh91AY" + b"x" * 50, "a bzip2 archive"),
    "xz": (b"\xfd7zXZ\0" + b"x" * 50, "an xz archive"),
    "zstandard": (b"\x28\xb5\x2f\xfd" + b"x" * 50, "a zstandard archive"),
    "7-zip": (b"7z\xbc\xaf\x27\x1c" + b"x" * 50, "a 7-zip archive"),
    "RAR": (b"Rar!\x1a\x07" + b"x" * 50, "a RAR archive"),
    "ELF": (b"\x7fELF" + b"x" * 50, "a native program"),
    "Windows": (b"MZ" + b"\x90" * 50, "a native program"),
    "macOS": (b"\xcf\xfa\xed\xfe" + b"x" * 50, "a native program"),
    "Java": (b"\xca\xfe\xba\xbe" + b"x" * 50, "a Java class"),
    "WebAssembly": (b"\0asm\x01\0\0\0", "a WebAssembly"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + b"x" * 50, "an HDF5 file"),
    "script": (b"#!/bin/sh\nid\n", "a script"),
}
NAMED = {
    "line feed": ("a\nb.md", "is not made of letters"),
    "option": ("-rf.md", "is not made of letters"),
    "Cyrillic": ("ev\u0430luation.csv", "is not made of letters"),
    "terminal": ("\x1b[2J.md", "is not made of letters"),
    "command": ("::stop-commands::a.md", "is not made of letters"),
    "attributes of git": (".gitattributes", "changes what git makes"),
    "LFS": (".lfsconfig", "changes what git makes"),
    "modules of git": ("data/.gitmodules", "changes what git makes"),
    **{
        f"suffix {suffix}": (f"file.{suffix}", "not allowed")
        for suffix in ("so", "sh", "exe", "pkl", "pt", "h5", "jar", "html")
    },
}


def beside(**files):
    return {"model.onnx": model(), **files}


def cases():
    for name, (data, says) in CONTENTS.items():
        for suffix in ("parquet", "png", "txt"):
            yield f"{name} as .{suffix}", beside(**{f"file.{suffix}": data}), "files-allowed", says
    for protocol in range(6):
        data = pickle.dumps(Runs(), protocol)
        for name in ("notes.txt", "rows.parquet", "LICENSE"):
            yield f"pickle {protocol} as {name}", beside(**{name: data}), "files-allowed", "a pickle"
    for name, (path, says) in NAMED.items():
        yield name, beside(**{path: b"x\n"}), "files-allowed", says
    yield "twins", beside(**{"rows.csv": b"a\n", "Rows.csv": b"b\n"}), "files-allowed", "only in case"
    yield "link", beside(**{"rows.csv": link("/etc/passwd")}), "files-allowed", "a symbolic link"
    yield "arrays of objects", beside(**{"rows.npy": objects()}), "files-allowed", "an array of objects"
    zipped = PNG + archive()
    yield "archive behind a picture", beside(**{"p.png": zipped}), "files-allowed", "behind something else"
    for name, text in {"script": "<svg><script>x</script></svg>", "handler": "<svg onload='x'/>"}.items():
        yield f"picture with a {name}", beside(**{"p.svg": text.encode()}), "files-allowed", "runs code"
    yield "no parquet", beside(**{"rows.parquet": b"1,2\n"}), "files-allowed", "no parquet file"
    yield "zero bytes in text", beside(**{"a.md": b"a\0b"}), "files-allowed", "zero bytes"
    yield "deep JSON", beside(**{"a.json": b"[" * 200_000}), "files-allowed", "JSON"
    yield "broken JSON", beside(**{"a.json": b"{'a': 1}"}), "files-allowed", "JSON"
    floods = {f"{n}.txt": b"0" * (1 << 20) for n in range(100)}
    yield "100 MiB of opcodes", beside(**floods), "files-allowed", "distinguished from a pickle"
    others = {f"{n}.txt": b"0" * (1 << 18) + b"%d" % n for n in range(100)}
    yield "100 files of opcodes", beside(**others), "files-allowed", "and 95 more"
    yield (
        "1,001 files",
        beside(**{f"{n}.txt": b"x" for n in range(1_001)}),
        "files-allowed",
        "more than 1,000",
    )
