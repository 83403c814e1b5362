"""A frozen base in 4 bits by bitsandbytes (NF4, its scales quantised again): the linear layers of the language model, nothing else.

The vision tower and its projector stay as they are: what they see is what the proxy lacks, and they are the smaller part.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from blindfold_trainer.models.families.base import Family
from blindfold_trainer.protocol.errors import TrainerError

if TYPE_CHECKING:
    from transformers import BitsAndBytesConfig, PreTrainedModel

#: Bytes of a weight: blocks of 64 with a scale of one byte each, 256 of which share one of four.
BYTES = 0.5 + 1 / 64 + 4 / (64 * 256)


def installed() -> bool:
    return find_spec("bitsandbytes") is not None


def settings(family: Family, dtype: torch.dtype) -> BitsAndBytesConfig:
    """For `from_pretrained`. Raises CONFIG_INVALID where bitsandbytes is missing."""
    if not installed():
        raise TrainerError(
            "CONFIG_INVALID",
            "A base in 4 bits needs the package bitsandbytes.",
            "Install bitsandbytes, or choose tuning lora.",
            field="tuning",
        )
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
        llm_int8_skip_modules=[name for name in (family.tower, family.projector) if name],
    )


def layers(base: nn.Module, family: Family) -> dict[str, nn.Linear]:
    """What is held in 4 bits, by name in the base; adapters on it are not."""
    inside = f"{family.text}."
    found = ((name, m) for name, m in base.named_modules() if name.startswith(inside) and ".lora_" not in name)
    return {name: m for name, m in found if isinstance(m, nn.Linear)}


def bytes_of(weight: Tensor) -> int:
    """Of a weight that is in 4 bits, or will be."""
    state = getattr(weight, "quant_state", None)
    return int((weight.numel() if state is None else state.shape.numel()) * BYTES)


def one_arithmetic(base: nn.Module) -> None:
    """On some processors bitsandbytes computes otherwise where no gradient is asked for: rewards would depend on it, and sizes that are no
    multiple of 32 would fail."""
    for module in base.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False


def whole(base: PreTrainedModel, dtype: torch.dtype) -> nn.Module:
    """The same base with its rounded weights as ordinary numbers, for exports, which know no 4 bits."""
    return base.dequantize(dtype)
