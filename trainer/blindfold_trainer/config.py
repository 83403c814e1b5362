"""`config.json`: read, checked against the protocol, defaults filled in from the schema."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from . import schema
from .errors import TrainerError

PROTOCOL_VERSION = 1
MODELS = ("tiny",)
#: Where things lie and how often they are saved; all other options decide the result.
_NOT_THE_RESULT = ("run_id", "train", "media_dir", "eval_sets", "checkpoint_every", "threads")


#: Options of later versions: at their defaults they stay out of the hash, so that runs begun before can be resumed.
_LATER = ("sfc_exponent", "sfc_floor", "upweight_factor", "label_smoothing")


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
    seed: int
    epochs: int
    batch_size: int
    lr: float
    weight_decay: float
    warmup_ratio: float
    max_length: int
    sfc_normalise: bool
    sfc_exponent: float
    sfc_floor: float
    upweight_factor: float
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
    if value.get("model", "tiny") not in MODELS:
        raise TrainerError(
            "MODEL_UNKNOWN",
            f"There is no model {value['model']!r}.",
            f"Choose one of: {', '.join(MODELS)}.",
            file=str(path),
            field="model",
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
    options = {k: v for k, v in full.items() if k not in _NOT_THE_RESULT}
    options = {k: v for k, v in options.items() if k not in _LATER or v != properties[k]["default"]}
    full.pop("v")
    return Config(
        **{
            **full,
            "train": run_dir / full["train"],
            "media_dir": run_dir / full["media_dir"],
            "eval_sets": tuple(EvalSet(s["name"], run_dir / s["path"]) for s in full["eval_sets"]),
            "hash": hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest(),
            "options": options,
        }
    )
