"""One notice to one receiver, over real HTTP."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging

import pytest
from support.announcements import announcement
from support.http_stub import Answer, Site

from sluicegate.ci.notices.decided import of_decision
from sluicegate.ci.notices.receiver import NoticeError, Receiver
from sluicegate.ci.notices.signature import key_of
from sluicegate.specs.yamlio import InputError

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
ROLLBACK = of_decision(
    announcement("rolled back", commit="c" * 40, kind="rollback", by="@ann", weight=0),
    "https://h/acme/models",
)
assert ROLLBACK is not None


def receiver(site: Site, form="cloudevents", key=None) -> Receiver:
    return Receiver.of(f"{site.url}/hook/s3cret-path", form, key, "--notify")


def test_a_cloudevent_in_structured_mode(site: Site, valid_event) -> None:
    site.pages["/hook/s3cret-path"] = b""
    receiver(site).send(ROLLBACK)
    (request,) = site.requests
    assert request.method == "POST"
    assert request.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    event = valid_event(request.body)
    assert (event["type"], event["subject"]) == ("dev.sluicegate.decision.v1", "production/m")
    assert (event["decision"], event["environment"]) == ("rollback", "production")
    assert event["data"]["weight"]["after"] == 0


def test_the_signature_is_that_of_standard_webhooks(site: Site) -> None:
    """Computed here from the specification's words, with nothing of ours."""
    site.pages["/hook/s3cret-path"] = b""
    receiver(site, key=key_of(SECRET, "x")).send(ROLLBACK)
    (request,) = site.requests
    signed = b".".join(
        (request.headers["webhook-id"].encode(), request.headers["webhook-timestamp"].encode(), request.body)
    )
    digest = hmac.new(b"k" * 32, signed, hashlib.sha256).digest()
    assert request.headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    assert request.headers["webhook-id"] == json.loads(request.body)["id"]


@pytest.mark.parametrize("status", [500, 503, 429, 404, 401, 302])
def test_an_answer_that_may_change_is_an_error(site: Site, status: int) -> None:
    site.pages["/hook/s3cret-path"] = Answer(status)
    with pytest.raises(NoticeError, match=f"answered {status}"):
        receiver(site).send(ROLLBACK)


@pytest.mark.parametrize("status", [400, 410, 413, 415, 422])
def test_a_refusal_of_the_notice_itself_is_final_and_in_the_log(site: Site, status: int, caplog) -> None:
    site.pages["/hook/s3cret-path"] = Answer(status)
    receiver(site).send(ROLLBACK)
    assert f"with {status}" in caplog.text


def test_the_address_of_a_chat_is_a_secret(site: Site, caplog) -> None:
    site.pages["/hook/s3cret-path"] = Answer(500)
    chat = receiver(site, "slack")
    with caplog.at_level(logging.DEBUG, "sluicegate"), pytest.raises(NoticeError) as error:
        chat.send(ROLLBACK)
    site.close()
    with pytest.raises(NoticeError) as gone:
        chat.send(ROLLBACK)
    for text in (caplog.text, str(error.value), str(gone.value), repr(chat)):
        assert "s3cret" not in text
    assert "slack 127.0.0.1" in str(gone.value)


def test_a_message_in_a_chat_calls_nobody(site: Site) -> None:
    site.pages["/hook/s3cret-path"] = b"ok"
    event = of_decision(
        announcement(commit="c" * 40, kind="hold", reason="<!channel> @here & <https://evil|ok>"), "urn:x"
    )
    receiver(site, "slack").send(event)
    text = json.loads(site.requests[0].body)["text"]
    assert "&lt;!channel&gt; @\u200bhere &amp; &lt;https://evil|ok&gt;" in text
    assert text.splitlines()[0] == "m version 2 in production: running, 5 % of traffic"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://hooks.example/x", "unencrypted"),
        ("ftp://hooks.example/x", "not an address"),
        ("hooks.example", "not an address"),
        ("https://a:b@hooks.example/x", "password"),
        ("https://hooks.example:x/", "not an address"),
        ("https://hooks.example/a\nb", "not an address"),
    ],
)
def test_an_address_that_would_leak_or_is_none(url: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Receiver.of(url, "cloudevents", None, "--notify")


@pytest.mark.parametrize("secret", ["hunter2hunter2", "whsec_!!", "whsec_aGVsbG8="])
def test_a_secret_that_is_none_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(InputError) as error:
        key_of(secret, "SLUICE_NOTIFY_SECRET")
    assert "openssl rand" in str(error.value)
    assert secret not in str(error.value)
