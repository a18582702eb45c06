"""Delivering webhooks in the background: in order a hook, signed, with a time limit and a few retries.

The table of deliveries is the queue, so that what waits outlives the process. GitHub itself retries nothing;
here a receiver that is not up yet is tried again, because nobody watches the list of deliveries by hand.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import logging
import sqlite3
import ssl
import threading
import time
import uuid
from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

from sluicegate.embedded.forge.store import Row, Store, now

SECONDS = 10.0
"""How long a receiver may take to connect, and to answer (GitHub's own limit)."""
WAITS = (1.0, 4.0)
"""Seconds before the second and the third attempt."""
QUEUE = 100
"""Deliveries of one hook that may wait; more are kept as failed."""
KEPT = 100
"""Finished deliveries of one hook that are kept."""
_ANSWER_BYTES = 4096
_PENDING = "pending"
_FULL = "queue full: the receiver is too slow or down; deliver again by hand"
_log = logging.getLogger(__name__)


def headers_of(hook: Row, delivery: Row, body: bytes) -> dict[str, str]:
    """The headers of a delivery, as GitHub sends them; the signatures only with a secret."""
    kinds = {"json": "application/json", "form": "application/x-www-form-urlencoded"}
    headers = {
        "Accept": "*/*", "Content-Type": kinds[hook["content_type"]], "User-Agent": "GitHub-Hookshot/sluice",
        "X-GitHub-Delivery": delivery["guid"], "X-GitHub-Event": delivery["event"],
        "X-GitHub-Hook-ID": str(hook["id"]), "X-GitHub-Hook-Installation-Target-Type": "repository",
        "X-GitHub-Hook-Installation-Target-ID": str(hook["repository"]),
    }  # fmt: skip
    if hook["secret"]:
        key = hook["secret"].encode()
        headers["X-Hub-Signature"] = "sha1=" + hmac.new(key, body, hashlib.sha1).hexdigest()
        headers["X-Hub-Signature-256"] = "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
    return headers


def body_of(hook: Row, delivery: Row) -> bytes:
    """The bytes that are sent: the JSON, or a form with it in the field `payload`."""
    text: str = delivery["payload"]
    return text.encode() if hook["content_type"] == "json" else urlencode({"payload": text}).encode()


class DeliveryQueue:
    """Deliveries that wait, in the store; each hook that has some has a thread, which ends with them."""

    def __init__(
        self, store: Store, *, seconds: float = SECONDS, waits: Sequence[float] = WAITS, queue: int = QUEUE
    ) -> None:
        self._store = store
        self._seconds = seconds
        self._waits = tuple(waits)
        self._queue = queue
        self._lock = threading.Lock()
        self._busy: set[int] = set()
        for row in store.rows("SELECT DISTINCT hook FROM deliveries WHERE status = ?", _PENDING):
            self._wake(row["hook"])

    def send(
        self, hook: int, event: str, action: str | None, payload: str, *, again: str | None = None
    ) -> None:
        """Queue one delivery; `again` is the guid of one that is repeated. A hook just deleted gets none."""
        waiting = self._store.row(
            "SELECT count(*) AS n FROM deliveries WHERE hook = ? AND status = ?", hook, _PENDING
        ) or {"n": 0}
        with contextlib.suppress(sqlite3.IntegrityError):
            self._store.insert(
                "deliveries", hook=hook, guid=again or str(uuid.uuid4()), event=event, action=action,
                payload=payload, redelivery=int(again is not None), delivered_at=now(),
                status=_PENDING if waiting["n"] < self._queue else _FULL,
            )  # fmt: skip
        self._wake(hook)

    def _wake(self, hook: int) -> None:
        with self._lock:
            if hook not in self._busy:
                self._busy.add(hook)
                threading.Thread(target=self._work, args=(hook,), daemon=True, name=f"hook-{hook}").start()

    def _work(self, hook: int) -> None:
        while True:
            with self._lock:
                delivery = self._store.row(
                    "SELECT * FROM deliveries WHERE hook = ? AND status = ? ORDER BY id LIMIT 1",
                    hook, _PENDING,
                )  # fmt: skip
                row = self._store.row("SELECT * FROM hooks WHERE id = ?", hook)
                if delivery is None or row is None:
                    self._busy.discard(hook)
                    return
            self._deliver(row, delivery)
            self._store.write(
                "DELETE FROM deliveries WHERE hook = ? AND status != ? AND id NOT IN "
                "(SELECT id FROM deliveries WHERE hook = ? ORDER BY id DESC LIMIT ?)",
                hook, _PENDING, hook, KEPT + self._queue,
            )  # fmt: skip

    def _deliver(self, hook: Row, delivery: Row) -> None:
        for attempt, wait in enumerate((0.0, *self._waits), start=1):
            time.sleep(wait)
            began = time.monotonic()
            code, status, answer = _post(hook, delivery, self._seconds)
            last = code not in (0, 429) and code < 500
            _log.debug("hook %s, %s, attempt %s: %s", hook["id"], delivery["event"], attempt, status)
            self._store.update(
                "deliveries", delivery["id"], delivered_at=now(), duration=round(time.monotonic() - began, 3),
                attempts=attempt, status_code=code, answer=answer,
                status=status if last or attempt > len(self._waits) else _PENDING,
            )  # fmt: skip
            if last:
                return
        _log.warning("hook %s: %s was not delivered to %s", hook["id"], delivery["event"], hook["url"])


def _post(hook: Row, delivery: Row, seconds: float) -> tuple[int, str, str]:
    """(HTTP status, what happened, beginning of the answer); 0 without an answer. Follows no redirect."""
    body = body_of(hook, delivery)
    url = urlsplit(hook["url"])
    host = url.hostname or ""
    connection: http.client.HTTPConnection
    if url.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(host, url.port, timeout=seconds, context=context)
    else:
        connection = http.client.HTTPConnection(host, url.port, timeout=seconds)
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    try:
        connection.request("POST", path, body, headers_of(hook, delivery, body))
        answer = connection.getresponse()
        text = answer.read1(_ANSWER_BYTES).decode("utf-8", "replace")
    except TimeoutError:
        return 0, f"timed out: no answer within {seconds:g} s", ""
    except (OSError, http.client.HTTPException) as error:
        return 0, f"failed to connect to host: {error}"[:500], ""
    finally:
        connection.close()
    return answer.status, "OK" if answer.status < 300 else f"Invalid HTTP Response: {answer.status}", text
