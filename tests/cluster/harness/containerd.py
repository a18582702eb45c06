"""containerd with its own root, state, socket and pod network, beside any other on the machine."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from harness.namespace import FIRST, Node
from harness.run import CommandFailed, Run, call

NAME = "containerd"
PLUGINS = "/usr/lib/cni"
"""Where Debian's containernetworking-plugins installs."""
IMAGES = "k8s.io"
"""The containerd namespace that the kubelet reads."""
CONFIG = """\
version = 2
root = "{root}"
state = "{state}"
disabled_plugins = [
  "io.containerd.internal.v1.opt",
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]

[grpc]
address = "{socket}"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "localhost/pause:1"
# Without CAP_SYS_RESOURCE no pod could lower its score, and none would start.
restrict_oom_score_adj = true
disable_apparmor = true
netns_mounts_under_state_dir = true
stream_server_address = "127.0.0.1"
stream_server_port = "0"

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{plugins}"
conf_dir = "{network}"

[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
"""


def start(run: Run, node: Node = FIRST) -> None:
    """Write a node's configuration and start its containerd; raises `NotReady`."""
    name = node.daemon(NAME)
    network = run.folder(name, "network")
    (network / "10-pods.conflist").write_text(json.dumps(_network(run, node), indent=2))
    config = run.file(name, "config.toml")
    config.write_text(
        CONFIG.format(
            root=run.folder(name, "root"),
            state=run.folder(name, "state"),
            socket=socket(run, node),
            plugins=PLUGINS,
            network=network,
        )
    )
    run.start(name, ["containerd", "--config", config], ready=partial(ready, run, node))


def socket(run: Run, node: Node = FIRST) -> Path:
    """The socket that the node's kubelet and `ctr` speak to."""
    return run.root / node.daemon(NAME) / "socket"


def ctr(run: Run, *arguments: str | Path, node: Node = FIRST) -> str:
    """Run `ctr` on the images of a node's kubelet; raises `CommandFailed`."""
    return call(["ctr", "--address", str(socket(run, node)), "--namespace", IMAGES, *map(str, arguments)])


def copy_images(run: Run, source: Node, target: Node) -> None:
    """Give a node every image that another one has, under the same names; raises `CommandFailed`."""
    names = [each for each in ctr(run, "images", "list", "--quiet", node=source).split() if "/" in each]
    there = ctr(run, "images", "list", "--quiet", node=target).split()
    if missing := sorted(set(names) - set(there)):
        archive = run.file(target.daemon(NAME), "images.tar")
        ctr(run, "images", "export", archive, *missing, node=source)
        # Unpacked when the first pod asks for it: most images are never needed on a node of a case.
        ctr(run, "images", "import", "--no-unpack", archive, node=target)
        archive.unlink()


def processes(run: Run, pod: str, node: Node = FIRST) -> list[int]:
    """The first process of each container of a pod, by this machine's own numbers; none where it is gone."""
    found = []
    for line in ctr(run, "tasks", "list", node=node).splitlines()[1:]:
        name, pid, _ = line.split()
        try:
            labels = ctr(run, "containers", "info", name, node=node)
        except CommandFailed:
            continue  # removed since it was listed
        if f'"{pod}"' in labels and '"io.kubernetes.cri.container-type": "container"' in labels:
            found.append(int(pid))
    return found


def ready(run: Run, node: Node = FIRST) -> bool:
    """Whether a node's containerd answers on its socket."""
    if not socket(run, node).exists():
        return False
    try:
        ctr(run, "version", node=node)
    except CommandFailed:
        return False
    return True


def _network(run: Run, node: Node) -> dict[str, object]:
    """A bridge for the pods; the run's name is in it, so that what it leaves behind can be found."""
    bridge = {
        "type": "bridge",
        "bridge": f"pods{node.number - 1}",
        "isGateway": True,
        "ipMasq": False,
        "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            "ranges": [[{"subnet": node.pods}]],
            "routes": [{"dst": "0.0.0.0/0"}],
            "dataDir": str(run.folder(node.daemon(NAME), "addresses")),
        },
    }
    portmap = {"type": "portmap", "capabilities": {"portMappings": True}}
    return {"cniVersion": "0.4.0", "name": f"{run.namespace}{node.suffix}", "plugins": [bridge, portmap]}
