"""Bytes of a file that are not there, or that belong to another tensor."""

from hostile.models import external, model, taking

THREAT = "external data beyond its file, or over another's"
FILE = {"w.csv": b"1,2\n" * 16}


def cases():
    ranges = {
        "negative": ({"offset": "-16"}, "has offset '-16'"),
        "petabyte": ({"offset": str(10**15)}, "ends at byte"),
        "digits of another script": ({"offset": "\uff18"}, "has offset"),
        "no number": ({"offset": "1e3"}, "has offset '1e3'"),
        "longer than 64 bits": ({"offset": "9" * 40}, "has offset"),
        "beyond the end": ({"offset": "56"}, "ends at byte"),
        "too short": ({"length": "8"}, "needs 16 bytes, and names 8"),
        "too long": ({"length": "32"}, "needs 16 bytes, and names 32"),
    }
    for name, (said, says) in ranges.items():
        data = model(taking("k"), [external("k", "w.csv", **said)])
        yield name, {"model.onnx": data, **FILE}, "external-data-escape", says
    several = [external(f"k{n}", "w.csv", offset="0", length="16") for n in range(500)]
    data = model(taking(*(f"k{n}" for n in range(500))), several)
    yield "500 over one file", {"model.onnx": data, **FILE}, "external-data-escape", "overlap"
    several = [external(f"k{n}", "none.csv") for n in range(1_200)]
    data = model(taking(*(f"k{n}" for n in range(1_200))), several)
    yield "1,200 that are not there", {"model.onnx": data}, "external-data-escape", "and 1,195 more"
    twice = [external("k0", "w.csv", length="16"), external("k1", ".//w.csv", length="16")]
    data = model(taking("k0", "k1"), twice)
    yield "two ways to one file", {"model.onnx": data, **FILE}, "external-data-escape", "overlap"
