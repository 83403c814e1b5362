"""Every way to open a model: the tiny one or a vision-language model, to be trained or as it was saved."""

from __future__ import annotations

from pathlib import Path

from blindfold_trainer.models.branches import Branches
from blindfold_trainer.models.options import ModelOptions, Role
from blindfold_trainer.models.tiny.branches import TinyBranches
from blindfold_trainer.models.tiny.saved_model import load_model
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.protocol.files import read_json


def open_branches(options: ModelOptions, shell: bool = False) -> Branches:
    """The branches of a run, heads fresh by `options.seed`; a `shell` encodes and can be counted, and has no weights but those of the tiny
    model. Raises MODEL_UNKNOWN or MODEL_INVALID."""
    if options.model == "tiny":
        return TinyBranches(options)
    # Transformers takes seconds to load: only here.
    try:
        from blindfold_trainer.models.vlm_opening import open_shell, open_vlm
    except ImportError as error:
        message = f"The model {options.model} needs packages that are not installed: {error.name}."
        raise TrainerError("MODEL_UNKNOWN", message, "Install requirements-vlm.lock.", field="model") from error

    return open_shell(options) if shell else open_vlm(options)


def open_saved(
    folder: Path, device: str = "auto", dtype: str = "auto", base: str | None = None, whole: bool = False
) -> tuple[Branches, Role, dict]:
    """A saved reward model of any kind, ready to score: branches with its one role, the role, its `rm_config.json`.

    `base` is where the base of an adapter lies now, if not where the card says; `whole` makes ordinary numbers of a base in 4 bits. Raises
    MODEL_INVALID.
    """
    path = folder / "rm_config.json"
    remedy = "Give the folder mm or proxy of a finished run."
    try:
        card = read_json(path, links=True)
    except (OSError, ValueError) as error:
        message = f"{folder} holds no saved reward model."
        raise TrainerError("MODEL_INVALID", message, remedy, file=str(path)) from error
    if isinstance(card, dict) and card.get("format") == 2:
        from blindfold_trainer.models.vlm_opening import open_vlm_model

        return open_vlm_model(folder, card, device, dtype, base, whole), card["role"], card
    model, known = load_model(folder)
    return TinyBranches.of(model, known.role, known.max_length, known.proxy_input), known.role, known.data
