"""A Kubernetes Lease: of several gates only the holder acts.

The client library's own election writes into a ConfigMap, compares the wall clocks of two machines and ends
the process when it loses. Here, as in client-go: a holder is outlived only when its record has not changed
for its whole duration *by the waiting process' own monotonic clock*, and every write is a compare-and-swap
on the record's resourceVersion. The holder itself stops two thirds of the duration after its last success.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sluicegate.gate.adapters.git.command import PushRefused
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.specs.errors import SluiceError

GROUP, VERSION, PLURAL = "coordination.k8s.io", "v1", "leases"


class LeaseError(SluiceError):
    """The lease cannot be had for a reason that waiting does not mend; the message ends in a remedy."""


class Lease:
    """One process' part in an election.

    `place` is the record's namespace and name, `seconds` how long it holds without being renewed, `clock` is
    monotonic. `api` is a `kubernetes.client.CustomObjectsApi`: its plain mappings keep the API's times, which
    the typed client can write in a form that the API refuses.
    """

    def __init__(
        self,
        api: Any,
        place: tuple[str, str],
        holder: str,
        *,
        seconds: float = 15,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        (self.namespace, self.name), self.holder, self.seconds = place, holder, seconds
        self._api, self._clock = api, clock
        self._until = float("-inf")
        self._changed: tuple[str, float] = ("", clock())

    @property
    def held(self) -> bool:
        """Whether this process may act now."""
        return self._clock() < self._until

    def attempt(self) -> str | None:
        """Take or renew it once; why that failed, None where it is held. Raises LeaseError."""
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        began, found = self._clock(), None
        try:
            found = self._read()
            if found is None:
                record = self._record(None)
                written = self._api.create_namespaced_custom_object(
                    GROUP, VERSION, self.namespace, PLURAL, record, _request_timeout=self.seconds / 3
                )
            elif (other := self._alive(found)) is not None:
                self._until = float("-inf")
                return f"{other} holds it"
            else:
                written = self._write(self._record(found))
        except ApiException as error:
            if error.status == 409:
                return "another gate took it first"
            if error.status in (401, 403) or (error.status == 404 and found is None):
                raise LeaseError(
                    f"the lease {self.namespace}/{self.name} cannot be taken: the API server answers "
                    f"{error.status} {error.reason}; let the gate's account get, create and update leases in "
                    "this namespace (charts/gate does), and the namespace exist"
                ) from None
            return f"the API server answers {error.status} {error.reason}"
        except (HTTPError, OSError) as error:
            return f"the API server cannot be reached ({type(error).__name__})"
        # Until when counts from before the request: the record may be that old already.
        self._until = began + self.seconds * 2 / 3
        self._changed = (str(written["metadata"]["resourceVersion"]), began)
        return None

    def release(self) -> None:
        """Give it back, so that the next one need not wait. What fails here is mended by time."""
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        mine, self._until = self.held, float("-inf")
        if not mine:
            return
        try:
            found = self._read()
            if found is not None and found.get("spec", {}).get("holderIdentity") == self.holder:
                self._write(
                    found | {"spec": found["spec"] | {"holderIdentity": "", "leaseDurationSeconds": 1}}
                )
        except (ApiException, HTTPError, OSError):
            return

    @contextmanager
    def kept(self, on_try: Callable[[str | None], None] = lambda _: None) -> Iterator[Lease]:
        """Take and renew it in a thread while inside; `on_try` hears each attempt's failure or None.

        Raises LeaseError where the first attempt does.
        """
        on_try(self.attempt())
        end = threading.Event()

        def renew() -> None:
            while not end.wait(self.seconds / 5):
                try:
                    on_try(self.attempt())
                except LeaseError as error:
                    on_try(str(error))

        thread = threading.Thread(target=renew, name="lease", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            end.set()
            thread.join()
            self.release()

    def _read(self) -> dict[str, Any] | None:
        from kubernetes.client.exceptions import ApiException

        try:
            found: dict[str, Any] = self._api.get_namespaced_custom_object(
                GROUP, VERSION, self.namespace, PLURAL, self.name, _request_timeout=self.seconds / 3
            )
        except ApiException as error:
            if error.status == 404:
                return None
            raise
        return found

    def _write(self, record: Mapping[str, Any]) -> dict[str, Any]:
        written: dict[str, Any] = self._api.replace_namespaced_custom_object(
            GROUP, VERSION, self.namespace, PLURAL, self.name, record, _request_timeout=self.seconds / 3
        )
        return written

    def _alive(self, found: Mapping[str, Any]) -> str | None:
        """Who else holds it still; the record's change is what is timed, never the time it says."""
        spec, version = found.get("spec", {}), str(found["metadata"]["resourceVersion"])
        other = spec.get("holderIdentity") or None
        if version != self._changed[0]:
            self._changed = (version, self._clock())
        if other is None or other == self.holder:
            return None
        lasts = spec.get("leaseDurationSeconds") or self.seconds
        return other if self._clock() - self._changed[1] < lasts else None

    def _record(self, found: Mapping[str, Any] | None) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        before = dict(found["spec"]) if found is not None and found.get("spec") else {}
        mine = before.get("holderIdentity") == self.holder
        metadata = {"name": self.name, "namespace": self.namespace}
        return {
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": "Lease",
            # All of what was read, its resourceVersion with it: the write is refused if it has changed since.
            "metadata": metadata if found is None else found["metadata"],
            "spec": before
            | {
                "holderIdentity": self.holder,
                "leaseDurationSeconds": math.ceil(self.seconds),
                "renewTime": now,
                "acquireTime": before.get("acquireTime", now) if mine else now,
                "leaseTransitions": before.get("leaseTransitions", 0) + (found is not None and not mine),
            },
        }


class Fenced(Repository):
    """A repository that is written only while a lease is held: a tick may outlast it."""

    def __init__(self, url: str | Path, cache: Path | None, branches: Sequence[str], *, lease: Lease) -> None:
        super().__init__(url, cache, branches)
        self.lease = lease

    def push(self, refs: Mapping[str, str]) -> None:
        """As of a Repository. Raises PushRefused as well when the lease was lost meanwhile."""
        if not self.lease.held:
            raise PushRefused(
                f"the lease {self.lease.namespace}/{self.lease.name} was lost before the push, so nothing is "
                "written; the gate that holds it decides anew"
            )
        super().push(refs)


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
            f"no cluster is configured ({error}); run the gate in a pod, set KUBECONFIG, or leave out --lease"
        ) from None
    return client.CustomObjectsApi()
