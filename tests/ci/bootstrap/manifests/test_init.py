import pytest

from sluicegate.ci.bootstrap import manifests


@pytest.mark.parametrize(
    "name", ["$labels", "a: [b", '"\n- x', "{{ .x }}", "&a *a", "!!python/object:os.system x"]
)
def test_a_value_is_data_whatever_it_looks_like(name: str):
    assert manifests.load("namespace.yaml", {"name": name, "labels": {"a": "$name"}}) == [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": {"a": "$name"}},
        }
    ]


def test_a_value_is_copied():
    labels = {"a": "b"}
    (namespace,) = manifests.load("namespace.yaml", {"name": "n", "labels": labels})
    namespace["metadata"]["labels"]["c"] = "d"
    assert labels == {"a": "b"}


def test_a_name_without_a_value_is_an_error_of_the_program():
    with pytest.raises(KeyError, match="labels"):
        manifests.load("namespace.yaml", {"name": "n"})
