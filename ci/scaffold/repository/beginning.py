"""What `sluice init` writes beside GitHub's files: pages for people, and how git treats a model's files."""

from __future__ import annotations

from importlib.resources import files

from sluicegate.specs import layout

ATTRIBUTES = """\
# model.yaml pins these files by digest: git must not convert their line ends.
models/**  -text
*.onnx     binary
*.parquet  binary
*.npz      binary
# Written by the gate.
environments/*/*/release.yaml  linguist-generated=true
"""
IGNORED = """\
.sluice/
.venv/
__pycache__/
.ipynb_checkpoints/
build/
"""
HOOK = """\
# `pre-commit install` once a clone; it runs the `sluice` that is on PATH.
repos:
  - repo: local
    hooks:
      - id: sluice-validate
        name: sluice validate
        entry: sluice validate --all
        language: system
        files: ^(models|environments|charts)/
        pass_filenames: false
        require_serial: true
"""


def beginning() -> dict[str, str]:
    """The files of any repository of models, by path."""
    return {
        "README.md": _template("README.md"),
        f"{layout.MODELS}/README.md": _template("models.md"),
        ".gitattributes": ATTRIBUTES,
        ".gitignore": IGNORED,
        ".pre-commit-config.yaml": HOOK,
    }


def _template(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
