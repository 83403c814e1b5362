"""Weights that several processes hold together (FSDP): each keeps a part of every layer, and gathers a layer when it is its turn.

All that gathers is called by every process, in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


def shard(layers: Iterable[nn.Module], device: torch.device, processes: int) -> None:
    """Shares each layer's weights, gradients and optimiser state among all processes; gradients are sums, as `World` adds up those of the rest."""
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    mesh = init_device_mesh(device.type, (processes,))
    for layer in layers:
        fully_shard(layer, mesh=mesh, reshard_after_forward=True)
        layer.set_gradient_divide_factor(1.0)
        layer.set_force_sum_reduction_for_comms(True)  # gloo has no other


def is_shared(tensor: Tensor) -> bool:
    # Half a second to import DTensor is much for a run that never makes one.
    return hasattr(tensor, "full_tensor")


def whole(tensor: Tensor) -> Tensor:
    """All of a tensor: gathered from the processes where they share it."""
    return tensor.full_tensor() if is_shared(tensor) else tensor


def gathered(tensors: dict[str, Tensor], keep: bool) -> dict[str, Tensor]:
    """Every tensor as a whole, in memory of the CPU where it was shared; empty where this process is not to `keep` them."""
    kept: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        full = whole(tensor.detach())
        if keep:
            kept[name] = full.cpu() if is_shared(tensor) else full
    return kept


def like(full: Tensor, parameter: Tensor) -> Tensor:
    """A whole tensor, shared as the parameter is; as it is where that is not shared, or of another shape."""
    if not is_shared(parameter) or full.shape != parameter.shape:
        return full
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(full.to(parameter.device), parameter.device_mesh, parameter.placements)


def gradient_norm(parameters: Iterable[Tensor]) -> float:
    """Norm over the gradients of all parameters, shared or not."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    kinds = [[g for g in gradients if is_shared(g) == shared] for shared in (False, True)]
    norms = [whole(torch.nn.utils.get_total_norm(kind)) for kind in kinds if kind]
    return (norms[0] if len(norms) == 1 else torch.linalg.vector_norm(torch.stack(norms))).item()
