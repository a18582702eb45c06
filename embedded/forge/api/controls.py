"""What tests turn on, and GitHub's API does not have: faults and rate limits. An administrator's alone."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from pydantic import Field

from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.faults import Fault, FaultPlan
from sluicegate.embedded.forge.limits import Limits
from sluicegate.embedded.forge.request_body import RequestBody, Text


class NewFaults(RequestBody):
    """The faults from now on; an empty body ends them."""

    share: Annotated[float, Field(ge=0, le=1)] = 0.0
    kinds: list[Fault] = Field(default=[])
    seed: int = 0
    seconds: Annotated[float, Field(gt=0, le=120)] = 5.0
    logins: list[Text] = Field(default=[])
    path: Text = ""


class NewLimits(RequestBody):
    """The limits from now on; an empty body ends them."""

    requests: Annotated[int, Field(ge=0)] | None = None
    points: Annotated[int, Field(ge=0)] | None = None
    writes: Annotated[int, Field(ge=0)] | None = None
    window: Annotated[float, Field(gt=0)] = 3600.0
    minute: Annotated[float, Field(gt=0)] = 60.0


def put_faults(call: Call) -> Reply:
    """PUT /-/faults."""
    asked = call.read(NewFaults)
    given = asked.model_dump() | {"kinds": tuple(asked.kinds), "logins": tuple(asked.logins)}
    plan = FaultPlan(**given)
    call.state.faults.set(plan)
    return get_faults(call)


def get_faults(call: Call) -> Reply:
    """GET /-/faults: the plan, and how often each fault came since."""
    faults = call.state.faults
    return Reply(asdict(faults.plan) | {"counts": dict(faults.counts)})


def put_limits(call: Call) -> Reply:
    """PUT /-/limits."""
    limits = Limits(**call.read(NewLimits).model_dump())
    call.state.quota.set(limits)
    return Reply(asdict(limits))


ENDPOINTS = (
    Endpoint("GET", "/-/faults", get_faults, "admin"),
    Endpoint("PUT", "/-/faults", put_faults, "admin"),
    Endpoint("PUT", "/-/limits", put_limits, "admin"),
)
