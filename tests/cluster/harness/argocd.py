"""Argo CD without its manifests' pods: one process a role, all of one binary, each restarted on its own."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from harness import certificates, crds, forge
from harness.kube import api
from harness.run import Run
from harness.web import answers_inside

NAMESPACE = "argocd"
POLL_SECONDS = 5
"""How often Argo CD looks at the repository by itself; its own default is three minutes."""
WEBHOOK_PORT, GENERATOR_PORT = 8088, 7000
"""Where the server and the ApplicationSet controller take webhooks, on loopback."""
REDIS = "127.0.0.1:6379"
REPO_SERVER = "127.0.0.1:8081"


@dataclass(frozen=True)
class Role:
    """One of Argo CD's processes; `health` is an address that answers 200 when it is ready."""

    name: str
    arguments: str
    health: str

    @property
    def daemon(self) -> str:
        """Its name among the run's daemons: `argocd-...`."""
        return f"argocd-{self.name}"


_CACHE = f"--redis {REDIS}"
_REPO = f"--repo-server {REPO_SERVER} --repo-server-plaintext"
ROLES = (
    Role(
        "repo-server",
        f"--address 127.0.0.1 --port 8081 --metrics-address 127.0.0.1 --metrics-port 8084 "
        f"--disable-tls {_CACHE}",
        "http://127.0.0.1:8084/healthz",
    ),
    Role(
        "application-controller",
        f"--namespace {NAMESPACE} --metrics-port 8082 {_CACHE} {_REPO}",
        "http://127.0.0.1:8082/healthz",
    ),
    Role(
        "applicationset-controller",
        f"--namespace {NAMESPACE} --metrics-addr 127.0.0.1:12345 --probe-addr 127.0.0.1:12346 "
        f"--webhook-addr 127.0.0.1:{GENERATOR_PORT} "
        f"--argocd-repo-server {REPO_SERVER} --repo-server-plaintext",
        "http://127.0.0.1:12345/metrics",
    ),
    # There for its webhook alone: the third way, beside polling and refresh, to learn of a push.
    Role(
        "server",
        f"--namespace {NAMESPACE} --insecure --disable-auth --address 127.0.0.1 --port {WEBHOOK_PORT} "
        f"--metrics-address 127.0.0.1 --metrics-port 8083 {_CACHE} {_REPO}",
        f"http://127.0.0.1:{WEBHOOK_PORT}/healthz",
    ),
)


def start(run: Run) -> None:
    """Lay Argo CD's settings into its namespace and start every role."""
    settle(run)
    for role in ROLES:
        start_role(run, role)


def start_role(run: Run, role: Role) -> None:
    """Start one role and wait until it says that it is healthy."""
    command = [run.tool("argocd"), *role.arguments.split()]
    env = environment(run) | {"ARGOCD_BINARY_NAME": role.daemon}
    run.start(role.daemon, command, env=env, ready=lambda: answers_inside(run, role.health), seconds=60)


def stop(run: Run, *names: str) -> None:
    """Stop the roles named, or all: an Argo CD that is down."""
    for role in ROLES:
        if not names or role.name in names:
            run.stop(role.daemon)


def settle(run: Run) -> None:
    """Namespace, config maps and secret of the core install; nothing that was changed since is undone."""
    kube = api(run)
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    install = crds.folder("github.com/argoproj/argo-cd/v3") / "manifests" / "core-install.yaml"
    for body in crds.documents(install):
        if body["kind"] not in ("ConfigMap", "Secret"):
            continue
        body["metadata"]["namespace"] = NAMESPACE
        if kube.find("v1", body["kind"], body["metadata"]["name"], NAMESPACE) is None:
            kube.apply(body, manager="harness-argocd")
    if "data" not in kube.get("v1", "Secret", "argocd-secret", NAMESPACE):
        key = {"server.secretkey": secrets.token_hex(32), "webhook.github.secret": secrets.token_hex(16)}
        kube.patch("v1", "Secret", "argocd-secret", {"stringData": key}, NAMESPACE)


def environment(run: Run) -> Mapping[str, str]:
    """What every role needs to run outside a pod: its own folders, helm, the kubeconfig, short waits."""
    base = run.folder("argocd")
    path = f"{run.tool('helm').parent}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    tls, ssh, gnupg, plugins, temporary = (
        run.folder("argocd", name) for name in ("tls", "ssh", "gnupg", "plugins", "tmp")
    )
    (ssh / "ssh_known_hosts").touch()
    # What the ConfigMap argocd-tls-certs-cm is for its pods: whom to trust of the registry's host.
    (tls / run.node).write_bytes(certificates.file(run, "ca.crt").read_bytes())
    return {
        "KUBECONFIG": str(run.kubeconfig),
        "ARGOCD_FAKE_IN_CLUSTER": "true",
        "ARGOCD_GPG_ENABLED": "false",
        "HOME": str(base),
        "TMPDIR": str(temporary),
        "ARGOCD_TLS_DATA_PATH": str(tls),
        "ARGOCD_SSH_DATA_PATH": str(ssh),
        "ARGOCD_GNUPGHOME": str(gnupg),
        "ARGOCD_PLUGINSOCKFILEPATH": str(plugins),
        "ARGOCD_ASK_PASS_SOCK": str(base / "ask-pass.sock"),
        "PATH": path,
        "ARGOCD_RECONCILIATION_TIMEOUT": f"{POLL_SECONDS}s",
        "ARGOCD_RECONCILIATION_JITTER": "0s",
        "ARGOCD_SYNC_WAVE_DELAY": "0",
        "ARGOCD_APPLICATIONSET_CONTROLLER_REQUEUE_AFTER": f"{POLL_SECONDS}s",
    }


@contextmanager
def webhooks(run: Run) -> Iterator[None]:
    """While the context lasts, the forge tells Argo CD of every push, by signed webhooks as GitHub's."""
    secret = api(run).get("v1", "Secret", "argocd-secret", NAMESPACE)["data"]["webhook.github.secret"]
    config = {"content_type": "json", "secret": base64.b64decode(secret).decode()}
    hub = forge.hub(run, forge.OWNER)
    hooks = [
        hub.create_hook("web", {**config, "url": f"http://127.0.0.1:{port}/api/webhook"}, ["push"], True)
        for port in (WEBHOOK_PORT, GENERATOR_PORT)
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.delete()
