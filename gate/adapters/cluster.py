"""A running release in Kubernetes and Argo CD: the weight in effect, and whether the canary is ready.

Fail closed: whatever cannot be read, or is not as committed, gives no weight or no readiness, and a problem.
The weight is taken from the object that holds it, accepted by the gateway in its present generation, with
both tracks' Services leading to the artifacts of the release: that is what must hold before windows count. A
sync that fails, or another change that waits for one, only keeps the release from going on: it must not blind
the gate to harm that requests see under the weight in effect.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sluicegate.gate.adapters import workload
from sluicegate.gate.adapters.argocd import Sync, read_sync
from sluicegate.gate.adapters.kubeapi import CachedReader, KubeApi, ObjectReader
from sluicegate.gate.adapters.routing import gateway_api, istio, kserve
from sluicegate.gate.adapters.routing.base import RouteWeight, WeightReader
from sluicegate.gate.adapters.samples import NoData
from sluicegate.specs.environment import IN_CLUSTER
from sluicegate.specs.release import Release, Version

NO_SYNC = Sync(None, None, None, None)
"""Of an Application that cannot be read."""
WEIGHT_READERS: dict[str, WeightReader] = {
    "gateway-api": gateway_api.read,
    "istio": istio.read,
    "kserve": kserve.read,
}


@dataclass(frozen=True)
class ReleaseStatus:
    """One release as its cluster reports it."""

    weight: int | None = None
    """The canary's percent in effect; None where that is not known."""
    ready: bool = False
    """Whether the canary's own artifact is synced and all its pods, and a baseline's, are available."""
    since: datetime | None = None
    """Since when that weight is in effect (to the second); figures from before say nothing about it."""
    synced: str | None = None
    """The revision that Argo CD synced, and the Application's health."""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cluster:
    """The cluster of one environment, and the one that Argo CD runs in."""

    environment: str
    namespace: str
    traffic: str
    """How traffic is routed: a key of `WEIGHT_READERS`."""
    api: KubeApi = field(default_factory=KubeApi)
    argocd: KubeApi = field(default_factory=lambda: KubeApi(IN_CLUSTER))

    def read(self, release: Release) -> ReleaseStatus:
        """The status of the release. Never raises for what a cluster answers or fails to answer."""
        api = CachedReader(self.api)
        problems: list[str] = []
        sync = NO_SYNC
        try:
            sync = read_sync(self.argocd, self.environment, release.model)
            synced = sync.problem
        except NoData as error:
            synced = str(error)
        if synced is not None:
            problems.append(synced)
        unready = self._unready(api, release)
        problems += [f"{track}: {reason}" for track, reason in unready.items() if reason is not None]
        fresh = ("canary", "baseline") if release.baseline else ("canary",)
        ready = synced is None and all(unready.get(track, "absent") is None for track in fresh)
        weight: int | None = None
        since: datetime | None = None
        try:
            route = self._route(api, release)
            since = _since(sync, route)
            weight = route.weight
        except NoData as error:
            problems.append(str(error))
        return ReleaseStatus(weight, ready, since, sync.summary, tuple(dict.fromkeys(problems)))

    def _route(self, api: ObjectReader, release: Release) -> RouteWeight:
        """The weight between the very artifacts of the release. Raises NoData."""
        route = WEIGHT_READERS[self.traffic](api, self.namespace, release)
        if self.traffic != "kserve":
            for track, version in _versions(release).items():
                workload.selector(api, self.namespace, release.model, track, version)
        elif release.canary is not None:
            self._require_inference(api, release.model, release.canary)
        return route

    def _unready(self, api: ObjectReader, release: Release) -> dict[str, str | None]:
        """By track, why it is not ready; None where it is."""
        return {
            track: self._track_unready(api, release.model, track, version)
            for track, version in _versions(release).items()
        }

    def _track_unready(self, api: ObjectReader, model: str, track: str, version: Version) -> str | None:
        try:
            if self.traffic != "kserve":
                pods = workload.selector(api, self.namespace, model, track, version)
                return workload.not_ready(api, self.namespace, model, version, pods)
            # KServe runs both tracks behind one object, whose status is that of the newest revision.
            if track == "canary":
                self._require_inference(api, model, version)
            return None
        except NoData as error:
            return str(error)

    def _require_inference(self, api: ObjectReader, model: str, version: Version) -> None:
        """Raises NoData unless the InferenceService is ready with the version's artifact."""
        what = f"InferenceService {model} in {self.namespace}"
        service = api.get(kserve.path(self.namespace, model), what)
        if service["metadata"]["annotations"].texts.get(workload.DIGEST) != version.digest:
            raise NoData(f"{what} does not lead to version {version.version} yet", "wait for the sync")
        kserve.require_ready(service)


def _since(sync: Sync, route: RouteWeight) -> datetime:
    """Since when the weight is in effect: the route's own change, however often Argo CD has synced since.

    Where the route does not tell, the last sync. Raises NoData where that is not known, or not so yet.
    """
    since = route.changed or sync.finished
    if since is None:
        raise NoData("neither the route nor Argo CD says since when it is as it is", "sync it again")
    return since


def _versions(release: Release) -> dict[str, Version]:
    """The version of each track that has one."""
    tracks = {"canary": release.canary, "stable": release.stable}
    if release.baseline:
        tracks["baseline"] = release.stable
    return {track: version for track, version in tracks.items() if version is not None}
