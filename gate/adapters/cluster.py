"""What Kubernetes and Argo CD say about a running release: its weight in effect, and whether it is ready.

Fail closed: whatever cannot be read, or is not as committed, gives no weight or no readiness, and words. The
split is taken from the object that carries it, accepted by the gateway in its present generation, with both
tracks' Services leading to the artifacts of the release. Before counting begins, Argo CD has to have ended
its sync well, too. From then on a sync that fails, or another change that waits for one, only keeps the
release from going on: it must not blind the gate to harm that requests see under the weight in effect.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sluicegate.gate.adapters import workload
from sluicegate.gate.adapters.argocd import Sync, read_sync
from sluicegate.gate.adapters.kubeapi import IN_CLUSTER, CachedReader, KubeApi, ObjectReader
from sluicegate.gate.adapters.samples import NoData
from sluicegate.gate.adapters.splits import gateway_api, istio, kserve
from sluicegate.gate.adapters.splits.base import Reader, Split
from sluicegate.specs.release import Release, Version

SPLITS: dict[str, Reader] = {
    "gateway-api": gateway_api.read,
    "istio": istio.read,
    "kserve": kserve.read,
}


@dataclass(frozen=True)
class Sight:
    """What was seen of one release in its cluster."""

    weight: int | None = None
    """The canary's percent in effect; None where that cannot be told."""
    ready: bool = False
    """Whether the canary's own artifact is synced and all its pods are available."""
    since: datetime | None = None
    """Since when the split is as it is (to the second); figures of before do not tell of it."""
    synced: str | None = None
    """The revision that Argo CD synced, and the Application's health."""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cluster:
    """The cluster of one environment, and the one that Argo CD runs in."""

    environment: str
    namespace: str
    traffic: str
    """What splits the traffic: a key of `SPLITS`."""
    api: KubeApi = field(default_factory=KubeApi)
    argocd: KubeApi = field(default_factory=lambda: KubeApi(IN_CLUSTER))

    def read(self, release: Release) -> Sight:
        """Look at the release. Never raises for what a cluster says or fails to say."""
        api = CachedReader(self.api)
        try:
            sync = read_sync(self.argocd, self.environment, release.model)
        except NoData as error:
            return Sight(problems=(str(error),))
        problems = [sync.problem] if sync.problem else []
        ready, wanting = self._ready(api, release, sync)
        problems += wanting
        weight, since = None, None
        try:
            split = self._split(api, release)
            since = self._since(release, sync, split)
            weight = split.weight
        except NoData as error:
            problems.append(str(error))
        return Sight(weight, ready, since, sync.told, tuple(dict.fromkeys(problems)))

    def _split(self, api: ObjectReader, release: Release) -> Split:
        """The split, between the very artifacts of the release. Raises NoData."""
        split = SPLITS[self.traffic](api, self.namespace, release)
        if self.traffic != "kserve":
            for track, version in (("canary", release.canary), ("stable", release.stable)):
                if version is not None:
                    workload.selector(api, self.namespace, release.model, track, version)
        elif release.canary is not None:
            self._inference(api, release.model, release.canary)
        return split

    def _since(self, release: Release, sync: Sync, split: Split) -> datetime:
        """Since when the split is in effect. Raises NoData where that is not known, or not so yet."""
        if release.baseline is not None and split.changed is not None:
            return split.changed
        if release.baseline is None and sync.problem is not None:
            raise NoData(sync.problem)
        known = [moment for moment in (split.changed, sync.finished) if moment is not None]
        if not known:
            raise NoData("neither the route nor Argo CD says since when it is as it is; sync it again")
        return max(known)

    def _ready(self, api: ObjectReader, release: Release, sync: Sync) -> tuple[bool, list[str]]:
        """Whether the canary is ready, and what is wanting on either track."""
        said = {"canary": release.canary, "stable": release.stable}
        wanting = {t: self._wanting(api, release.model, t, v) for t, v in said.items() if v is not None}
        ready = sync.problem is None and "canary" in wanting and wanting["canary"] is None
        return ready, [f"{track}: {why}" for track, why in wanting.items() if why is not None]

    def _wanting(self, api: ObjectReader, model: str, track: str, version: Version) -> str | None:
        try:
            if self.traffic == "kserve":
                # KServe runs both tracks behind one object, whose status speaks of the newest revision.
                return self._inference(api, model, version) if track == "canary" else None
            pods = workload.selector(api, self.namespace, model, track, version)
            return workload.not_ready(api, self.namespace, model, version, pods)
        except NoData as error:
            return str(error)

    def _inference(self, api: ObjectReader, model: str, version: Version) -> str | None:
        """None. Raises NoData unless the InferenceService is ready with the version's artifact."""
        what = f"InferenceService {model} in {self.namespace}"
        service = api.get(kserve.path(self.namespace, model), what)
        if service["metadata"]["annotations"].texts.get(workload.DIGEST) != version.digest:
            raise NoData(f"{what} does not lead to version {version.version} yet; wait for the sync")
        kserve.require_ready(service)
        return None
