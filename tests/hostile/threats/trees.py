"""Trees that lead nowhere, back, or beyond the row: the engine follows them without looking."""

from hostile.models import model, node, only

THREAT = "trees that lead in a circle, nowhere, or beyond the row"
CHECK = "onnx-graph"
NODES = {
    "nodes_treeids": [0, 0, 0],
    "nodes_nodeids": [0, 1, 2],
    "nodes_featureids": [0, 0, 0],
    "nodes_modes": ["BRANCH_LEQ", "LEAF", "LEAF"],
    "nodes_values": [0.5, 0.0, 0.0],
    "nodes_truenodeids": [1, 0, 0],
    "nodes_falsenodeids": [2, 0, 0],
}
WEIGHTS = {"treeids": [0, 0], "nodeids": [1, 2], "ids": [0, 0], "weights": [1.0, 2.0]}
OF = {"target": ("TreeEnsembleRegressor", {"n_targets": 1}), "class": ("TreeEnsembleClassifier", {})}
NODES_WRONG = {
    "a circle": ({"nodes_truenodeids": [0, 0, 0]}, "in a circle"),
    "two ways to one leaf": ({"nodes_falsenodeids": [1, 0, 0]}, "two lead to the same"),
    "a child that is not there": ({"nodes_truenodeids": [99, 0, 0]}, "to one that is not there"),
    "a column beyond the row": ({"nodes_featureids": [10**9, 0, 0]}, "column 1,000,000,000 of 3"),
    "a column before the row": ({"nodes_featureids": [-5, 0, 0]}, "column -5 of 3"),
    "a node twice": ({"nodes_nodeids": [0, 1, 1]}, "a node is there twice"),
    "lists that differ": ({"nodes_treeids": [0, 0]}, "differ in length"),
}
WEIGHTS_WRONG = {
    "a target beyond all": ({"ids": [10**9, 0]}, "of target 1,000,000,000"),
    "a weight of no node": ({"nodeids": [1, 7]}, "of a node that is not there"),
}


def tree(kind: str, nodes=None, weights=None, **more):
    operator, own = OF[kind]
    given = {**NODES, **(nodes or {}), **own, **more}
    given |= {f"{kind}_{name}": value for name, value in {**WEIGHTS, **(weights or {})}.items()}
    if kind == "class":
        given["classlabels_int64s"] = [0, 1]
    outputs = ["o"] if kind == "target" else ["o", "p"]
    return only(model([node(operator, ["x"], outputs, domain="ai.onnx.ml", **given)], domains=["ai.onnx.ml"]))


def cases():
    for kind in OF:
        for name, (nodes, says) in NODES_WRONG.items():
            yield f"{kind}: {name}", tree(kind, nodes), CHECK, says
        for name, (weights, says) in WEIGHTS_WRONG.items():
            yield f"{kind}: {name}", tree(kind, None, weights), CHECK, says
    yield "targets without end", tree("target", n_targets=1 << 40), CHECK, "targets, more than 100,000"
