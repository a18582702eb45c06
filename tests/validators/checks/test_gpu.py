from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from sluicegate.specs.model import Gpu, Rollout, Serving
from sluicegate.specs.repository import environments
from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.checks.gpu import environment_gpus, gpu_fit
from sluicegate.validators.runner.finding import Verdict

HEAD = "apiVersion: sluicegate.dev/v1\nkind: Environment\nmetadata: {name: eu}\nspec:\n  namespace: m\n"
METRICS = '  metrics: {source: prometheus, url: "http://p:9090", gateway: traefik}\n'
CHART = """\
replicas: 2
autoscaling: {kind: none, maxReplicas: 10}
gpu: {kind: none, count: 1, resource: nvidia.com/gpu}
strategy: {kind: RollingUpdate, maxSurge: 1}
"""
POOL = "  gpu_pool: {name: a100, nodes: 2, resources: {nvidia.com/gpu: 4}}\n"


@pytest.fixture
def judge(tmp_path: Path):
    def judged(
        pool: str = POOL,
        memory: str | None = None,
        traffic: str = "gateway-api",
        base: SimpleNamespace | None = None,
        **own: str,
    ):
        files = {
            "environments/eu/environment.yaml": f"{HEAD}  traffic: {traffic}\n{METRICS}{pool}",
            "charts/onnx-serving/values.yaml": CHART,
        }
        for model, text in own.items():
            files |= {f"models/{model}/model.yaml": "", f"environments/eu/{model}/values.yaml": text}
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)

        def load(tree, path):
            if path.endswith("broken"):
                raise InputError.of("is broken", "mend it", path)
            name = path.rpartition("/")[2]
            if tree is former and base is not None:
                return None, base
            return None, SimpleNamespace(name=name, rollout=Rollout(), serving=Serving(gpu=Gpu(1, memory)))

        tree = WorkTree(tmp_path)
        former = None if base is None else WorkTree(tmp_path)
        return list(gpu_fit(tree, former, load, environments(tree)))

    return judged


WHOLE = "gpu: {kind: whole}\n"


def test_the_sums_of_all_models_are_named(judge) -> None:
    (found,) = judge(a=WHOLE + "replicas: 1\n", b=WHOLE + "replicas: 1\n")
    assert (found.verdict, found.observed, found.threshold) == (Verdict.PASS, 8, 8)
    assert found.message.endswith(
        "needs 8 of 8 nvidia.com/gpu (2 nodes with 4 each; stable+canary+surge): a 1+1+2, b 1+1+2"
    )
    (found,) = judge(a=WHOLE, b=WHOLE + "replicas: 1\n")
    assert (found.verdict, found.observed) == (Verdict.FAIL, 10)
    assert "needs 10 of 8 nvidia.com/gpu" in found.message
    assert "a 2+2+2, b 1+1+2" in found.message
    assert (found.path, found.line) == ("environments/eu/environment.yaml", 8)
    (found,) = judge(
        a=WHOLE + "strategy: {kind: Recreate}\n", b=WHOLE + "replicas: 1\nstrategy: {maxSurge: 0}\n"
    )
    assert (found.verdict, found.observed) == (Verdict.PASS, 6)


ONE_POD = WHOLE + "replicas: 1\nstrategy: {kind: Recreate}\n"
RUNS_ONE = ONE_POD + "tracks: {baseline: {version: 1}}\n"


def asked(found) -> str:
    (one,) = found
    return one.message.rpartition(": ")[2]


def test_a_baselines_pod_counts_where_the_rules_of_the_base_have_one(judge) -> None:
    """A version that takes `baseline` out is still released beside one: the stricter rules count."""
    plain, beside = (
        SimpleNamespace(name="a", rollout=Rollout(baseline=baseline)) for baseline in (False, True)
    )
    assert asked(judge(a=ONE_POD)) == "a 1+1+0"
    assert asked(judge(base=plain, a=ONE_POD)) == "a 1+1+0"
    assert asked(judge(base=beside, a=ONE_POD)) == "a 1+2+0"


def test_a_baselines_pod_counts_while_one_runs(judge) -> None:
    assert asked(judge(a=RUNS_ONE)) == "a 1+2+0"


def test_a_pod_is_not_split_over_nodes(judge) -> None:
    (found,) = judge(
        a="gpu: {kind: whole, count: 3}\nreplicas: 1\nstrategy: {maxSurge: 0}\n",
        b=WHOLE + "replicas: 1\nstrategy: {maxSurge: 0}\n",
    )
    assert found.verdict == Verdict.PASS
    (found,) = judge(a="gpu: {kind: whole, count: 5}\nreplicas: 1\nstrategy: {maxSurge: 0}\n")
    assert found.verdict == Verdict.FAIL
    assert found.message.endswith("a pod asks for 5, and a node has 4")


def test_what_no_packing_shows_is_inconclusive(judge) -> None:
    pool = POOL.replace("gpu: 4", "gpu: 10")
    still = "replicas: 1\nstrategy: {maxSurge: 0}\n"
    (found,) = judge(
        pool,
        a=f"gpu: {{kind: whole, count: 4}}\n{still}",
        b="gpu: {kind: whole, count: 3}\nreplicas: 2\nstrategy: {maxSurge: 0}\n",
    )
    assert found.verdict == Verdict.INCONCLUSIVE
    assert "packed the largest first these pods take 3 nodes, and there are 2" in found.message


def test_each_resource_is_counted_by_itself(judge) -> None:
    pool = POOL.replace("gpu: 4}", "gpu: 4, nvidia.com/mig-1g.10gb: 7}")
    whole, slices = judge(pool, a=WHOLE, b="gpu: {kind: mig, migProfile: 1g.10gb}\nreplicas: 5\n")
    assert (whole.verdict, slices.verdict) == (Verdict.PASS, Verdict.PASS)
    assert "needs 12 of 14 nvidia.com/mig-1g.10gb" in slices.message
    (unknown,) = judge(a="gpu: {kind: mig, migProfile: 2g.20gb}\n", b="# none\n")
    assert (unknown.verdict, unknown.path) == (Verdict.FAIL, "environments/eu/a/values.yaml")
    assert "no node of a100 advertises nvidia.com/mig-2g.20gb, asked for by a 2+2+2" in unknown.message


def test_no_pool_no_gpu_and_no_cluster(judge) -> None:
    (found,) = judge("", a=WHOLE)
    assert (found.verdict, found.path, found.line) == (Verdict.FAIL, "environments/eu/a/values.yaml", 1)
    assert "gpu_pool: {name: ..., nodes: ..." in found.remedy
    (found,) = judge("", a="# nothing\n")
    assert (found.verdict, found.message) == (Verdict.PASS, "eu: no model asks for a GPU")
    (found,) = judge("", traffic="embedded", a=WHOLE)
    assert (found.verdict, found.message) == (
        Verdict.PASS,
        "no environment runs in a cluster: nothing asks a pool for GPUs",
    )


def test_a_model_that_cannot_be_read_is_counted_at_its_largest_and_bad_values_are_a_fail(judge) -> None:
    (found,) = judge(broken=WHOLE)
    assert "broken 2+2+2" in found.message
    found, _ = judge(a="gpu: {kind: half}\n", b=WHOLE)
    assert (found.verdict, found.line, found.column) == (Verdict.FAIL, 1, 13)
    assert found.message == "eu: gpu.kind: no kind of GPU is called 'half'"


def test_an_environment_that_cannot_be_read_is_no_pass(judge) -> None:
    (found,) = judge("  gpu_pool: a100\n", a=WHOLE)
    assert (found.verdict, found.message) == (
        Verdict.INCONCLUSIVE,
        "eu: not counted, its environment.yaml cannot be read",
    )


@pytest.mark.parametrize(
    ("asked", "kind", "verdict"),
    [
        ("20Gi", "mps", Verdict.PASS), ("21Gi", "mps", Verdict.FAIL), ("20Gi", "time-slicing", Verdict.PASS),
        ("21Gi", "time-slicing", Verdict.INCONCLUSIVE), ("81Gi", "time-slicing", Verdict.FAIL),
    ],
)  # fmt: skip
def test_the_memory_that_model_yaml_names_is_checked_against_a_share(judge, asked, kind, verdict) -> None:
    shared = "nvidia.com/gpu.shared"
    share = f"{{kind: {kind}, replicas: 4}}"
    pool = (
        f"  gpu_pool:\n    name: a100\n    nodes: 2\n    resources: {{{shared}: 16}}\n"
        f"    memory: {{{shared}: 80Gi}}\n    sharing: {{{shared}: {share}}}\n"
    )
    _, memory = judge(pool, asked, a=f"gpu: {{kind: {kind}, sharedResource: {shared}}}\n")
    assert memory.verdict == verdict
    assert f"a takes {asked} of GPU memory, and 1 {shared} have 20Gi" in memory.message
    assert (memory.path, memory.line) == ("environments/eu/a/values.yaml", 1)


def test_memory_that_the_pool_does_not_say_is_no_pass(judge) -> None:
    _, memory = judge(memory="4Gi", a=WHOLE)
    assert (memory.verdict, memory.remedy) == (
        Verdict.INCONCLUSIVE,
        "Add `memory: {nvidia.com/gpu: ...}` to gpu_pool.",
    )


def test_one_environment_is_counted_as_all_of_them_are(tmp_path: Path, judge) -> None:
    judge(a=WHOLE, b=WHOLE + "replicas: 1\n")
    tree = WorkTree(tmp_path)
    every = environments(tree)

    def load(tree, path):
        return None, SimpleNamespace(rollout=Rollout(), serving=Serving(gpu=Gpu(1, None)))

    (own,) = environment_gpus("eu", every, tree, None, load)
    assert own == next(gpu_fit(tree, None, load, every))
    assert (own.verdict, own.observed) == (Verdict.FAIL, 10)
    (gone,) = environment_gpus("us", every, tree, None, load)
    assert (gone.verdict, gone.message) == (Verdict.PASS, "us is removed, and asks for no GPU")


def test_an_environment_without_a_pool_to_count_says_why(tmp_path: Path, judge) -> None:
    judge("", traffic="embedded", a=WHOLE)
    (embedded,) = environment_gpus("eu", environments(WorkTree(tmp_path)), WorkTree(tmp_path), None, None)
    assert (embedded.verdict, embedded.message) == (
        Verdict.PASS,
        "eu is embedded: nothing asks a pool for GPUs",
    )
    judge("  gpu_pool: a100\n")
    (unreadable,) = environment_gpus("eu", environments(WorkTree(tmp_path)), WorkTree(tmp_path), None, None)
    assert unreadable.verdict == Verdict.INCONCLUSIVE
