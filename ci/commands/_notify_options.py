"""Who is sent notices: options that `sluice validate` and the gate have in common."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sluicegate.ci.commands._checkout import Checkout
from sluicegate.ci.report.text_format import clean
from sluicegate.specs.redaction import redacted
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.runner.finding import Report

if TYPE_CHECKING:
    from sluicegate.ci.notices.receiver import Receiver

SECRET_VARIABLE = "SLUICE_NOTIFY_SECRET"  # noqa: S105 - the name of a variable
SECRET_FILE_VARIABLE = "SLUICE_NOTIFY_SECRET_FILE"  # noqa: S105


@dataclass(frozen=True)
class Notify:
    """Addresses as they were given, `@FILE` among them, and the file of the secret that signs."""

    cloudevents: tuple[str, ...] = ()
    slack: tuple[str, ...] = ()
    secret_file: Path | None = None

    def receivers(self) -> list[Receiver]:
        """Those that are named. Raises InputError for an invalid address, file or secret."""
        if not self.cloudevents and not self.slack:
            return []
        from sluicegate.ci.notices.receiver import Receiver

        key = self._key()
        return [
            *(Receiver.of(url, "cloudevents", key, "--notify") for url in _addresses(self.cloudevents)),
            *(Receiver.of(url, "slack", key, "--notify-slack") for url in _addresses(self.slack)),
        ]

    def _key(self) -> bytes | None:
        from sluicegate.ci.notices.signature import key_of

        if self.secret_file is not None:
            return key_of(_text(self.secret_file), "--notify-secret-file")
        secret = os.environ.get(SECRET_VARIABLE)
        return key_of(secret, SECRET_VARIABLE) if secret else None


def notify_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Who is sent notices, as `notify`."""

    @wraps(function)
    def notified(
        *args: Any,
        notify: tuple[str, ...],
        notify_slack: tuple[str, ...],
        notify_secret_file: Path | None,
        **options: Any,
    ) -> Any:
        return function(*args, notify=Notify(notify, notify_slack, notify_secret_file), **options)

    with_options: Callable[..., Any] = notified
    for option in (
        click.option(
            "--notify-secret-file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
            envvar=SECRET_FILE_VARIABLE, show_envvar=True,
            help="Sign notices with the secret `whsec_BASE64` in this file [default: the one in "
            f"{SECRET_VARIABLE}; without either they are not signed].",
        ),
        click.option(
            "--notify-slack", multiple=True, metavar="URL|@FILE", envvar="SLUICE_NOTIFY_SLACK",
            show_envvar=True,
            help="Likewise to this Slack-compatible incoming webhook; repeatable.",
        ),
        click.option(
            "--notify", multiple=True, metavar="URL|@FILE", envvar="SLUICE_NOTIFY", show_envvar=True,
            help="Send each verdict or decision there as a CloudEvent (https, or http on this machine); "
            "@FILE reads the address from a file; repeatable.",
        ),
    ):  # fmt: skip
        with_options = option(with_options)
    return with_options


def tell_verdict(receivers: Sequence[Receiver], source: Checkout, report: Report) -> None:
    """Tell the verdict, last of all: what becomes of it changes neither report nor exit code."""
    if not receivers:
        return
    from sluicegate.ci.notices.judged import of_verdict
    from sluicegate.ci.notices.source import source_of
    from sluicegate.ci.notices.telling import tell

    address = source.origin() or str(source.root or source.git)
    for line in tell(of_verdict(report, source_of(address), datetime.now(UTC)), receivers):
        click.echo(clean(redacted(line)), err=True)


def _addresses(given: tuple[str, ...]) -> list[str]:
    """Each address once, in the order given; a file may hold several, one a line."""
    found: list[str] = []
    for one in given:
        found += _text(Path(one[1:])).split() if one.startswith("@") else [one]
    return list(dict.fromkeys(found))


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise InputError.of(f"cannot be read: {reason}", "name a file that can be read", str(path)) from error
    if not text.strip():
        raise InputError.of("the file is empty", "write into it what notices need", str(path))
    return text
