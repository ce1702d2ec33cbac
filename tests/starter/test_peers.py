"""Several processes train one network."""

import json
from functools import partial
from pathlib import Path

import torch

from companion.starter.recipe.optimiser import MasterAdamW
from companion.starter.recipe.peers import Peers, together


def _step(folder: Path, peers: Peers) -> None:
    weight = torch.nn.Parameter(torch.zeros(3))
    optimiser = MasterAdamW([weight], learning_rate=0.1, average=peers.average)
    weight.grad = torch.tensor([1.0, 3.0, -1.0]) if peers.rank else torch.tensor([1.0, -1.0, -1.0])
    optimiser.average(gradient := weight.grad.clone())
    optimiser.step(peers.agree(0.1 * (1 + peers.rank)))
    (folder / f"{peers.rank}.json").write_text(json.dumps({"gradient": gradient.tolist(), "weight": weight.tolist()}))


def test_processes_average_their_gradients_and_take_the_same_step(tmp_path: Path) -> None:
    together(partial(_step, tmp_path), processes=2)
    first, second = (json.loads((tmp_path / f"{rank}.json").read_text()) for rank in (0, 1))
    assert first == second
    assert first["gradient"] == [1.0, 1.0, -1.0]
    assert torch.allclose(torch.tensor(first["weight"]), torch.tensor([-0.1, -0.1, 0.1]), atol=1e-3)


def test_one_process_needs_nobody(tmp_path: Path) -> None:
    together(partial(_step, tmp_path), processes=1)
    assert json.loads((tmp_path / "0.json").read_text())["gradient"] == [1.0, -1.0, -1.0]
