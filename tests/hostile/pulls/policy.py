"""Rules that decide over traffic, made looser."""

from hostile.pull import PRODUCTION, SPEC, Work

THREAT = "a pull request that loosens the policy"
CHECK = "policy-approved"
LOOSER = {
    "all traffic at once": (
        "steps: [1, 5, 25, 50, 100]",
        "steps: [100]",
        "rollout.steps 100, not 1/5/25/50/100",
    ),
    "metrics of another host": ("127.0.0.1:8803", "metrics.example.org", "metrics are read from elsewhere"),
    "no time at a step": ("min_seconds: 5", "min_seconds: 0", "rollout.min_seconds 0, not 5"),
    "another namespace": ("namespace: models-production", "namespace: kube-system", "namespace kube-system"),
    "nothing before it": ("  after: staging\n", "", "no longer comes after staging"),
}
MODELS = {
    "a margin of half": ("error_rate, margin: 0.01", "error_rate, margin: 0.5", "error_rate"),
    "no gate on its score": ("      - {metric: score_drift, margin: 0.1}\n", "", "score_drift"),
    "all traffic at once": ("    steps: [1, 5, 25, 50, 100]", "    steps: [100]", "steps 1/5/25/50/100"),
    "no request is needed": ("min_requests: 20", "min_requests: 0", "min_requests"),
}


def edited(path: str, old: str, new: str, *, model: bool = False):
    def change(work: Work) -> None:
        work.edit(path, old, new)
        if model:
            work.rise()

    return change


def pulls():
    for name, (old, new, says) in LOOSER.items():
        yield name, edited(PRODUCTION, old, new), CHECK, says
        yield f"{name}, with a model", edited(PRODUCTION, old, new, model=True), CHECK, "together with model"
    for name, (old, new, says) in MODELS.items():
        yield f"a model's own: {name}", edited(SPEC, old, new, model=True), CHECK, says
    yield (
        "owners of its own",
        edited(SPEC, '"@data-science/vision"', '"@attacker"', model=True),
        "owners-known",
        "@attacker",
    )
