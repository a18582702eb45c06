"""Signing the files of a work tree's model, and holding them against their signature."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sluicegate.gate.adapters.signing import KeySigner
from sluicegate.specs import layout, model_signature
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.keys import public_keys
from sluicegate.specs.repository import require_model
from sluicegate.specs.tree import KINDS, WorkTree


def sign_model(work: WorkTree, model: str, signer: KeySigner) -> list[str]:
    """Sign all files of a model's directory, and write its signature; the names of the files.

    Raises InputError where there is no such model, SluiceError for a link among the files.
    """
    digests = digests_of(work, model)
    payload = model_signature.statement(model, digests)
    made = signer.sign(model_signature.to_sign(payload))
    target = work.root / layout.model_directory(model) / model_signature.FILE
    target.write_bytes(model_signature.bundle(payload, made, signer.public))
    return list(digests)


def model_faults(work: WorkTree, model: str, key: Path | None) -> tuple[list[str], int]:
    """How a model's files differ from what is signed, and how many there are.

    By the keys of a file, else of environments/models.pub. Raises InputError, KeyProblem, SignatureProblem.
    """
    digests = digests_of(work, model)
    where = layout.MODEL_KEYS if key is None else str(key)
    if key is None and not work.entries(layout.MODEL_KEYS):
        raise SluiceError(f"there is no {where}", "name the public key with --key FILE")
    keys = public_keys(work.read(layout.MODEL_KEYS) if key is None else key.read_bytes(), where)
    path = f"{layout.model_directory(model)}/{model_signature.FILE}"
    if not work.entries(path):
        raise SluiceError(f"there is no {path}", f"sign it: `sluice sign {model} --signing-key FILE`")
    return list(model_signature.faults(work.read(path), keys, digests)), len(digests)


def digests_of(work: WorkTree, model: str) -> dict[str, str]:
    """`sha256:...` by path below the model's directory, of all files but the signature."""
    require_model(work, model)
    directory = layout.model_directory(model)
    found = {}
    for entry in work.entries(directory):
        name = entry.path.removeprefix(f"{directory}/")
        if name == model_signature.FILE:
            continue
        if not entry.plain:
            kind = KINDS.get(entry.mode, "not a plain file")
            raise SluiceError(f"{entry.path} is {kind}", "put the file itself there")
        with (work.root / entry.path).open("rb") as stream:
            found[name] = f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
    return found
