"""Bytes that autograd keeps between the forward and the backward pass."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Saved:
    """Bytes that autograd keeps for the backward pass, weights left out; memory that several tensors share counts once."""

    def __init__(self, modules: Sequence[nn.Module]):
        self._known = {p.untyped_storage().data_ptr() for m in modules for p in m.parameters()}
        self.bytes = 0
        self._hooks = torch.autograd.graph.saved_tensors_hooks(self._keep, lambda t: t)

    def _keep(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in self._known:
            self._known.add(storage.data_ptr())
            self.bytes += storage.nbytes()
        return tensor

    def __enter__(self) -> Saved:
        self._hooks.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._hooks.__exit__(*error)
