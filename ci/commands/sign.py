"""`sluice sign` and `sluice verify-model`: a model's files under a signature that any OMS verifier reads."""

from __future__ import annotations

from pathlib import Path

import click

from sluicegate.ci.commands._checkout import checkout, model_argument, root_option
from sluicegate.specs.errors import SluiceError

_P256 = "make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out models.key`"


@click.command()
@model_argument
@click.option(
    "--signing-key", "key", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="A private key of ECDSA on P-256, as PEM; else the variable SLUICE_SIGNING_KEY holds one.",
)  # fmt: skip
@root_option
def sign(model: str, key: Path | None, root: Path) -> None:
    """Sign all files of models/MODEL, and write models/MODEL/model.sig.

    The format is OpenSSF Model Signing: `model_signing verify key` reads it as well. Where
    environments/models.pub names keys, the check model-signed asks for it.
    """
    from sluicegate.ci.signed_models import sign_model
    from sluicegate.gate.adapters.signing import signer

    found = signer(key)
    if found is None:
        raise SluiceError("there is no key to sign with", f"give --signing-key FILE; {_P256}")
    if not found.elliptic:
        raise SluiceError("the key is of Ed25519, which OpenSSF Model Signing does not know", _P256)
    names = sign_model(checkout(root).tree(), model, found)
    click.echo(f"signed {len(names)} files of models/{model} with the key {found.keyid[:16]}")


@click.command("verify-model")
@model_argument
@click.option(
    "--key", type=click.Path(path_type=Path, dir_okay=False, exists=True), metavar="FILE",
    help="Public keys as PEM, in place of environments/models.pub.",
)  # fmt: skip
@root_option
@click.pass_context
def verify_model(context: click.Context, model: str, key: Path | None, root: Path) -> None:
    """Hold the files of models/MODEL against models/MODEL/model.sig. Exits with 1 where they differ."""
    from sluicegate.ci.report.log_commands import in_text
    from sluicegate.ci.report.text_format import clean
    from sluicegate.ci.signed_models import model_faults
    from sluicegate.specs.exit_codes import REFUSED

    faults, count = model_faults(checkout(root).tree(), model, key)
    for words in faults:
        click.echo(in_text(f"models/{model}: {clean(words)}"))
    if faults:
        context.exit(REFUSED)
    click.echo(f"models/{model}: a trusted key signed all {count} files")
