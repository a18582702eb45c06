from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.specs.environment import EnvironmentSpec, Metrics
from sluicegate.validators.helm.name_conflicts import name_conflicts


def spec(
    name: str, namespace: str, cluster: str = "in-cluster", traffic: Any = "gateway-api"
) -> EnvironmentSpec:
    return EnvironmentSpec(name, namespace, Metrics("prometheus", "http://p:9090"), traffic, cluster=cluster)


EU, SHORT = spec("production-eu", "x"), spec("production", "y")


def test_two_pairs_of_one_application() -> None:
    models = ["digits", "eu-digits"]
    (found,) = name_conflicts([EU, SHORT], {"production": models, "production-eu": models})
    assert (found.environments, found.models) == (("production", "production-eu"), ("eu-digits", "digits"))
    assert found.location == ("metadata", "name")
    assert found.message == (
        "digits here and eu-digits in production are one Application of Argo CD: production-eu-digits"
    )
    # Argo CD has them in one namespace, whatever cluster they deploy to.
    far = spec("production-eu", "x", "eu")
    assert len(list(name_conflicts([far, SHORT], {"production": models, "production-eu": models}))) == 1


def test_two_environments_of_one_namespace() -> None:
    (found,) = name_conflicts([spec("b", "n"), spec("a", "n")], {})
    assert (found.environments, found.models, found.location) == (("a", "b"), None, ("spec", "namespace"))
    assert found.message == "the namespace n of the cluster in-cluster is a's already"


def test_one_name_of_a_service_to_a_gateway() -> None:
    (found,) = name_conflicts([spec("a", "n"), spec("b", "n-eu")], {"a": ["eu-m"], "b": ["m"]})
    assert found.message == (
        "m here and eu-m in a are one to a gateway that counts by n-eu-m in the cluster in-cluster"
    )


@pytest.mark.parametrize("other", [spec("b", "n", "eu"), spec("b", "n", traffic="embedded"), spec("b", "o")])
def test_what_lies_apart_does_not_clash(other: EnvironmentSpec) -> None:
    assert not list(name_conflicts([spec("a", "n"), other], {"a": ["m", "b-m"], "b": ["m", "b-m"]}))


NAMES = st.sampled_from(["a", "b", "a-b", "b-a", "a-a", "a-b-a"])


@given(st.lists(st.tuples(NAMES, NAMES), max_size=5, unique_by=lambda pair: pair[0]), st.sets(NAMES))
def test_nothing_shared_is_missed(places: list[tuple[str, str]], models: set[str]) -> None:
    specs = [spec(name, namespace) for name, namespace in places]
    applications = [f"{one.name}-{model}" for one in specs for model in models]
    spaces = [one.namespace for one in specs]
    joined = [f"{space}-{model}" for space in set(spaces) for model in models]
    shared = any(len(set(names)) < len(names) for names in (applications, spaces, joined))
    assert bool(list(name_conflicts(specs, {one.name: models for one in specs}))) == shared
