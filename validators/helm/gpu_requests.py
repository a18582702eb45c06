"""What a model's values ask of the GPUs of an environment, at the worst moment of its release."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sluicegate.specs.environment import GpuPool
from sluicegate.specs.yamlio import InputError, Location
from sluicegate.validators.helm.gpu_packing import Need, canaries, surge
from sluicegate.validators.helm.values import Values

GPU = ("gpu", "kind")
MOST = 100_000
"""Pods of a model, and GPUs of a pod: beyond that a number is a slip."""
_UNITS = {"Mi": 1 << 20, "Gi": 1 << 30}
_SHARED = ("time-slicing", "mps")


def resource(values: Values) -> str | None:
    """What each pod asks for, as the chart's `onnx-serving.gpuResource` names it; None without a GPU.

    With DRA it is the DeviceClass. Raises InputError for an unknown kind.
    """
    kind = values.get(*GPU, default="none")
    if kind == "none":
        return None
    if kind == "whole":
        return _text(values, ("gpu", "resource"))
    if kind == "mig":
        vendor = _text(values, ("gpu", "resource")).rpartition("/")[0]
        return f"{vendor}/mig-{_text(values, ('gpu', 'migProfile'))}"
    if kind in _SHARED:
        return _text(values, ("gpu", "sharedResource"))
    if kind == "dra":
        return _text(values, ("gpu", "dra", "deviceClassName"))
    raise _wrong(
        values,
        GPU,
        f"no kind of GPU is called {kind!r}",
        "name one of none, whole, mig, time-slicing, mps, dra",
    )


def peak_request(
    model: str, values: Values, weights: Sequence[int], *, baseline: bool = False
) -> Need | None:
    """The pods at the worst moment: scalers at their maximum, the canary at its largest weight, an update.

    `surge` saves none of them: on the way back stable's pods are all there before the canary's go. None
    without a GPU. Raises InputError for what is not a number.
    """
    name = resource(values)
    if name is None:
        return None
    scaled = values.get("autoscaling", "kind", default="none") != "none"
    at = ("autoscaling", "maxReplicas") if scaled else ("replicas",)
    stable = _number(values, at, 1)
    units = _number(values, ("gpu", "count"), 1)
    canary = canaries(stable, weights, baseline=baseline)
    strategy = str(values.get("strategy", "kind", default="RollingUpdate"))
    setting = ("strategy", "maxSurge")
    # A baseline's pods are a Deployment of their own.
    updated = (stable, canary, canary // 2) if baseline else (stable, canary)
    try:
        more = sum(surge(pods, strategy, values.get(*setting, default="25%")) for pods in updated)
    except (ValueError, TypeError) as problem:
        raise _wrong(values, setting, str(problem), "write a number, or a percentage in quotes") from problem
    return Need(model, name, units, stable, canary, more)


def unit_memory(pool: GpuPool, name: str) -> tuple[int | None, int | None]:
    """Bytes of (a whole GPU or MIG slice, one advertised unit of it); None where the pool does not say."""
    if name not in pool.memory:
        return None, None
    whole = bytes_of(pool.memory[name])
    sharing = pool.sharing.get(name)
    return whole, whole // sharing.replicas if sharing else whole


def bytes_of(text: str) -> int:
    """`4Gi` in bytes. Raises ValueError for what is not a whole number of Mi or Gi."""
    match = re.fullmatch(r"([0-9]+)(Mi|Gi)", text)
    if match is None:
        raise ValueError(f"{text!r} is not a number of Mi or Gi")
    return int(match[1]) * _UNITS[match[2]]


def _text(values: Values, at: Location) -> str:
    value = values.get(*map(str, at))
    if not isinstance(value, str) or not value:
        raise _wrong(values, at, f"{value!r} names nothing", "write a name, in quotes")
    return value


def _number(values: Values, at: Location, least: int) -> int:
    value = values.get(*map(str, at))
    if type(value) is not int or not least <= value <= MOST:
        raise _wrong(values, at, f"{value!r} is not a whole number from {least} to {MOST:,}", "write one")
    return value


def _wrong(values: Values, at: Location, message: str, remedy: str) -> InputError:
    position = values.position(at)
    document = next((one for one in values.files if one.path == position.path), None)
    if document is None:
        return InputError.of(message, remedy)
    return InputError(document.problem(at, message, remedy))
