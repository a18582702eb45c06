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
        bad / "known-vulnerabilities/no-version",
        verdict="inconclusive",
        says="requirements.txt:2 pins no version",
        candidate={**PLAIN, "requirements.txt": b"# of the training\nnumpy>=1.20\n"},
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
        bad / "files-allowed/no-json",
        verdict="fail",
        says="notes.json is not JSON",
        candidate={**PLAIN, "notes.json": b"{'a': 1}"},
    )
