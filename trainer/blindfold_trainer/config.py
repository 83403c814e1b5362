"""`config.json`: read, checked against the protocol, defaults filled in from the schema."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from . import schema
from .errors import TrainerError

if TYPE_CHECKING:
    from .backbone import BackboneOptions

PROTOCOL_VERSION = 1
#: Where `max_length` and `token_budget` are left out: for the tiny model, for all others. None takes a batch in one pass.
MAX_LENGTH = (256, 4096)
TOKEN_BUDGET = (None, 16_384)
#: Where `lr` is left out; the app knows the same numbers (src/core/run-label.ts).
LEARNING_RATE = {"tiny": 5e-4, "lora": 1e-4, "qlora": 1e-4, "full": 1e-5}
#: Words the tiny model has places for.
TINY_LENGTH = 512
#: Where things lie and how often they are saved; all other options decide the result.
_NOT_THE_RESULT = (
    "run_id",
    "train",
    "media_dir",
    "eval_sets",
    "checkpoint_every",
    "threads",
    "vision_cache",
    "vision_cache_bytes",
)


#: Options of later versions: at their defaults they stay out of the hash, so that runs begun before can be resumed.
_LATER = (
    "sfc_exponent",
    "sfc_floor",
    "upweight_factor",
    "label_smoothing",
    "proxy_warmup",
    "tie_threshold",
    "revision",
    "tuning",
    "lora_rank",
    "lora_alpha",
    "lora_dropout",
    "dtype",
    "device",
    "gradient_checkpointing",
    "max_pixels",
    "trust_remote_code",
    "token_budget",
    "unusable",
)


@dataclass(frozen=True)
class EvalSet:
    name: str
    path: Path


@dataclass(frozen=True)
class Config:
    """The options of a run; meanings and units stand in the app's contract (src/contract/trainer.ts)."""

    run_id: str
    method: str
    model: str
    revision: str | None
    tuning: str
    lora_rank: int
    lora_alpha: float
    lora_dropout: float
    dtype: str
    device: str
    gradient_checkpointing: bool
    max_pixels: int | None
    vision_cache: Path | None
    vision_cache_bytes: int
    trust_remote_code: bool
    token_budget: int | None
    seed: int
    epochs: int
    batch_size: int
    lr: float
    weight_decay: float
    warmup_ratio: float
    max_length: int
    unusable: str
    sfc_normalise: bool
    sfc_exponent: float
    sfc_floor: float
    proxy_warmup: int
    upweight_factor: float
    tie_threshold: float
    label_smoothing: float
    proxy_input: str
    train: Path
    media_dir: Path
    eval_sets: tuple[EvalSet, ...]
    checkpoint_every: int
    threads: int
    #: SHA-256 over everything that decides the result: a run may be resumed only with the same.
    hash: str
    #: The options that decide the result, as they are written into a saved model.
    options: dict


def load_config(run_dir: Path) -> Config:
    """Raises CONFIG_MISSING, CONFIG_INVALID, VERSION_UNKNOWN or MODEL_UNKNOWN. Relative paths are taken from the run folder."""
    path = run_dir / "config.json"
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise TrainerError(
            "CONFIG_MISSING",
            "The run folder has no config.json.",
            "Write one; README.md shows an example.",
            file=str(path),
        ) from error
    except (OSError, ValueError) as error:
        raise TrainerError(
            "CONFIG_INVALID", f"config.json cannot be read: {error}.", "Write it as JSON in UTF-8.", file=str(path)
        ) from error
    if not isinstance(value, dict):
        raise TrainerError("CONFIG_INVALID", "config.json is no object.", "Write one JSON object.", file=str(path))
    if value.get("v") != PROTOCOL_VERSION:
        raise TrainerError(
            "VERSION_UNKNOWN",
            f"config.json has protocol version {value.get('v')!r}; this trainer speaks {PROTOCOL_VERSION}.",
            "Use app and trainer of the same version.",
            file=str(path),
            field="v",
        )
    wrong = schema.problem("config.json", value)
    if wrong:
        raise TrainerError("CONFIG_INVALID", wrong.message, "Correct config.json.", file=str(path), field=wrong.field)
    properties = schema.load("config.json")["properties"]
    full = {k: value.get(k, p.get("default")) for k, p in properties.items()}
    names = [s["name"] for s in full["eval_sets"]]
    if len(set(names)) < len(names):
        raise TrainerError(
            "CONFIG_INVALID",
            "Two evaluation sets have one name.",
            "Give each a name of its own.",
            file=str(path),
            field="eval_sets",
        )
    other = int(full["model"] != "tiny")
    full["max_length"] = full["max_length"] or MAX_LENGTH[other]
    full["lr"] = full["lr"] or LEARNING_RATE[full["tuning"] if other else "tiny"]
    if not other and full["max_length"] > TINY_LENGTH:
        message = f"The tiny model reads at most {TINY_LENGTH} words."
        raise TrainerError("CONFIG_INVALID", message, "Lower max_length.", file=str(path), field="max_length")
    options = {k: v for k, v in full.items() if k not in _NOT_THE_RESULT}
    options = {k: v for k, v in options.items() if k not in _LATER or v != properties[k].get("default")}
    full.pop("v")
    full["token_budget"] = full["token_budget"] or TOKEN_BUDGET[other]
    # A folder beside the run folder's files, as all paths of a config; a hub id is no path.
    if other and (run_dir / full["model"]).is_dir():
        full["model"] = str(run_dir / full["model"])
    return Config(
        **{
            **full,
            "train": run_dir / full["train"],
            "media_dir": run_dir / full["media_dir"],
            "vision_cache": None if full["vision_cache"] is None else run_dir / full["vision_cache"],
            "eval_sets": tuple(EvalSet(s["name"], run_dir / s["path"]) for s in full["eval_sets"]),
            "hash": hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest(),
            "options": options,
        }
    )


def backbone_options(config: Config) -> BackboneOptions:
    """What the model is opened with: the branches that the method has, and how they are tuned."""
    from .backbone import BackboneOptions  # with torch, which takes seconds to load

    roles = {"standard": ("mm",), "text-only": ("proxy",)}.get(config.method, ("mm", "proxy"))
    same = {f.name: getattr(config, f.name) for f in fields(BackboneOptions) if hasattr(config, f.name)}
    return BackboneOptions(**same, roles=roles)
