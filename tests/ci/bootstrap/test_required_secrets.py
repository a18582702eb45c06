from sluicegate.ci.bootstrap.options import GateOptions, InstallOptions
from sluicegate.ci.bootstrap.required_secrets import secrets

REPO = "https://forge.example.org/team/models.git"
GATE = GateOptions("localhost/gate", "sha256:" + "a" * 64, "sluicegate", "sluicegate-repo")


def test_secrets_are_named_and_never_made():
    assert secrets(InstallOptions(REPO)) == []
    options = InstallOptions(REPO, gate=GATE, previews=True)
    required = secrets(options)
    assert [(one.namespace, one.name, one.key) for one in required] == [
        ("sluicegate", "sluicegate-repo", "url"),
        ("argocd", "sluicegate-forge", "token"),
    ]
    assert required[0].command == (
        "kubectl --namespace sluicegate create secret generic sluicegate-repo --from-file=url=FILE"
    )
