"""A Kubernetes Lease: of several gates only the holder acts.

The client library's own election writes into a ConfigMap, compares the wall clocks of two machines and ends
the process when it loses. Here, as in client-go: a holder is outlived only when its record has not changed
for its whole duration *by the waiting process' own monotonic clock*, and every write is a compare-and-swap
on the record's resourceVersion. The holder itself stops two thirds of the duration after its last success.
"""

from __future__ import annotations

import logging
import math
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sluicegate.specs.errors import SluiceError

logger = logging.getLogger(__name__)

GROUP = "coordination.k8s.io"
VERSION = "v1"
PLURAL = "leases"


class LeaseError(SluiceError):
    """The lease cannot be taken, for a reason that waiting does not fix."""


class Lease:
    """One process' part in the election of a holder.

    `namespace` and `name` are the record's, `holder` is this process' own name, `seconds` is how long the
    lease lasts without being renewed, `clock` is monotonic. `api` is a `kubernetes.client.CustomObjectsApi`:
    its plain mappings keep the API's times, which the typed client can write in a form that the API refuses.
    """

    def __init__(
        self,
        api: Any,
        namespace: str,
        name: str,
        holder: str,
        *,
        seconds: float = 15,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.namespace = namespace
        self.name = name
        self.holder = holder
        self.seconds = seconds
        self._api = api
        self._clock = clock
        self._until = float("-inf")
        self._version = ""
        """The resourceVersion of the record when it was last seen."""
        self._changed_at = clock()
        """When that was first seen, by the own clock."""
        self._logged: tuple[str | None, bool] = (None, False)
        """What was logged last: the attempt's failure, and whether the lease was held after it."""

    @property
    def held(self) -> bool:
        """Whether this process may act now."""
        return self._clock() < self._until

    def attempt(self) -> str | None:
        """Take or renew it once; why that failed, None where it is held. Raises LeaseError."""
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        began = self._clock()
        record = None
        try:
            record = self._read()
            other = None if record is None else self._other_holder(record)
            if other is not None:
                self._until = float("-inf")
                return f"{other} holds it"
            written = self._write(record, self._taken(record))
        except ApiException as error:
            return self._refusal(error, missing=record is None)
        except (HTTPError, OSError) as error:
            return f"the API server cannot be reached ({type(error).__name__})"
        # The time counts from before the request: the record may be that old already.
        self._until = began + self.seconds * 2 / 3
        self._version = str(written["metadata"]["resourceVersion"])
        self._changed_at = began
        return None

    def release(self) -> None:
        """Give it back, so that the next one need not wait; where that fails, it runs out by itself."""
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        was_held = self.held
        self._until = float("-inf")
        if not was_held:
            return
        try:
            record = self._read()
            if record is not None and record.get("spec", {}).get("holderIdentity") == self.holder:
                free = record["spec"] | {"holderIdentity": "", "leaseDurationSeconds": 1}
                self._write(record, record | {"spec": free})
        except (ApiException, HTTPError, OSError) as error:
            logger.debug("the lease %s/%s was not given back: %s", self.namespace, self.name, error)
            return
        logger.info("the lease %s/%s is given back", self.namespace, self.name)

    @contextmanager
    def keep(self, on_attempt: Callable[[str | None], None] = lambda _: None) -> Iterator[Lease]:
        """Take and renew it in a thread while inside; `on_attempt` gets each attempt's failure, or None.

        Raises LeaseError where the first attempt does.
        """

        def attempt() -> None:
            failure = self.attempt()
            self._log(failure)
            on_attempt(failure)

        def renew() -> None:
            while not end.wait(self.seconds / 5):
                try:
                    attempt()
                except LeaseError as error:
                    self._log(str(error))
                    on_attempt(str(error))

        attempt()
        end = threading.Event()
        thread = threading.Thread(target=renew, name="lease", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            end.set()
            thread.join()
            self.release()

    def _log(self, failure: str | None) -> None:
        """Log an attempt, unless it ended as the one before."""
        state = (failure, self.held)
        if state == self._logged:
            return
        self._logged = state
        name = f"{self.namespace}/{self.name}"
        if failure is None:
            logger.info("the lease %s is held by this process", name)
        elif self.held:
            logger.warning("the lease %s could not be renewed and is running out: %s", name, failure)
        else:
            logger.info("the lease %s is not held by this process: %s", name, failure)

    def _refusal(self, error: Any, *, missing: bool) -> str:
        """What an ApiException means; `missing` where no record was read. Raises LeaseError."""
        if error.status == 409:
            return "another gate took it first"
        if error.status in (401, 403) or (error.status == 404 and missing):
            raise LeaseError(
                f"the lease {self.namespace}/{self.name} cannot be taken: the API server answers "
                f"{error.status} {error.reason}",
                "let the gate's account get, create and update leases in this namespace (charts/gate does), "
                "and make sure that the namespace exists",
            ) from None
        return f"the API server answers {error.status} {error.reason}"

    def _read(self) -> dict[str, Any] | None:
        """The record; None where there is none yet."""
        from kubernetes.client.exceptions import ApiException

        try:
            record: dict[str, Any] = self._api.get_namespaced_custom_object(
                GROUP, VERSION, self.namespace, PLURAL, self.name, _request_timeout=self.seconds / 3
            )
        except ApiException as error:
            if error.status == 404:
                return None
            raise
        return record

    def _write(self, before: Mapping[str, Any] | None, record: Mapping[str, Any]) -> dict[str, Any]:
        """Replace the record that was read, or create the first; the record as the server has it."""
        where = (GROUP, VERSION, self.namespace, PLURAL)
        written: dict[str, Any]
        if before is None:
            written = self._api.create_namespaced_custom_object(
                *where, record, _request_timeout=self.seconds / 3
            )
        else:
            written = self._api.replace_namespaced_custom_object(
                *where, self.name, record, _request_timeout=self.seconds / 3
            )
        return written

    def _other_holder(self, record: Mapping[str, Any]) -> str | None:
        """Who else holds it still; the record's change is timed here, never read from its own times."""
        spec = record.get("spec", {})
        version = str(record["metadata"]["resourceVersion"])
        if version != self._version:
            self._version = version
            self._changed_at = self._clock()
        other: str | None = spec.get("holderIdentity") or None
        if other is None or other == self.holder:
            return None
        lasts = spec.get("leaseDurationSeconds") or self.seconds
        return other if self._clock() - self._changed_at < lasts else None

    def _taken(self, record: Mapping[str, Any] | None) -> dict[str, Any]:
        """The record as this process writes it: the first one, or the one that was read, taken or renewed."""
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        before = {} if record is None else dict(record.get("spec") or {})
        spec = before | {
            "holderIdentity": self.holder,
            "leaseDurationSeconds": math.ceil(self.seconds),
            "renewTime": now,
        }
        spec.setdefault("leaseTransitions", 0)
        spec.setdefault("acquireTime", now)
        if record is not None and before.get("holderIdentity") != self.holder:
            spec["leaseTransitions"] += 1
            spec["acquireTime"] = now
        metadata = {"name": self.name, "namespace": self.namespace}
        if record is not None:
            # All of what was read, its resourceVersion with it: the write is refused if it changed since.
            metadata = record["metadata"]
        return {"apiVersion": f"{GROUP}/{VERSION}", "kind": "Lease", "metadata": metadata, "spec": spec}


def join_election(namespace: str, name: str) -> Lease:
    """The part of this process, under a name of its own, by `connect`. Raises LeaseError."""
    return Lease(connect(), namespace, name, f"{socket.gethostname()}_{uuid.uuid4().hex[:8]}")


def connect() -> Any:
    """The API of the pod's own cluster, or of KUBECONFIG's current context. Raises LeaseError."""
    from kubernetes import client, config

    try:
        # A pod's own cluster first: a mounted kubeconfig is for the environments of other clusters.
        if "KUBERNETES_SERVICE_HOST" in os.environ:
            config.load_incluster_config()
        else:
            config.load_kube_config()
    except config.ConfigException as error:
        raise LeaseError(
            f"no cluster is configured ({error})",
            "run the gate in a pod, set KUBECONFIG, or leave out --lease",
        ) from None
    return client.CustomObjectsApi()
