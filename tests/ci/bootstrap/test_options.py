import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from sluicegate.ci.bootstrap.options import GateOptions, InstallOptions
from sluicegate.specs.yamlio import InputError

ROOT = Path(__file__).parents[3]
DIGEST = "sha256:" + "a" * 64
REPO = "https://forge.example.org/team/models.git"
GATE = GateOptions("localhost/gate", DIGEST, "sluicegate", "sluicegate-repo")


@pytest.mark.parametrize(
    "image", ["localhost/gate", "localhost/gate:1", f"localhost/gate:1@{DIGEST[:-1]}", ""]
)
def test_an_image_without_its_digest_is_refused(image: str):
    with pytest.raises(InputError, match=r"does not name an image by its .*; write REGISTRY/NAME@sha256:"):
        GateOptions.of(image, "a", "b")


IMAGES = {
    "localhost/gate": True,
    "reg.example.org:5000/team/gate_1.x": True,
    "10.0.0.1:3000/gate": True,
    "reg/gate:latest": False,
    "reg:5000/gate:1": False,
    "gate": False,
    "gate:5000": False,
    "a:b:c": False,
    "reg//gate": False,
    "reg/gate/": False,
    "/gate": False,
    "Reg/gate": False,
    "reg/Gate": False,
    "reg:/gate": False,
    "reg/gate@x": False,
}


@pytest.mark.parametrize(("repository", "taken"), IMAGES.items())
@pytest.mark.parametrize("digest", [DIGEST, DIGEST[:-1], DIGEST.upper()])
def test_an_image_is_taken_if_the_chart_takes_it(repository: str, taken: bool, digest: str):
    folder = ROOT / "charts" / "gate"
    schema = json.loads((folder / "values.schema.json").read_text())["properties"]["image"]
    image = yaml.safe_load((folder / "values.yaml").read_text())["image"]
    image |= {"repository": repository, "digest": digest}
    assert Draft7Validator(schema).is_valid(image) is (taken and digest == DIGEST)
    try:
        found = GateOptions.of(f"{repository}@{digest}", "a", "b")
    except InputError as error:
        assert not (taken and digest == DIGEST)
        assert "--gate-image" in str(error) and "without a tag" in str(error)
    else:
        assert taken and (found.repository, found.digest) == (repository, digest)


NAMES = {"a": True, "a-1": True, "1" * 63: True} | dict.fromkeys(
    ("", "Bad_NS", "a.b", "-a", "a-", "a\n", "1" * 64), False
)


@pytest.mark.parametrize(("name", "taken"), NAMES.items())
@pytest.mark.parametrize("option", ["--argocd-namespace", "--gate-namespace"])
def test_a_namespace_is_a_dns_label(name: str, taken: bool, option: str):
    def asked() -> InstallOptions:
        if option == "--argocd-namespace":
            return InstallOptions(REPO, argocd=name)
        return InstallOptions(REPO, gate=replace(GATE, namespace=name))

    if taken:
        assert asked()
    else:
        with pytest.raises(InputError, match=rf"{option}: .* is not a name of a namespace; write lower-case"):
            asked()


@pytest.mark.parametrize("name", ["", "Bad_Secret", "-a", "a.", "a/b", "a" * 254])
def test_a_secrets_name_is_a_dns_name(name: str):
    with pytest.raises(
        InputError, match=r"--gate-repo-secret: .* is not a name of a secret; write lower-case"
    ):
        InstallOptions(REPO, gate=replace(GATE, secret=name))
    assert InstallOptions(REPO, gate=replace(GATE, secret="a.b-1"))
