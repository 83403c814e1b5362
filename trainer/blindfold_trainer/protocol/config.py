"""`config.json`: read, checked against the protocol, defaults filled in from the schema."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from blindfold_trainer.protocol import schema
from blindfold_trainer.protocol.config_fields import ConfigFields
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.protocol.files import read_json

PROTOCOL_VERSION = 1
#: Where `max_length` and `token_budget` are left out: for the tiny model, for all others. None takes a batch in one pass.
MAX_LENGTH = (256, 4096)
TOKEN_BUDGET = (None, 16_384)
#: Where `lr` is left out; the app knows the same numbers (src/core/run-label.ts).
LEARNING_RATE = {"tiny": 5e-4, "lora": 1e-4, "qlora": 1e-4, "full": 1e-5}
#: A model on the hub. What looks so is never a folder in a config: one could be put there in its place.
HUB_ID = re.compile(r"(?!.*\.\.)[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
#: A branch, tag or commit of a hub id.
_REVISION = re.compile(r"(?!.*\.\.)[A-Za-z0-9][\w./-]{0,199}", re.ASCII)
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


#: Options of the first version. All others stay out of the hash at their defaults, so that a run begun before an option existed can
#: be resumed.
_FIRST = (
    "v",
    "method",
    "model",
    "sfc_normalise",
    "proxy_input",
    "epochs",
    "batch_size",
    "lr",
    "seed",
    "weight_decay",
    "warmup_ratio",
    "max_length",
)


@dataclass(frozen=True)
class EvalSet:
    name: str
    path: Path


@dataclass(frozen=True, kw_only=True)
class Config(ConfigFields):
    """The options of a run with paths resolved and the trainer's own choices filled in."""

    vision_cache: Path | None
    lr: float
    max_length: int
    train: Path
    media_dir: Path
    eval_sets: tuple[EvalSet, ...]
    #: SHA-256 over everything that decides the result: a run may be resumed only with the same.
    hash: str
    #: The options that decide the result, as they are written into a saved model.
    options: dict


def load_config(run_dir: Path, within: Sequence[Path] = ()) -> Config:
    """The options of a run. Relative paths are taken from the run folder; all must lie in it or in one of the folders `within`.

    Raises CONFIG_MISSING, CONFIG_INVALID, VERSION_UNKNOWN or MODEL_UNKNOWN.
    """
    path = run_dir / "config.json"
    try:
        value = read_json(path)
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
        raise TrainerError("CONFIG_INVALID", "config.json is not an object.", "Write one JSON object.", file=str(path))
    if value.get("v") != PROTOCOL_VERSION:
        raise TrainerError(
            "VERSION_UNKNOWN",
            f"config.json has protocol version {value.get('v')!r}; this trainer uses {PROTOCOL_VERSION}.",
            "Use the same version of app and trainer.",
            file=str(path),
            field="v",
        )
    if value.get("trust_remote_code"):
        message = "config.json asks to run code that comes with the model, which is never done."
        remedy = "Leave trust_remote_code out. All families that can be trained need no code of their own."
        raise TrainerError("CONFIG_INVALID", message, remedy, file=str(path), field="trust_remote_code")
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
    options = {k: v for k, v in options.items() if k in _FIRST or v != properties[k].get("default")}
    for name in ("v", "trust_remote_code"):
        full.pop(name)
    full["token_budget"] = full["token_budget"] or TOKEN_BUDGET[other]
    places = _Places(run_dir, within)
    return Config(
        **{
            **full,
            "model": places.model(full["model"], full["revision"]),
            "train": places.find(full["train"], "train"),
            "media_dir": places.find(full["media_dir"], "media_dir"),
            "vision_cache": None
            if full["vision_cache"] is None
            else places.find(full["vision_cache"], "vision_cache"),
            "eval_sets": tuple(EvalSet(s["name"], places.find(s["path"], "eval_sets")) for s in full["eval_sets"]),
            "hash": hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest(),
            "options": options,
        }
    )


class _Places:
    """Where the paths of a config may lead: the config may come from strangers, the folders are those that its user named."""

    def __init__(self, run_dir: Path, within: Sequence[Path]):
        self._run_dir = run_dir
        self._roots = [folder.expanduser().resolve() for folder in (run_dir, *within)]

    def find(self, name: str, field: str) -> Path:
        """A path of the config, its links followed. Raises CONFIG_INVALID where it lies outside."""
        try:
            real = (self._run_dir / name).resolve()
        except (OSError, ValueError, RuntimeError) as error:
            raise self._wrong(f"{field} is no path: {error}.", "Give a path in the run folder.", field) from error
        if any(real.is_relative_to(root) for root in self._roots):
            if real.exists() and not (real.is_file() or real.is_dir()):
                raise self._wrong(f"{field} is neither a file nor a folder.", "Give an ordinary file.", field)
            return real
        message = f"{field} is {name}, which is outside the run folder."
        remedy = f"Put it into the run folder. If you trust this config.json, allow the folder: --within {real}"
        raise self._wrong(message, remedy, field)

    def model(self, model: str, revision: str | None) -> str:
        """`tiny`, a hub id, or the folder of a model. Raises CONFIG_INVALID, MODEL_UNKNOWN."""
        if revision is not None and not _REVISION.fullmatch(revision):
            raise self._wrong(f"{revision!r} is no revision.", "Enter a branch, a tag or a commit.", "revision")
        if model == "tiny":
            return model
        if not HUB_ID.fullmatch(model):
            folder = self.find(model, "model")
            if folder.is_dir():
                return str(folder)
            message, remedy = f"{model} is neither a folder nor OWNER/NAME of a model on the hub.", "Check the name."
            raise TrainerError("MODEL_UNKNOWN", message, remedy, file=str(folder), field="model")
        if Path(model).is_dir():
            # Transformers would take the folder for the model of the hub.
            message = f"{model} is a model of the hub and a folder where you are."
            raise self._wrong(message, f"Start in another folder, or write ./{model} for one in the run folder.", "model")
        return model

    def _wrong(self, message: str, remedy: str, field: str) -> TrainerError:
        return TrainerError("CONFIG_INVALID", message, remedy, file=str(self._run_dir / "config.json"), field=field)
