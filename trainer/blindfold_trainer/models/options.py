"""How a model is opened and trained, and how the options of a run say it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from blindfold_trainer.protocol.config import Config

Role = Literal["mm", "proxy"]


@dataclass(frozen=True)
class ModelOptions:
    """How a model is loaded and trained. Options that a model has no use for (the tiny model has no adapters) change nothing."""

    #: `tiny`, a local folder, or a hub id.
    model: str = "tiny"
    #: Commit of a hub id; None takes the newest and records which one it was.
    revision: str | None = None
    roles: tuple[Role, ...] = ("mm", "proxy")
    seed: int = 0
    #: Words (tiny) or tokens (all others) of the longest row, prompt and one response together.
    max_length: int = 4096
    #: What the proxy gets in place of images.
    proxy_input: Literal["drop", "blank"] = "drop"
    #: `lora`: frozen base, an adapter for each branch; `qlora`: the same on a base in 4 bits; `full`: language model and projector of
    #: each branch trained, two models.
    tuning: Literal["lora", "qlora", "full"] = "lora"
    lora_rank: int = 16
    lora_alpha: float = 32.0
    lora_dropout: float = 0.0
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    device: str = "auto"
    gradient_checkpointing: bool = False
    #: Largest image in pixels, where the family scales images by area; None leaves it to the processor.
    max_pixels: int | None = None
    #: Folder of vision features, None for none; only where the vision tower is frozen.
    vision_cache: Path | None = None
    vision_cache_bytes: int = 20 * 2**30


def model_options(config: Config) -> ModelOptions:
    """What the model is opened with: the branches that the method has, and how they are tuned."""
    roles = {"standard": ("mm",), "text-only": ("proxy",)}.get(config.method, ("mm", "proxy"))
    same = {f.name: getattr(config, f.name) for f in fields(ModelOptions) if hasattr(config, f.name)}
    return ModelOptions(**same, roles=roles)
