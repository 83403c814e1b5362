"""Written by `npm run gen` from src/protocols/trainer.ts, which says what each means. Do not edit."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ConfigFields:
    """The options of a run as `config.json` has them; None is for what the trainer chooses itself."""

    run_id: str
    method: str
    model: str
    revision: str | None
    tuning: str
    sfc_normalise: bool
    sfc_exponent: float
    sfc_floor: float
    proxy_warmup: int
    proxy_input: str
    epochs: int
    batch_size: int
    lr: float | None
    token_budget: int | None
    max_pixels: int | None
    gradient_checkpointing: bool
    dtype: str
    unusable: str
    seed: int
    lora_rank: int
    lora_alpha: float
    lora_dropout: float
    device: str
    vision_cache: str | None
    vision_cache_bytes: int
    weight_decay: float
    warmup_ratio: float
    max_length: int | None
    upweight_factor: float
    tie_threshold: float
    label_smoothing: float
    train: str
    media_dir: str
    checkpoint_every: int
    threads: int
