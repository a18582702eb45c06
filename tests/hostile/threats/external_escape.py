"""A tensor's bytes in a file that the server must not open."""

from hostile.case import hard_link, link, pipe
from hostile.models import external, model, taking

THREAT = "external data that leads out of the model's directory"


def cases():
    places = {
        "parent": ("../secret", "leads out"),
        "through a directory": ("a/../../secret", "leads out"),
        "absolute": ("/etc/passwd", "leads out"),
        "backslash": ("..\\secret", "leads out"),
        "nothing": ("", "leads out"),
        "zero byte": ("a\0b", "leads out"),
        "not there": ("weights.csv", "is not there"),
        "proc": ("/proc/self/environ", "leads out"),
        "itself": ("model.onnx", "an ONNX file itself"),
        "itself by another way": (".//model.onnx", "an ONNX file itself"),
        "percent": ("%2e%2e/secret", "is not there"),
        "address": ("file:///etc/passwd", "is not there"),
        "home": ("~/secret", "is not there"),
    }
    for name, (place, says) in places.items():
        data = model(taking("k"), [external("k", place)])
        yield name, {"model.onnx": data}, "external-data-escape", says
    data = model(taking("k"), [external("k", "w.csv")])
    yield "symbolic link", {"model.onnx": data, "w.csv": link("/etc/passwd")}, "external-data-escape", "link"
    yield "pipe", {"model.onnx": data, "w.csv": pipe}, "external-data-escape", "FIFO"
    hard = {"model.onnx": data, "other.csv": b"0" * 16, "w.csv": hard_link("other.csv")}
    yield "hard link", hard, "external-data-escape", "hard link"
    data = model(taking("k"), [external("k", "d/w.csv")])
    yield "link above", {"model.onnx": data, "d": link("/etc")}, "external-data-escape", "link"
