"""Triton's config.pbtxt from a signature.

Source: Triton Inference Server, "Model Configuration" (model_config.proto), and the onnxruntime backend's
parameters.
"""

from dataclasses import dataclass

from sluicegate.onnx_server.artifact.declared import DTYPES, Declared, Tensor

KINDS = {"auto": "KIND_AUTO", "cpu": "KIND_CPU", "gpu": "KIND_GPU"}
ARENA = {"next-power-of-two": "0", "same-as-requested": "1"}

LARGEST_WARM_BATCH = 256
"""Rows of the largest batch that is warmed up: Triton makes a request of each."""


@dataclass(frozen=True)
class TritonOptions:
    """What the chart decides: instances a device and their kind, how long a batch waits (microseconds).

    `gpu_mem_limit` is in bytes and bounds onnxruntime's CUDA arena, not all of a process's memory.
    """

    instances: int = 1
    kind: str = "auto"
    queue_delay_us: int = 0
    gpu_mem_limit: int | None = None
    arena_extend_strategy: str | None = None
    warmup: int = 0
    """Runs on zeros, of one row and of a full batch each, before the model is ready."""


def _quoted(text: str) -> str:
    pieces = []
    for byte in text.encode():
        plain = 0x20 <= byte < 0x7F and byte not in b'"\\'
        pieces.append(chr(byte) if plain else f"\\{byte:03o}")
    return f'"{"".join(pieces)}"'


def _batched(model: Declared) -> bool:
    """Whether every tensor's first dimension is one and the same name: then requests can share a run."""
    firsts = {tensor.shape[:1] for tensor in (*model.inputs, *model.outputs)}
    return len(firsts) == 1 and all(first and isinstance(first[0], str) for first in firsts)


def _tensor(tensor: Tensor, batched: bool) -> str:
    sizes = [str(size) if isinstance(size, int) else "-1" for size in tensor.shape[batched:]]
    # Triton allows no empty dims: a single value is [1] to the client. In a batch a reshape makes it [] to
    # the model; without one Triton refuses it, and its onnxruntime backend takes [1] for a scalar.
    dims = f"dims: [ {', '.join(sizes or ['1'])} ]"
    if batched and not sizes:
        dims += "\n    reshape { shape: [ ] }"
    return f"  {{\n    name: {_quoted(tensor.name)}\n    data_type: {DTYPES[tensor.dtype]}\n    {dims}\n  }}"


def _list(key: str, tensors: tuple[Tensor, ...], batched: bool) -> str:
    return f"{key} [\n" + ",\n".join(_tensor(tensor, batched) for tensor in tensors) + "\n]"


def _parameter(key: str, value: str) -> str:
    return f'parameters {{\n  key: "{key}"\n  value {{ string_value: "{value}" }}\n}}'


def _warm_ups(model: Declared, runs: int, batched: bool) -> list[str]:
    """`model_warmup`: Triton runs these while it loads the model, which is ready once they are done.

    A run that fails keeps the model from being served, so there is none where a dimension beside the batch
    is free: no length of it is known to be right.
    """
    if runs == 0 or any(isinstance(size, str) for tensor in model.inputs for size in tensor.shape[batched:]):
        return []
    sizes = sorted({1, min(model.max_batch, LARGEST_WARM_BATCH)}) if batched else [1]
    return [_warm_up(model, runs, size, batched) for size in sizes]


def _warm_up(model: Declared, runs: int, size: int, batched: bool) -> str:
    inputs = [_zeros(tensor, batched) for tensor in model.inputs]
    fields = [f'name: "batch {size}"', f"batch_size: {size}", f"count: {runs}", *inputs]
    return "model_warmup {\n  " + "\n  ".join(fields) + "\n}"


def _zeros(tensor: Tensor, batched: bool) -> str:
    sizes = ", ".join(map(str, tensor.shape[batched:])) or "1"
    value = f"data_type: {DTYPES[tensor.dtype]} dims: [ {sizes} ] zero_data: true"
    return f"inputs {{ key: {_quoted(tensor.name)} value {{ {value} }} }}"


def config(model: Declared, options: TritonOptions) -> str:
    """The file's text."""
    batched = _batched(model)
    blocks = [
        f"name: {_quoted(model.name)}",
        'platform: "onnxruntime_onnx"',
        'backend: "onnxruntime"',
        f"max_batch_size: {model.max_batch if batched else 0}",
        _list("input", model.inputs, batched),
        _list("output", model.outputs, batched),
        f"version_policy {{ specific {{ versions: [ {model.version} ] }} }}",
        f"instance_group [\n  {{\n    count: {options.instances}\n    kind: {KINDS[options.kind]}\n  }}\n]",
    ]
    if batched and model.max_batch > 1:
        blocks.append(f"dynamic_batching {{\n  max_queue_delay_microseconds: {options.queue_delay_us}\n}}")
    blocks += _warm_ups(model, options.warmup, batched)
    if options.gpu_mem_limit is not None:
        blocks.append(_parameter("gpu_mem_limit", str(options.gpu_mem_limit)))
    if options.arena_extend_strategy is not None:
        blocks.append(_parameter("arena_extend_strategy", ARENA[options.arena_extend_strategy]))
    return "\n".join(blocks) + "\n"
