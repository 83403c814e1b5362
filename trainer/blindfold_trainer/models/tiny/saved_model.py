"""Saved tiny reward models: `model.safetensors` and `rm_config.json`, which says everything that must hold to use them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, load_file, save_file

from blindfold_trainer import __version__
from blindfold_trainer.models.tiny.hashed_vocabulary import RULE
from blindfold_trainer.models.tiny.network import Architecture, TinyRewardModel
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.protocol.files import read_json, write_folder

FORMAT = 1


@dataclass(frozen=True)
class Card:
    """The parts of `rm_config.json` that using a model needs."""

    #: 'mm' sees the images, 'proxy' never does.
    role: str
    #: For a proxy: 'drop' or 'blank'.
    proxy_input: str | None
    max_length: int
    data: dict


@cache
def _base_bytes() -> bytes:
    try:
        return resources.files(__package__).joinpath("weights", "tiny.safetensors").read_bytes()
    except FileNotFoundError as error:
        raise TrainerError(
            "MODEL_INVALID", "The base weights of the tiny model are missing.", "Install the trainer again."
        ) from error


def base_hash() -> str:
    """SHA-256 of the shipped base weights."""
    return hashlib.sha256(_base_bytes()).hexdigest()


def load_base(path: Path | None = None) -> TinyRewardModel:
    """The pretrained tiny model, the shipped one or that of a file, with a head that is still to be set.

    A missing or unexpected key is an error.
    """
    model = TinyRewardModel()
    try:
        tensors = load(_base_bytes() if path is None else path.read_bytes())
    except (OSError, SafetensorError) as error:
        raise TrainerError(
            "MODEL_INVALID",
            f"Base weights cannot be read: {error}.",
            "Give a file that `pretrain` wrote.",
            file=str(path),
        ) from error
    _strict(model, {k: v.float() for k, v in tensors.items()}, "the base weights", allowed_missing={"head.weight"})
    return model


def _strict(
    model: TinyRewardModel, weights: dict, where: str, allowed_missing: frozenset[str] | set[str] = frozenset()
) -> None:
    try:
        result = model.load_state_dict(weights, strict=False)
    except RuntimeError as error:
        raise TrainerError(
            "MODEL_INVALID", f"A tensor of {where} has the wrong shape: {error}.", "Use weights of this model."
        ) from error
    wrong = sorted((set(result.missing_keys) - set(allowed_missing)) | set(result.unexpected_keys))
    if wrong:
        raise TrainerError(
            "MODEL_INVALID",
            f"{where[0].upper() + where[1:]} do not fit the model: {', '.join(wrong)}.",
            "Use weights of this model.",
        )


def save_model(
    model: TinyRewardModel, target: Path, *, role: str, options: dict, config_hash: str, data_hash: str
) -> str:
    """Writes one branch alone, with its head, in fp32. Gives the folder's name."""
    card = {
        "format": FORMAT,
        "role": role,
        "input": "images and text" if role == "mm" else f"text only, images: {options['proxy_input']}",
        "architecture": model.architecture.data(),
        "text": {
            "rule": RULE,
            "layout": "[REWARD] prompt [SEPARATOR] response <image tokens>",
            "max_length": options["max_length"],
        },
        "image": {
            "size": model.architecture.image_size,
            "resize": "bilinear, aspect ignored",
            "scale": "x / 127.5 - 1",
        },
        "reward": "position 0, linear head without bias, fp32",
        "base_sha256": base_hash(),
        "data_sha256": data_hash,
        "config_sha256": config_hash,
        "training": options,
        "trainer": __version__,
    }

    def fill(to: Path) -> None:
        save_file({k: v.contiguous() for k, v in model.state_dict().items()}, to / "model.safetensors")
        (to / "rm_config.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")

    write_folder(target, fill)
    return target.name


def load_model(folder: Path) -> tuple[TinyRewardModel, Card]:
    """A saved reward model, ready to score. Raises MODEL_INVALID with what does not fit."""
    remedy = "Give the folder mm or proxy of a finished run."
    try:
        card = read_json(folder / "rm_config.json", links=True)
        weights = load_file(folder / "model.safetensors")
        name, rule, role = card["architecture"]["name"], card["text"]["rule"], card["role"]
        found = Card(
            role, card["training"]["proxy_input"] if role == "proxy" else None, int(card["text"]["max_length"]), card
        )
        architecture = Architecture(**card["architecture"])
    except FileNotFoundError as error:
        raise TrainerError(
            "MODEL_INVALID", f"{folder} holds no saved reward model.", remedy, file=str(error.filename or folder)
        ) from error
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise TrainerError("MODEL_INVALID", f"The model cannot be read: {error}.", remedy, file=str(folder)) from error
    # Another architecture could ask for any amount of memory before the weights are found not to fit.
    if card.get("format") != FORMAT or name != "tiny" or rule != RULE or architecture != Architecture():
        raise TrainerError(
            "MODEL_INVALID",
            "The model was saved by another version of the trainer.",
            "Use that version.",
            file=str(folder),
        )
    model = TinyRewardModel(architecture)
    _strict(model, weights, "the saved weights")
    return model.eval(), found
