"""Write the examples again, byte for byte: `python tests/examples/make.py [DIRECTORY]`.

`bad/<CHECK_ID>/<case>/` holds a small repository that the check must stop, and `expect.yaml` with the
verdict and a part of its words; `good/every-check/` holds one that every check lets through. `production/`
and `base/` beside `models/` are the version that runs now and the side that a pull request goes into.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper

HERE = Path(__file__).resolve().parent
COLUMNS = ("size", "age", "hour")
WEIGHTS = (1.5, -1.0, 0.5)


def graph(
    weights=WEIGHTS, *, opset=17, ir=8, output="probability", nodes=(), tensors=(), domains=(), functions=()
):
    """A logistic regression over three columns, with whatever else is given."""
    body = [
        helper.make_node("MatMul", ["features", "w"], ["sum"]),
        helper.make_node("Sigmoid", ["sum"], ["all"]),
        helper.make_node("Reshape", ["all", "flat"], [output]),
        *nodes,
    ]
    constants = [
        helper.make_tensor("w", TensorProto.FLOAT, [3, 1], weights),
        helper.make_tensor("flat", TensorProto.INT64, [1], [-1]),
        *tensors,
    ]
    inputs = [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", 3])]
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch"])]
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
    whole = helper.make_graph(body, "tiny", inputs, outputs, constants)
    model = helper.make_model(
        whole,
        opset_imports=opsets,
        ir_version=ir,
        functions=list(functions),
        producer_name="tests/examples/make.py",
    )
    return model.SerializeToString(deterministic=True)


def half(weights) -> bytes:
    """The same regression with weights of 16 bits, cast at its edges."""
    model = ModelProto.FromString(graph(weights))
    body = model.graph
    body.initializer[0].CopyFrom(helper.make_tensor("w", TensorProto.FLOAT16, [3, 1], weights))
    body.node[0].CopyFrom(helper.make_node("MatMul", ["narrow", "w"], ["narrow_sum"]))
    body.node.insert(0, helper.make_node("Cast", ["features"], ["narrow"], to=TensorProto.FLOAT16))
    body.node.insert(2, helper.make_node("Cast", ["narrow_sum"], ["sum"], to=TensorProto.FLOAT))
    return model.SerializeToString(deterministic=True)


def outside(location: str) -> TensorProto:
    """An initializer that no node takes, whose bytes are said to lie elsewhere."""
    tensor = TensorProto(
        name="spare", data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL
    )
    for key, value in (("location", location), ("offset", "0"), ("length", "16")):
        tensor.external_data.add(key=key, value=value)
    return tensor


def bomb(levels: int) -> dict[str, Any]:
    """Local functions of which each calls the one before it twice: 2**levels nodes once expanded."""
    functions = []
    for level in range(levels):
        callee, domain = ("Identity", "") if level == 0 else (f"f{level - 1}", "local")
        pair = [
            helper.make_node(callee, ["a"], ["b"], domain=domain),
            helper.make_node(callee, ["b"], ["c"], domain=domain),
        ]
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
        functions.append(helper.make_function("local", f"f{level}", ["a"], ["c"], pair, opsets))
    call = helper.make_node(f"f{levels - 1}", ["probability"], ["unused"], domain="local")
    return {"functions": functions, "nodes": [call], "domains": ["local"]}


def default(**value: Any) -> dict[str, Any]:
    """A local function whose attribute has this default: what a caller that names none gets."""
    (name,) = value
    opsets = [helper.make_opsetid("", 17)]
    function = helper.make_function(
        "local",
        "f",
        ["a"],
        ["b"],
        [helper.make_node("Identity", ["a"], ["b"])],
        opsets,
        attribute_protos=[helper.make_attribute(name, value[name])],
    )
    call = helper.make_node("f", ["probability"], ["unused"], domain="local")
    return {"functions": [function], "nodes": [call], "domains": ["local"]}


def rows(seed: int, count: int, *, hours: float = 1.0, told: bool = False) -> bytes:
    """A table whose label follows WEIGHTS; `hours` scales one column. Sites a and b take turns.

    With `told` the hour is 17 where the label is 1, and else 9.
    """
    random = np.random.default_rng(seed)
    values = np.round(random.normal(size=(count, 3)), 2)
    chance = 1 / (1 + np.exp(-2 * values @ np.array(WEIGHTS)))
    late = (random.random(count) < chance).astype(int)
    if told:
        values[:, 2] = 9 + 8 * late
    lines = [f"{','.join(COLUMNS)},late,site"]
    for number, (row, label) in enumerate(zip(values, late, strict=True)):
        text = ",".join(f"{value:g}" for value in row * (1, 1, hours))
        lines.append(f"{text},{label},{'ab'[number % 2]}")
    return ("\n".join(lines) + "\n").encode()


MODEL = graph()
REFERENCE, EVALUATION = rows(1, 100), rows(2, 400)


def manifest(
    files: Mapping[str, bytes],
    *,
    version: int = 2,
    quality: str = "",
    more: str = "",
    data: str = "",
    rollout: str = "",
    score: str = "",
    outputs: str = "",
    gates: str = "",
    precision: str = "",
) -> bytes:
    """model.yaml for these files."""
    pins = {name: f"sha256:{hashlib.sha256(data).hexdigest()}" for name, data in files.items()}
    return f"""\
apiVersion: sluicegate.dev/v1
kind: Model
metadata:
  name: tiny
  owners: ["@example/owners"]
spec:
  version: {version}
  task: binary-classification
  artifact: {{path: model.onnx, sha256: "{pins["model.onnx"]}"}}
  signature:
    inputs: [{{name: features, dtype: float32, shape: [batch, 3], columns: [{", ".join(COLUMNS)}]}}]
    outputs: [{outputs or "{name: probability, dtype: float32, shape: [batch]}"}]
  decision: {{output: probability, threshold: 0.5}}
  score: {{output: {score or "probability"}}}
  data:
    reference: {{path: reference.csv, sha256: "{pins["reference.csv"]}"}}
    evaluation: {{path: evaluation.csv, sha256: "{pins["evaluation.csv"]}"}}
    label: late
    segments: [site]
{data}  quality:
{quality or "    - {metric: roc_auc, at_least: 0.7}"}
{more}  serving: {{engine: ort{precision and f", precision: {precision}"}}}
  rollout:
    steps: [1, 100]
    gates: [{{metric: error_rate, margin: 0.01}}{gates}]
{rollout or "    traffic: 100"}
""".encode()


def model(
    onnx: bytes = MODEL, reference: bytes = REFERENCE, evaluation: bytes = EVALUATION, **said: Any
) -> dict[str, bytes]:
    """The files of one model's directory."""
    files = {"model.onnx": onnx, "reference.csv": reference, "evaluation.csv": evaluation}
    return {"model.yaml": manifest(files, **said), **files}


READ_ROWS = (
    "quality",
    "score-edges",
    "input-drift-reference",
    "data-integrity",
    "data-drift",
    "data-columns",
    "target-leakage",
    "latency",
    "expectations",
    "own-tests",
    "parity",
    "artifact-digests",
    "every-check",
)
"""The checks whose examples need their tables."""


def write(
    case: Path, *, verdict: str, says: str, candidate: Mapping[str, bytes] | None = None, **sides: Any
) -> None:
    """One example; `production`, `base` (files of the model), `changed` (paths), `beside` (other files).

    `base/` before the path of another file puts it on that side.
    """
    lines = [f"verdict: {verdict}", f"says: {says!r}"]
    if "changed" in sides:
        lines.append(f"changed: [{', '.join(sides['changed'])}]")
    for name, text in sides.get("beside", {}).items():
        file = case / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    trees = {
        "models": candidate,
        "production/models": sides.get("production"),
        "base/models": sides.get("base"),
    }
    for folder, files in trees.items():
        for name, data in (files or {}).items():
            if name.endswith(".csv") and not {case.name, case.parent.name} & set(READ_ROWS):
                continue
            file = case / folder / "tiny" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    case.mkdir(parents=True, exist_ok=True)
    (case / "expect.yaml").write_text("\n".join(lines) + "\n")


def environment(name: str, *, traffic: str = "gateway-api", source: str = "prometheus", **more: str) -> str:
    """environment.yaml; `more` are further lines of its spec."""
    gateway = ", gateway: traefik" if source == "prometheus" else ""
    metrics = f'{{source: {source}, url: "http://127.0.0.1:9090"{gateway}}}'
    spec = {"namespace": "models", "traffic": traffic, **more, "metrics": metrics}
    lines = "".join(f"  {key}: {value}\n" for key, value in spec.items())
    return f"apiVersion: sluicegate.dev/v1\nkind: Environment\nmetadata: {{name: {name}}}\nspec:\n{lines}"


def placed(nodes: int = 0) -> dict[str, str]:
    """A cluster environment `production`, with a pool of so many nodes of 4 GPUs."""
    pool = f"{{name: a100, nodes: {nodes}, resources: {{nvidia.com/gpu: 4}}}}"
    more = {"gpu_pool": pool} if nodes else {}
    return {ENVIRONMENT: environment("production", **more)}


CHART_DEFAULTS = """\
engine: ort
traffic: gateway-api
replicas: 2
autoscaling: {kind: none, maxReplicas: 10}
gpu: {kind: none, count: 1, resource: nvidia.com/gpu}
strategy: {kind: RollingUpdate, maxSurge: 1}
"""
"""What gpu-fit reads of the chart's own values."""
SERVED = f"""\
apiVersion: sluicegate.dev/v1
kind: Release
metadata: {{model: "tiny", environment: "production"}}
tracks:
  stable: {{version: 1, revision: "{"1" * 40}", digest: "sha256:{"2" * 64}", weight: 100}}
  canary: null
started: null
since: null
baseline: null
counts: []
history: []
rejected: []
hold: null
"""
"""release.yaml of a version that is served."""
RULES = "    - {metric: roc_auc, not_worse_than: production, margin: 0.02}"
BY_SITE = "    - {metric: recall, not_worse_than: production, margin: 0.1, per: site, min_positives: 50}"


PLAIN = model()
TEXT = PLAIN["model.yaml"]
BEFORE = model(graph((1.4, -1.0, 0.5)), version=1)
CHART = {"charts/onnx-serving/values.yaml": CHART_DEFAULTS}
ENVIRONMENT = "environments/production/environment.yaml"
VALUES = "environments/production/tiny/values.yaml"
RELEASE = "environments/production/tiny/release.yaml"
IMPOSSIBLE = "{steps: [1, 2, 3, 4, 5, 6, 8, 10, 20, 50, 100], min_requests: 1000000, deadline: 1s}"
"""A rollout that no traffic finishes in time."""


def watching(above: float) -> str:
    """One more gate: this share of the reference's sizes is declared to lie above 0."""
    return f", {{metric: input_drift, columns: {{size: {{edges: [0], reference: [{above}]}}}}}}"


def expecting(kind: str, text: str) -> str:
    """A section `tests` with one case."""
    return f"  tests:\n    {kind}:\n      - {text}\n"


ROW = "{size: 0, age: 0, hour: 0}"
OLDER = "{name: age lowers it, change: {column: age, add: 1}, score: falls}"
EXPECTED = f"""\
  tests:
    golden:
      - {{name: nothing known, inputs: {ROW}, expect: {{probability: 0.5}}}}
    invariant:
      - {{name: a second, change: {{column: hour, add: 0.0003}}, tolerance: 0.001}}
    directional:
      - {OLDER}
    must_answer:
      - {{name: extremes, change: {{column: size, to: [-1000000, 1000000]}}}}
"""
"""One expectation of each kind, which the model fulfils."""


def declared(**columns: str) -> str:
    """What model.yaml says of these columns."""
    lines = "".join(f"      {name}: {rule}\n" for name, rule in columns.items())
    return f"    columns:\n{lines}"


SOUND_TESTS = b"""\
def test_every_row_is_answered(session, rows):
    (found,) = session.run(["probability"], rows.feeds)
    assert found.shape == (len(rows.frame),)


def test_nothing_known(answers, rows):
    frame = rows.frame.head(1).assign(size=0, age=0, hour=0)
    assert abs(answers(frame)["probability"][0] - 0.5) < 1e-6


def test_no_row_moves_far(production, session, rows):
    (old,), (new,) = (one.run(None, rows.feeds) for one in (production, session))
    assert abs(old - new).max() < 0.2
"""
"""The tests of an owner, which the model passes."""


def examples(root: Path) -> None:
    """Write all of them below `root`."""
    write(
        root / "good/every-check",
        verdict="pass",
        says="",
        candidate={
            **model(
                quality=f"{RULES}\n{BY_SITE}",
                more="  latency: {p95_ms: 1000}\n" + EXPECTED,
                gates=watching(0.56),
                data=declared(
                    size="{dtype: float32, range: [-5, 5], null_share: 0}", site="{categories: [a, b]}"
                ),
            ),
            "tests/test_answers.py": SOUND_TESTS,
        },
        production=BEFORE,
        base=BEFORE,
        beside={
            ENVIRONMENT: environment("production", traffic="embedded", source="scrape"),
            "CODEOWNERS": "* @example/owners\n",
        },
        changed=["models/tiny/model.yaml", "models/tiny/model.onnx", ENVIRONMENT],
    )
    for kind in (
        model_yaml,
        versions,
        files,
        graphs,
        quality,
        scores,
        decoders,
        samples,
        columns,
        latency,
        expectations,
        conversions,
        own_tests,
        deployments,
        repository,
        people,
    ):
        kind(root / "bad")


def model_yaml(bad: Path) -> None:
    """What model.yaml declares."""
    write(
        bad / "spec-valid/unknown-key",
        verdict="fail",
        says="thresold",
        candidate={**PLAIN, "model.yaml": TEXT.replace(b"threshold: 0.5", b"thresold: 0.5")},
    )
    write(
        bad / "spec-valid/not-a-number",
        verdict="fail",
        says="at_least",
        candidate={**PLAIN, "model.yaml": TEXT.replace(b"at_least: 0.7", b"at_least: .nan")},
    )
    for case, named, says in (
        ("waiver-of-no-check", "qualty", "a waiver names 'qualty', and there is no such check"),
        ("waiver-of-a-guard", "files-allowed", "a waiver names 'files-allowed'"),
    ):
        waiver = f'  waivers: [{{check: {named}, reason: known, until: "2099-01-01"}}]\n'
        write(
            bad / "spec-valid" / case,
            verdict="fail",
            says=says,
            candidate=model(more=waiver),
        )


def versions(bad: Path) -> None:
    """Versions that do not rise."""
    write(
        bad / "version-rises/back-from-an-unreadable-base",
        verdict="fail",
        says="version 2 is below the base's 7",
        candidate=PLAIN,
        base={"model.yaml": TEXT.replace(b"version: 2", b"version: 7\n  unknown: 1")},
        changed=["models/tiny/model.yaml"],
    )
    write(
        bad / "version-rises/unreadable-base",
        verdict="inconclusive",
        says="no version can be read from it",
        candidate=PLAIN,
        base={"model.yaml": b"[" + TEXT},
        changed=["models/tiny/model.yaml"],
    )
    write(
        bad / "version-rises/back",
        verdict="fail",
        says="below the base's 3",
        candidate=PLAIN,
        base=model(version=3),
    )
    write(
        bad / "version-rises/same-number",
        verdict="fail",
        says="the artifact changes",
        candidate=PLAIN,
        base=model(graph((1.4, -1.0, 0.5)), version=2),
    )
    columns = ", ".join(COLUMNS).encode()
    for case, old, new, says in (
        (
            "output-removed",
            b"outputs: [",
            b"outputs: [{name: odds, dtype: float32, shape: [batch]}, ",
            "'odds' is",
        ),
        ("columns-swapped", columns, b"age, size, hour", "column 0 is size, and was age; column 1 is age"),
    ):
        write(
            bad / "signature-compatible" / case,
            verdict="fail",
            says=says,
            candidate=PLAIN,
            production={"model.yaml": TEXT.replace(b"version: 2", b"version: 1").replace(old, new)},
        )


def files(bad: Path) -> None:
    """What is in the model's directory."""
    write(
        bad / "artifact-digests/other-bytes",
        verdict="fail",
        says="another digest",
        candidate={**PLAIN, "model.onnx": graph((0.1, 0.1, 0.1))},
    )
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
    write(
        bad / "artifact-digests/lfs-pointer",
        verdict="fail",
        says="LFS pointer",
        candidate={**PLAIN, "model.onnx": pointer},
    )
    write(
        bad / "artifact-digests/missing",
        verdict="fail",
        says="is not there",
        candidate={name: data for name, data in PLAIN.items() if name != "evaluation.csv"},
    )

    write(
        bad / "files-allowed/pickle",
        verdict="fail",
        says="weights.pkl is of a kind",
        candidate={**PLAIN, "weights.pkl": pickle.dumps([1.0], protocol=2)},
    )
    write(
        bad / "files-allowed/pickle-in-disguise",
        verdict="fail",
        says="a pickle, which runs code",
        candidate={**PLAIN, "notes.txt": pickle.dumps([1.0], protocol=4)},
    )
    write(
        bad / "files-allowed/text-pickle",
        verdict="fail",
        says="notes.json is a pickle, which runs code",
        candidate={**PLAIN, "notes.json": b"cos\nsystem\n(S'id'\ntR."},
    )
    write(
        bad / "files-allowed/no-json",
        verdict="fail",
        says="notes.json is not JSON",
        candidate={**PLAIN, "notes.json": b"{'a': 1}"},
    )


def graphs(bad: Path) -> None:
    """The ONNX file."""
    write(
        bad / "onnx-graph/too-new",
        verdict="fail",
        says="onnxruntime loads up to",
        candidate=model(graph(opset=28, ir=14)),
    )
    hidden = helper.make_graph([helper.make_node("Neg", [], ["h"])], "hidden", [], [])
    write(
        bad / "onnx-graph/function-default-bomb",
        verdict="fail",
        says="the default of f.body holds a tensor or a graph",
        candidate=model(graph(**default(body=hidden))),
    )
    write(
        bad / "onnx-graph/billion-laughs",
        verdict="fail",
        says="expand to more than",
        candidate=model(graph(**bomb(24))),
    )
    foreign = helper.make_node("EPContext", ["probability"], ["unused"], domain="com.microsoft")
    write(
        bad / "onnx-graph/foreign-operator",
        verdict="fail",
        says="EPContext",
        candidate=model(graph(nodes=[foreign], domains=["com.microsoft"])),
    )
    write(
        bad / "onnx-graph/no-model",
        verdict="fail",
        says="not an ONNX",
        candidate=model(b"not a model at all"),
    )
    cast = [
        helper.make_node("Cast", ["all"], ["wide"], to=TensorProto.DOUBLE),
        helper.make_node("Acosh", ["wide"], ["unused"]),
    ]
    write(
        bad / "onnx-loads/no-kernel",
        verdict="fail",
        says="does not load it",
        candidate=model(graph(nodes=cast)),
    )
    write(
        bad / "onnx-signature/other-output",
        verdict="fail",
        says="'score' of the graph is not declared",
        candidate=model(graph(output="score")),
    )

    write(
        bad / "external-data-escape/parent",
        verdict="fail",
        says="leads out of the model's directory",
        candidate=model(graph(tensors=[outside("../../../etc/passwd")])),
    )
    write(
        bad / "external-data-escape/function-default",
        verdict="fail",
        says="'spare' lies in '../../../etc/passwd', which leads out of the model's directory",
        candidate=model(graph(**default(value=outside("../../../etc/passwd")))),
    )
    write(
        bad / "external-data-escape/not-there",
        verdict="fail",
        says="is not there",
        candidate=model(graph(tensors=[outside("weights.bin")])),
    )


def quality(bad: Path) -> None:
    """Models that are not good enough."""
    write(
        bad / "quality/worse",
        verdict="fail",
        says="roc_auc not worse than production",
        production=BEFORE,
        candidate=model(graph((-1.5, 1.0, -0.5)), quality=RULES),
    )
    one_site = rows_with_site_shift()
    write(
        bad / "quality/one-segment",
        verdict="fail",
        says="site b",
        production=model(evaluation=one_site, version=1),
        candidate=model(graph((0.3, -1.0, 0.5)), evaluation=one_site, quality=BY_SITE),
    )
    write(
        bad / "quality/rule-of-the-base",
        verdict="fail",
        says="roc_auc at least 0.7: 0.",
        base=BEFORE,
        candidate=model(graph((-1.5, 1.0, -0.5)), quality="    - {metric: roc_auc, at_least: 0.01}"),
    )
    write(
        bad / "quality/rows-of-the-base",
        verdict="fail",
        says="on the base's rows",
        base=BEFORE,
        candidate=model(graph((-1.5, 1.0, -0.5)), evaluation=flipped(EVALUATION)),
    )
    write(
        bad / "quality/rows-without-a-column",
        verdict="inconclusive",
        says="it cannot be judged on production's rows",
        production=model(
            evaluation=rows(3, 400).replace(b"hour", b"minute", 1),
            version=1,
        ),
        base=model(evaluation=rows(3, 400).replace(b"hour", b"minute", 1), version=1),
        candidate=PLAIN,
    )
    write(
        bad / "quality/no-number",
        verdict="fail",
        says="not a finite number",
        candidate=model(graph((float("nan"), 0, 0))),
    )


def samples(bad: Path) -> None:
    """Tables that nothing can be judged on."""
    write(
        bad / "data-integrity/trained-on",
        verdict="fail",
        says="rows of the reference",
        candidate=model(evaluation=REFERENCE),
    )
    lines = EVALUATION.splitlines(keepends=True)
    write(
        bad / "data-integrity/copied-rows",
        verdict="fail",
        says="rows that copy another of it, of at most 5.0%",
        candidate=model(evaluation=EVALUATION + b"".join(lines[1:41])),
    )
    other = b"".join(line.replace(b",0,", b",1,") for line in lines[1:41])
    write(
        bad / "data-integrity/other-labels",
        verdict="fail",
        says="rows with equal inputs, other labels, of at most 1.0%",
        candidate=model(evaluation=EVALUATION + other),
    )
    write(
        bad / "data-integrity/new-category",
        verdict="fail",
        says="has new categories of column site in 200 rows, of at most ",
        candidate=model(evaluation=EVALUATION.replace(b",b\n", b",c\n")),
    )
    write(
        bad / "target-leakage/a-copy",
        verdict="fail",
        says="column 'hour' alone tells 'late': 1.000, of at most 0.99",
        candidate=model(reference=rows(1, 100, told=True), evaluation=rows(2, 400, told=True)),
    )
    write(
        bad / "data-integrity/no-column",
        verdict="fail",
        says="has no column hour",
        candidate=model(evaluation=EVALUATION.replace(b"hour", b"minute", 1)),
    )
    write(
        bad / "data-integrity/one-label",
        verdict="fail",
        says="evaluation.csv has one label in every row, 1",
        candidate=model(evaluation=EVALUATION.replace(b",0,a", b",1,a").replace(b",0,b", b",1,b")),
    )
    write(
        bad / "data-integrity/one-row",
        verdict="fail",
        says="evaluation.csv has 1 rows, of at least 10",
        candidate=model(evaluation=b"".join(EVALUATION.splitlines(keepends=True)[:2])),
    )
    write(
        bad / "data-integrity/value-that-does-not-fit",
        verdict="fail",
        says="evaluation.csv: row 1 of column 'hour' holds 1e+40, which does not fit float32; 1 such rows",
        candidate=model(evaluation=with_first_hour(EVALUATION, b"1e40")),
    )
    write(
        bad / "data-drift/other-unit",
        verdict="fail",
        says="hour drifts",
        candidate=model(evaluation=rows(2, 400, hours=60)),
    )


def columns(bad: Path) -> None:
    """Columns that do not hold what is declared of them."""
    first = "evaluation.csv: row 1 of column"
    for case, rules, says in (
        ("out-of-range", declared(size="{range: [-9, 0]}"), f"{first} 'size' holds 0.19, outside of -9 to 0"),
        ("other-type", declared(age="{dtype: int64}"), "reference.csv: row 1 of column 'age' holds 0.82"),
        ("new-category", declared(site="{categories: [b]}"), f"{first} 'site' holds 'a', none of its 1 cat"),
        ("not-unique", declared(site="{unique: true}"), f"{first} 'site' holds 'a', as row 1 of reference"),
        ("no-column", declared(sise="{dtype: float32}"), "evaluation.csv: has no column 'sise'"),
    ):
        write(bad / "data-columns" / case, verdict="fail", says=says, candidate=model(data=rules))
    empty = EVALUATION.replace(b"0.19,", b",", 1)
    write(
        bad / "data-columns/missing-value",
        verdict="fail",
        says="evaluation.csv: column 'size' has no value in 1 of 400 rows (0.250%), first in row 1",
        candidate=model(evaluation=empty, data=declared(size="{null_share: 0.001}")),
    )
    days = b"".join(
        line + (b",day\n" if number == 0 else b",2025-10-01\n")
        for number, line in enumerate(EVALUATION.splitlines())
    )
    write(
        bad / "data-columns/stale",
        verdict="fail",
        says="evaluation.csv: column 'day' ends with 2025-10-01 in row 1, and is older than 90d",
        candidate=model(evaluation=days, data=declared(day="{dtype: datetime, max_age: 90d}")),
    )


def forgetful_decoder() -> bytes:
    """A decoder of 6 words that writes its cache, and sums up the words of this call alone."""
    node = helper.make_node
    nodes = [
        node("Gather", ["words", "ids"], ["new"]),
        node("Concat", ["past", "new"], ["present"], axis=1),
        node("CumSum", ["new", "axis"], ["logits"]),
    ]
    words = np.random.default_rng(6).normal(size=36).astype(np.float32)
    constants = [
        helper.make_tensor("words", TensorProto.FLOAT, [6, 6], words),
        helper.make_tensor("axis", TensorProto.INT64, [], [1]),
    ]
    value = helper.make_tensor_value_info
    inputs = [
        value("ids", TensorProto.INT64, ["batch", "tokens"]),
        value("past", TensorProto.FLOAT, ["batch", "past", 6]),
    ]
    outputs = [
        value("logits", TensorProto.FLOAT, ["batch", "tokens", 6]),
        value("present", TensorProto.FLOAT, ["batch", "all", 6]),
    ]
    whole = helper.make_graph(nodes, "decoder", inputs, outputs, constants)
    made = helper.make_model(whole, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return made.SerializeToString(deterministic=True)


def documents(seed: int) -> bytes:
    """Twenty documents of six tokens, as numpy's archive."""
    written = io.BytesIO()
    np.savez(written, ids=np.random.default_rng(seed).integers(0, 6, (20, 6)))
    return written.getvalue()


def decoders(bad: Path) -> None:
    """Decoders that say another thing with their cache than without."""
    files = {"model.onnx": forgetful_decoder()}
    files |= {"reference.npz": documents(1), "evaluation.npz": documents(2)}
    pins = {name: f"sha256:{hashlib.sha256(data).hexdigest()}" for name, data in files.items()}
    text = f"""\
apiVersion: sluicegate.dev/v1
kind: Model
metadata:
  name: tiny
  owners: ["@example/owners"]
spec:
  version: 2
  task: language-model
  artifact: {{path: model.onnx, sha256: "{pins["model.onnx"]}"}}
  signature:
    inputs:
      - {{name: ids, dtype: int64, shape: [batch, tokens]}}
      - {{name: past, dtype: float32, shape: [batch, past, 6]}}
    outputs:
      - {{name: logits, dtype: float32, shape: [batch, tokens, 6]}}
      - {{name: present, dtype: float32, shape: [batch, all, 6]}}
  inputs: {{past: {{cache: present}}}}
  data:
    reference: {{path: reference.npz, sha256: "{pins["reference.npz"]}"}}
    evaluation: {{path: evaluation.npz, sha256: "{pins["evaluation.npz"]}"}}
    label: ids
  quality:
    - {{metric: perplexity, at_most: 20}}
  rollout:
    steps: [1, 100]
    gates: [{{metric: error_rate, margin: 0.01}}]
    traffic: 100
"""
    write(
        bad / "decoder-cache/cache-is-not-read",
        verdict="fail",
        says="token by token the logits differ from the whole pass",
        candidate={"model.yaml": text.encode(), **files},
    )


def scores(bad: Path) -> None:
    """Scores that no drift would show in."""
    write(
        bad / "score-edges/edges-above-every-score",
        verdict="fail",
        says="none of 2 edges splits the reference's scores",
        candidate=model(score="probability, edges: [1.5, 2.5]"),
    )
    write(
        bad / "spec-valid/score-of-two-numbers",
        verdict="fail",
        says="the score is one number a row, and 'both' has 2",
        candidate=model(
            score="both",
            outputs="{name: probability, dtype: float32, shape: [batch]}, "
            "{name: both, dtype: float32, shape: [batch, 2]}",
        ),
    )


def latency(bad: Path) -> None:
    """Models that are too slow."""
    write(
        bad / "latency/limit-dropped",
        verdict="fail",
        says="the limit is 1e-05",
        base=model(more="  latency: {p95_ms: 0.00001}\n", version=1),
        candidate=PLAIN,
    )
    write(
        bad / "latency/too-slow",
        verdict="fail",
        says="the limit is 1e-05",
        candidate=model(more="  latency: {p95_ms: 0.00001}\n"),
    )


def expectations(bad: Path) -> None:
    """Single answers that are not what the owner expects."""
    for case, kind, text, says in (
        (
            "golden",
            "golden",
            f"{{name: nothing known, inputs: {ROW}, expect: {{probability: 0.6}}}}",
            "known answer 'nothing known': holds on 0 of 1 rows; its row: probability is 0.5, expected 0.6",
        ),
        (
            "invariant",
            "invariant",
            "{name: an hour, change: {column: hour, add: 1}, rows: 20, tolerance: 0.01}",
            "row 1 of evaluation.csv: with hour +1 the score",
        ),
        (
            "directional",
            "directional",
            "{name: age, change: {column: age, add: 1}, score: rises}",
            "row 1 of evaluation.csv: from age as it is to age +1 the score goes from ",
        ),
        (
            "must-answer",
            "must_answer",
            "{name: no size, change: {column: size, to: [null]}}",
            "row 1 of evaluation.csv with size = missing: probability is not finite, expected finite numbers",
        ),
        (
            "missing-file",
            "golden",
            "{name: known, file: tests/golden.csv}",
            "tests/golden.csv is not there",
        ),
    ):
        write(
            bad / "expectations" / case,
            verdict="fail",
            says=says,
            candidate=model(more=expecting(kind, text)),
        )
    write(
        bad / "expectations/dropped",
        verdict="fail",
        says="(the base's expectation)",
        base=model(more=expecting("directional", OLDER), version=1),
        candidate=model(graph((1.5, 1.0, 0.5))),
    )
    write(
        bad / "spec-valid/change-of-an-unknown-column",
        verdict="fail",
        says="the model takes no column 'aeg'",
        candidate=model(more=expecting("directional", OLDER.replace("column: age", "column: aeg"))),
    )


def conversions(bad: Path) -> None:
    """Models of another precision."""
    old = model(version=1)
    write(
        bad / "parity/other-answers",
        verdict="fail",
        says="beside version 1 (production, fp32)",
        production=old,
        candidate=model(half((1.5, -0.2, 0.5)), precision="fp16"),
    )
    write(
        bad / "parity/limit-loosened",
        verdict="fail",
        says="of decisions flip",
        base=old,
        candidate=model(
            half((1.5, -0.2, 0.5)),
            precision="fp16",
            more="  lineage: {converted_from: 1}\n  parity: {decision_flips: 1, metric_loss: 1}\n",
        ),
    )
    write(
        bad / "parity/in-words-alone",
        verdict="inconclusive",
        says="serving.precision says fp16, and model.onnx computes in fp32",
        production=old,
        candidate=model(precision="fp16"),
    )
    write(
        bad / "parity/original-unknown",
        verdict="inconclusive",
        says="converted from version 1, which is neither production's nor the base's",
        candidate=model(half(WEIGHTS), precision="fp16", more="  lineage: {converted_from: 1}\n"),
    )


def own_tests(bad: Path) -> None:
    """The owner's own tests. What ends its process is tried in the child: tests/validators/checks."""
    for case, file, text, says in (
        (
            "too-high",
            "test_answers.py",
            b'def test_low(answers, rows):\n    assert answers(rows.frame)["probability"].max() < 0.5\n',
            "tests/test_answers.py::test_low: ",
        ),
        ("no-test", "test_answers.py", b"def low():\n    pass\n", "tests/test_answers.py holds no test"),
        ("no-file-of-tests", "answers.py", b"def test_low():\n    pass\n", "no file of tests"),
    ):
        write(
            bad / "own-tests" / case,
            verdict="fail",
            says=says,
            candidate={**PLAIN, f"tests/{file}": text},
        )


def deployments(bad: Path) -> None:
    """What runs in an environment."""
    write(
        bad / "input-drift-reference/shifted",
        verdict="fail",
        says="size: 0.7 is declared, ",
        candidate=model(gates=watching(0.7)),
    )
    write(
        bad / "rollout-decidable/too-few",
        verdict="fail",
        says="the deadline is 60 min",
        candidate=model(rollout="    traffic: 0.1\n    deadline: 1h"),
    )

    write(
        bad / "rollout-decidable/in-production",
        verdict="fail",
        says="production: about ",
        candidate=PLAIN,
        beside={ENVIRONMENT: environment("production", rollout=IMPOSSIBLE)},
    )
    write(
        bad / "rollout-rules/floor-without-gate",
        verdict="fail",
        says="its floor has a margin for score_drift, and the model has no such gate",
        candidate=PLAIN,
        beside={ENVIRONMENT: environment("production", policy="{margins: {score_drift: 0.1}}")},
    )
    write(
        bad / "chart-renders/no-chart",
        verdict="fail",
        says="charts/onnx-serving/values.yaml is not there",
        candidate=PLAIN,
        beside=placed(),
    )
    write(
        bad / "chart-renders/value-twice",
        verdict="fail",
        says="engine",
        candidate=PLAIN,
        beside={**placed(), **CHART, VALUES: "engine: ort\nengine: triton\n"},
    )
    write(
        bad / "gpu-fit/too-few",
        verdict="fail",
        says="production: needs 16 of 8 nvidia.com/gpu (2 nodes with 4 each; stable+canary+surge): tiny (3+3",
        candidate=PLAIN,
        beside={**placed(2), **CHART, VALUES: "replicas: 3\ngpu: {kind: whole, count: 2}\n"},
    )
    write(
        bad / "gpu-fit/no-pool",
        verdict="fail",
        says="production has no gpu_pool, and GPUs are asked for by tiny (nvidia.com/gpu)",
        candidate=PLAIN,
        beside={**placed(), **CHART, VALUES: "gpu: {kind: whole}\n"},
    )
    write(
        bad / "gpu-fit/not-packed",
        verdict="fail",
        says="pods of these sizes take 4 nodes, and there are 3",
        candidate=PLAIN,
        beside={**placed(3), **CHART, VALUES: "replicas: 1\ngpu: {kind: whole, count: 3}\n"},
    )
    write(
        bad / "gpu-fit/other-resource",
        verdict="fail",
        says="no node of a100 advertises nvidia.com/mig-1g.10gb",
        candidate=PLAIN,
        beside={**placed(2), **CHART, VALUES: "gpu: {kind: mig, migProfile: 1g.10gb}\n"},
    )


def repository(bad: Path) -> None:
    """What belongs to no model: environments, names, charts, what is removed."""
    write(
        bad / "release-untouched/by-hand",
        verdict="fail",
        says="written by the gate alone",
        candidate=PLAIN,
        base=BEFORE,
        changed=[RELEASE, "models/tiny/model.yaml"],
    )
    write(
        bad / "environment-valid/unknown-key",
        verdict="fail",
        says="trafic",
        beside={ENVIRONMENT: environment("production").replace("traffic:", "trafic:")},
        changed=[ENVIRONMENT],
    )
    write(
        bad / "environment-valid/after-nothing",
        verdict="fail",
        says="there is no environment 'dev' to come after",
        beside={ENVIRONMENT: environment("production", after="dev")},
        changed=["environments/dev/environment.yaml"],
    )
    write(
        bad / "environment-valid/after-itself",
        verdict="fail",
        says="waits for itself: production after dev after production",
        beside={
            ENVIRONMENT: environment("production", after="dev"),
            "environments/dev/environment.yaml": environment("dev", after="production"),
        },
        changed=[ENVIRONMENT],
    )
    write(
        bad / "environment-valid/taken-away",
        verdict="fail",
        says=f"production is removed, and {RELEASE} is there",
        beside={RELEASE: SERVED},
        changed=[ENVIRONMENT],
    )
    write(
        bad / "name-conflicts/one-namespace",
        verdict="fail",
        says="the namespace models of the cluster in-cluster is east's already",
        beside={f"environments/{name}/environment.yaml": environment(name) for name in ("east", "west")},
        changed=["environments/west/environment.yaml"],
    )
    write(
        bad / "model-removed/still-served",
        verdict="fail",
        says="models/tiny is removed, and production still serves it",
        base=BEFORE,
        beside={f"base/{RELEASE}": SERVED},
        changed=["models/tiny/model.yaml"],
    )
    write(
        bad / "gate-renders/no-chart",
        verdict="fail",
        says="charts/gate is not there",
        beside={"environments/gate.yaml": "interval: 5\n"},
        changed=["environments/gate.yaml"],
    )
    write(
        bad / "affected-renders/value-twice",
        verdict="fail",
        says="engine: the key is given twice",
        beside={
            **placed(),
            **CHART,
            "models/other/model.yaml": TEXT.decode().replace("name: tiny", "name: other"),
            "environments/production/other/values.yaml": "engine: ort\nengine: triton\n",
        },
        changed=["environments/production/other/values.yaml"],
    )
    write(
        bad / "environment-gpus/smaller-pool",
        verdict="fail",
        says="production: needs 6 of 4 nvidia.com/gpu",
        candidate=PLAIN,
        beside={**placed(1), **CHART, VALUES: "gpu: {kind: whole}\n"},
        changed=[ENVIRONMENT],
    )


def people(bad: Path) -> None:
    """Who answers for a model, and who agrees to a looser rule."""
    write(
        bad / "owners-known/another-owner",
        verdict="fail",
        says="@example/owners owns this model, and CODEOWNERS:2 (/models/tiny/) does not name it",
        candidate=PLAIN,
        beside={"CODEOWNERS": "* @example/all\n/models/tiny/ @example/others\n"},
    )
    floor = "{margins: {score_drift: 0.1}}"
    owners = "* @example/all\n/environments/ @example/owners\n"
    write(
        bad / "policy-approved/no-floor",
        verdict="inconclusive",
        says="policy.margins.score_drift none, not 0.1; 0 of 2 owners: nobody approved it of @example/owners",
        beside={
            ENVIRONMENT: environment("production"),
            f"base/{ENVIRONMENT}": environment("production", policy=floor),
            "base/CODEOWNERS": owners,
            "CODEOWNERS": "* @example/friends\n",
        },
        changed=[ENVIRONMENT, "CODEOWNERS"],
    )


def with_first_hour(table: bytes, value: bytes) -> bytes:
    """The table with this value as the first row's hour."""
    header, first, rest = table.split(b"\n", 2)
    size, age, _, late, site = first.split(b",")
    return b"\n".join([header, b",".join([size, age, value, late, site]), rest])


def flipped(table: bytes) -> bytes:
    """The same rows with the other label each."""
    head, *lines = table.decode().splitlines()
    parts = [line.split(",") for line in lines]
    return "\n".join([head, *(",".join([*p[:3], str(1 - int(p[3])), p[4]]) for p in parts), ""]).encode()


def rows_with_site_shift() -> bytes:
    """Rows in which the column `size` decides at site b, and says nothing at site a."""
    random = np.random.default_rng(3)
    lines = [f"{','.join(COLUMNS)},late,site"]
    for number in range(600):
        label, site = number // 2 % 2, "ab"[number % 2]
        size = (2 * label - 1) * 1.5 if site == "b" else 0.0
        other = (2 * label - 1) * 1.0 if site == "a" else -1.0
        age, hour = -other + random.normal() * 0.1, random.normal() * 0.1
        lines.append(f"{size:g},{age:.2f},{hour:.2f},{label},{site}")
    return ("\n".join(lines) + "\n").encode()


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    for kind in ("good", "bad"):
        shutil.rmtree(target / kind, ignore_errors=True)
    examples(target)
