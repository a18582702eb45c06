"""Pictures that only draw pass as programs write them; tests/hostile/threats/files.py has the others."""

import struct
import zlib

import pytest

from sluicegate.validators.submission.picture import png_fault, svg_fault

SOUND = {
    "of matplotlib": """<?xml version="1.0" encoding="utf-8" standalone="no"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" xmlns="http://www.w3.org/2000/svg" version="1.1">
 <metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><cc:Work
   xmlns:cc="http://creativecommons.org/ns#" rdf:about="http://matplotlib.org/"/></rdf:RDF></metadata>
 <defs><style type="text/css">*{stroke-linejoin: round}</style>
 <clipPath id="a"><rect width="1" height="1"/></clipPath></defs>
 <g clip-path="url(#a)"><use xlink:href="#a"/><image xlink:href="data:image/png;base64,iVBORw0KGgo="/></g>
</svg>""",
    "of an editor": """<svg xmlns="http://www.w3.org/2000/svg" xmlns:e="http://sodipodi.example/DTD">
 <e:namedview id="base"/><linearGradient id="b"><stop offset="1"/></linearGradient><path fill="url(#b)" d=""/>
</svg>""",
    "without a namespace": "<svg><title>a &lt; b</title><text>onload=x</text></svg>",
}


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND)
def test_what_draws_is_let_through(text, tmp_path):
    path = tmp_path / "a.svg"
    path.write_text(text)
    assert svg_fault(path) is None


def test_a_very_large_one_is_not_parsed(tmp_path):
    path = tmp_path / "a.svg"
    path.write_bytes(b"<svg>" + b" " * (8 << 20) + b"</svg>")
    assert svg_fault(path) == "a picture of more than 8,388,608 bytes"


def chunk(kind, data=b""):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_a_png_ends_with_its_last_chunk(tmp_path):
    path = tmp_path / "a.png"
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(b"\0\0"))
    whole = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND")
    for content, fault in (
        (whole, None),
        (whole + b"\0", "a .png file with something behind it"),
        (whole[:-1], "a .png file that ends early"),
    ):
        path.write_bytes(content)
        assert png_fault(path) == fault
