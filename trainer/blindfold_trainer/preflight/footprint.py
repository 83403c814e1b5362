"""Bytes that a training step takes at most, counted on a model without weights: the same layers run on tensors without data.

A step is run as it would be, forward and backward, adapters and gradient checkpointing included, and every tensor that comes and goes is
counted. No formula of a family's layers is needed, and no weight is read. What is left out: the vision tower's passing tensors, which are
gone before the language model runs, and what an allocator loses between tensors.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial

from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only

from blindfold_trainer.models import quantization
from blindfold_trainer.models.branches import Branches, Encoded
from blindfold_trainer.models.options import ModelOptions, Role

#: What a CUDA context, its kernels and the holes of the allocator take: an assumption, for which a real step is no witness.
CUDA_RUNTIME = 1024**3


class Live(TorchDispatchMode):
    """Bytes of tensors that are alive, those made while it is on: now, and at most."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._alive: dict[int, weakref.ref] = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        tree_map_only(Tensor, self._see, out)
        return out

    def ignore(self, tensors: Sequence[Tensor]) -> None:
        """Tensors that were there before; views of them would count otherwise."""
        for tensor in tensors:
            storage = tensor.untyped_storage()
            self._alive[storage._cdata] = weakref.ref(storage)

    def _see(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        known = self._alive.get(key)
        if known is None or known() is None:
            self._alive[key] = weakref.ref(storage, partial(self._gone, key, size))
            self.now += size
            self.peak = max(self.peak, self.now)

    def _gone(self, key: int, size: int, _: weakref.ref) -> None:
        self.now -= size
        self._alive.pop(key, None)


@dataclass(frozen=True)
class Parts:
    """Bytes. `weights` are frozen, `trained` are trained; activations are all that a pass holds beside what is named here."""

    weights: int
    trained: int
    gradients: int
    optimiser: int
    activations: int
    runtime: int = 0

    @property
    def total(self) -> int:
        return sum(asdict(self).values())


def bytes_of(tensors: Sequence[Tensor]) -> int:
    return sum({id(t): t.numel() * t.element_size() for t in tensors}.values())


def _small(branches) -> list[nn.Linear]:
    """What a base in 4 bits has in them; the tiny model has none."""
    bases = getattr(branches, "bases", {}).values()
    return [m for base in bases for m in quantization.layers(base, branches.family).values()]


def standing(branches: Branches, modules: Sequence[nn.Module], qlora: bool = False) -> Parts:
    """What stays over the whole run: AdamW keeps two numbers for each that is trained."""
    trained = branches.parameters()
    ours = {id(p) for p in trained}
    frozen = {id(t): t for m in modules for t in (*m.parameters(), *m.buffers()) if id(t) not in ours}
    small: set[int] = set()
    if qlora:
        small = {id(m.weight) for m in _small(branches)}
    weights = sum(quantization.bytes_of(t) if key in small else t.numel() * t.element_size() for key, t in frozen.items())
    size = bytes_of(trained)
    return Parts(weights, size, size, 2 * size, 0)


def count(options: ModelOptions, branches, passes: dict[Role, list[list[Encoded]]]) -> Parts:
    """What a run of a vision-language model takes. `branches` have no weights (`open_shell`); `passes` of each role are the packs of its
    largest step that are run one after the other: the largest one, twice where a step has several."""
    modules = [*{id(b): b for b in branches.bases.values()}.values(), branches.heads]
    parts = standing(branches, modules, options.tuning == "qlora")
    for p in branches.parameters():
        p.grad = None
    live = Live()
    live.ignore([t for m in modules for t in (*m.parameters(), *m.buffers())])
    with live:
        for role in branches.roles:
            for items in passes[role]:
                branches.shape_of(role, items).sum().backward()
    activations = max(0, live.peak - parts.gradients)
    if options.tuning == "qlora":
        # A layer's weights are made whole again while it computes.
        activations += max(m.weight.numel() * m.weight.element_size() for m in _small(branches))
    for p in branches.parameters():
        p.grad = None
    return replace(parts, activations=activations)
