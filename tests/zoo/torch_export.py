"""Train small networks and export them, with nothing but torch and numpy: `python torch_export.py DIRECTORY`.

Run by whichever Python has torch (kinds/torch_models.py). Each NAME.npz in the directory has the rows of two
versions and of the evaluation set; NAME-1.onnx, NAME-2.onnx and NAME-answers.npz are written beside it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn


class Recurrent(nn.Module):
    """A GRU's last state, and a line."""

    def __init__(self, channels: int, outputs: int) -> None:
        super().__init__()
        self.inner = nn.GRU(channels, 16, batch_first=True)
        self.last = nn.Linear(16, outputs)

    def forward(self, series: torch.Tensor) -> torch.Tensor:
        states, _ = self.inner(series)
        return self.last(states[:, -1])


class Tokens(nn.Module):
    """The mean of embeddings, and a line: of sequences of any length."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(200, 12)
        self.last = nn.Linear(12, 3)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.last(self.table(ids).mean(dim=1))


class Unit(nn.Module):
    """Rows of length one."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 8))
        self.classes = nn.Linear(8, 30)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.normalize(self.inner(x), dim=1)


def picture() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(128, 10),
    )


NETS = {
    "torch-binary": (
        lambda: nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 1)),
        "bce",
        "sigmoid",
    ),
    "torch-pictures": (picture, "ce", "softmax"),
    "torch-logits": (picture, "ce", ""),
    "torch-recurrent": (lambda: Recurrent(3, 1), "bce", "sigmoid"),
    "torch-multi-label": (
        lambda: nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 5)),
        "bce",
        "sigmoid",
    ),
    "torch-forecast": (lambda: Recurrent(1, 3), "mse", ""),
    "torch-tokens": (Tokens, "ce", "softmax"),
    "torch-embedding": (Unit, "metric", ""),
}
NAMES = {"torch-tokens": {0: "batch", 1: "length"}}
"""Of an input's open dimensions; otherwise the first is open, with whatever name torch gives it."""
ENDS = {"sigmoid": nn.Sigmoid(), "softmax": nn.Softmax(dim=1)}


def loss_of(kind: str, net: nn.Module, rows: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    said = net(rows)
    if kind == "metric":
        return nn.functional.cross_entropy(8 * net.classes(said), truth)
    if kind == "ce":
        return nn.functional.cross_entropy(said, truth)
    truth = truth.float().reshape(said.shape)
    return (
        nn.functional.mse_loss(said, truth)
        if kind == "mse"
        else nn.functional.binary_cross_entropy_with_logits(said, truth)
    )


def train(name: str, rows: np.ndarray, truth: np.ndarray) -> nn.Module:
    make, kind, end = NETS[name]
    torch.manual_seed(1)
    net = make()
    values, wanted = torch.from_numpy(rows), torch.from_numpy(truth)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(25):
        for start in range(0, len(values), 64):
            optimizer.zero_grad()
            loss_of(kind, net, values[start : start + 64], wanted[start : start + 64]).backward()
            optimizer.step()
    return nn.Sequential(net, ENDS[end]).eval() if end else net.eval()


def main(directory: Path) -> None:
    torch.set_num_threads(1)
    for source in sorted(directory.glob("torch-*.npz")):
        name = source.stem
        held = np.load(source)
        said = {}
        for number in (1, 2):
            net = train(name, held[f"rows{number}"], held[f"truth{number}"])
            test = torch.from_numpy(held["test"])
            with torch.no_grad():
                said[f"said{number}"] = net(test).numpy()
            torch.onnx.export(
                net,
                test[:2],
                str(directory / f"{name}-{number}.onnx"),
                input_names=["x"],
                output_names=["y"],
                dynamic_axes={"x": NAMES.get(name, [0]), "y": {0: "batch"} if name in NAMES else [0]},
                opset_version=15,
            )
        np.savez(directory / f"{name}-answers.npz", **said)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
