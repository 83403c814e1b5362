"""LoRA adapters of the branches on one frozen base.

Both adapters stay trainable all the time; only which one a layer uses is switched. `set_adapter` of peft would also freeze the other
one, whose gradients of an unfinished step would then be lost without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch
from peft import LoraConfig, get_peft_model_state_dict, inject_adapter_in_model
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import Tensor, nn

#: The linear layers of a decoder, under the names that all families give them.
LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
#: What peft puts before names in a saved adapter: that of its wrapper.
PREFIX = "base_model.model."


def lora_config(text: str, rank: int, alpha: float, dropout: float) -> LoraConfig:
    """An adapter on every linear layer of the decoder at the attribute `text` of the base."""
    target = rf"{re.escape(text)}\..*\.({'|'.join(LAYERS)})"
    return LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=dropout, target_modules=target, bias="none")


class Adapters:
    """Adapters by role in one base. The base is frozen; adapters are kept in fp32."""

    def __init__(self, base: nn.Module, config: LoraConfig, seeds: dict[str, int]):
        """`seeds` of the roles: an adapter starts the same way whatever others there are."""
        self.base, self.config = base, config
        base.requires_grad_(False)
        for role, seed in seeds.items():
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                inject_adapter_in_model(config, base, role)
        self._layers = [m for m in base.modules() if isinstance(m, BaseTunerLayer)]
        if not self._layers:
            raise ValueError(f"No layer is named {config.target_modules}.")
        for role in seeds:
            for p in self.parameters(role):
                p.data = p.data.float()
                p.requires_grad_(True)
        self.active: str | None = None

    def named(self, role: str) -> dict[str, nn.Parameter]:
        return {name: p for name, p in self.base.named_parameters() if "lora_" in name and f".{role}." in name}

    def parameters(self, role: str) -> list[nn.Parameter]:
        return list(self.named(role).values())

    def use(self, role: str) -> None:
        """Later calls of the base use the adapter of this role, until another is named."""
        if role != self.active:
            for layer in self._layers:
                layer._active_adapter = [role]
            self.active = role

    @contextmanager
    def using(self, role: str) -> Iterator[None]:
        before = self.active
        self.use(role)
        try:
            yield
        finally:
            if before is not None:
                self.use(before)

    def checkpoint(self) -> None:
        """Activations are computed again in the backward pass, with the adapter that was in use in the forward pass.

        Without that, a layer that is computed again after the switch to the other branch would give wrong gradients silently.
        """
        base = self.base

        def contexts():
            role = self.active
            return nullcontext(), (self.using(role) if role is not None else nullcontext())

        base.gradient_checkpointing_enable(
            gradient_checkpointing_kwargs={"use_reentrant": False, "context_fn": contexts}
        )

    def state(self, role: str) -> dict[str, Tensor]:
        """The adapter under peft's names, as `PeftModel.from_pretrained` reads it."""
        found = get_peft_model_state_dict(self.base, adapter_name=role)
        return {PREFIX + name.removeprefix(PREFIX): t.detach().contiguous() for name, t in found.items()}

    def load(self, role: str, state: dict[str, Tensor]) -> list[str]:
        """Puts an adapter back; gives the names that are missing or unexpected."""
        ours = {PREFIX + name.replace(f".{role}.", "."): p for name, p in self.named(role).items()}
        wrong = sorted(set(ours) ^ set(state))
        if not wrong:
            wrong = [name for name, p in ours.items() if p.shape != state[name].shape]
        if not wrong:
            with torch.no_grad():
                for name, p in ours.items():
                    p.copy_(state[name])
        return wrong

    def merge(self, role: str) -> nn.Module:
        """The base with this adapter added into its weights and all adapters taken off; the adapters are gone afterwards."""
        self.use(role)
        for layer in self._layers:
            layer.merge(adapter_names=[role])
        _unwrap(self.base)
        self._layers = []
        return self.base


def _unwrap(module: nn.Module) -> None:
    for name, child in list(module.named_children()):
        if isinstance(child, BaseTunerLayer):
            setattr(module, name, child.get_base_layer())
        else:
            _unwrap(child)
