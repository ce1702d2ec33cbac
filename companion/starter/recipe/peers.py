"""Training in several processes, one processor core each, whose gradients are averaged at every step.

On small networks two processes of one thread do 1.4 times the work of one process with two threads, which spend a
quarter of their time waiting for each other inside every operation (synchronous data parallelism, Goyal et al. 2017).
"""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import distributed
from torch.multiprocessing.spawn import start_processes


@dataclass(frozen=True, slots=True)
class Peers:
    """This process among the others; one alone needs nobody.

    Attributes:
        rank: which of them this is; the first one speaks and saves.
    """

    rank: int = 0
    count: int = 1

    def average(self, gradient: torch.Tensor) -> None:
        """Replaces a tensor by its mean over all processes."""
        if self.count > 1:
            distributed.all_reduce(gradient)
            gradient /= self.count

    def agree(self, value: float) -> float:
        """The first process's value, so that all take the same decision at the same step."""
        if self.count == 1:
            return value
        shared = torch.tensor([value], dtype=torch.float64)
        distributed.broadcast(shared, 0)
        return float(shared)


ALONE = Peers()


def _join(rank: int, work: Callable[[Peers], None], count: int, port: int) -> None:
    torch.set_num_threads(1)
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    distributed.init_process_group("gloo", rank=rank, world_size=count)
    try:
        work(Peers(rank, count))
        distributed.barrier()  # whoever leaves while another still talks may bring it down
    finally:
        distributed.destroy_process_group()


def together(work: Callable[[Peers], None], *, processes: int) -> None:
    """Calls `work` in every process, and returns when all are done.

    Args:
        work: picklable, since the processes are started afresh.
        processes: 1 calls it right here.

    Raises:
        ProcessRaisedException: one of them failed; the others were ended.
    """
    if processes == 1:
        work(Peers())
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start_processes(_join, (work, processes, port), nprocs=processes, start_method="spawn")  # type: ignore[no-untyped-call]
