"""What a folder is: a run, a saved reward model, or a base to train; and one pair exactly as a model sees it."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from blindfold_trainer.data.image_references import Places, paths_of
from blindfold_trainer.data.pairs import Pair, pair_of
from blindfold_trainer.data.rows import read_pair, read_rows
from blindfold_trainer.models.branches import Branches
from blindfold_trainer.models.families.registry import TITLES, family_of
from blindfold_trainer.models.opening import open_branches, open_saved
from blindfold_trainer.models.options import ModelOptions
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.protocol.events import events_of
from blindfold_trainer.protocol.files import read_json


def inspect(path: Path) -> dict:
    """Of a saved model its card; of a run its options, how far it came, and how it stands."""
    card = path / "rm_config.json"
    if card.is_file():
        return {"kind": "model", **_settings(card, "Train the model again.")}
    if not (path / "config.json").is_file():
        raise TrainerError(
            "MODEL_INVALID", "Neither a run folder nor a saved model.", "Give one of the two.", file=str(path)
        )
    config = _settings(path / "config.json", "Write it again.")
    if "model_type" in config:
        family = family_of(config["model_type"])
        title = None if family is None else family.title
        return {"kind": "base", "model_type": config["model_type"], "family": title, "families": list(TITLES)}
    counts: Counter[str] = Counter()
    step, last = 0, None
    for event in events_of(path):
        counts[str(event.get("type"))] += 1
        step = event.get("step", step)
        last = event
    kept = None if last is None else {k: v for k, v in last.items() if not isinstance(v, list)}
    checkpoints = sorted(p.name for p in (path / "checkpoints").glob("step-*") if p.suffix != ".tmp")
    return {
        "kind": "run",
        "config": config,
        "step": step,
        "last_event": kept,
        "events": dict(counts),
        "checkpoints": checkpoints,
    }


def _settings(file: Path, remedy: str) -> dict:
    try:
        value = read_json(file, links=True)
    except (OSError, ValueError) as error:
        raise TrainerError("MODEL_INVALID", f"{file.name} cannot be read: {error}.", remedy, file=str(file)) from error
    if not isinstance(value, dict):
        raise TrainerError("MODEL_INVALID", f"{file.name} is no object.", remedy, file=str(file))
    return value


def inspect_pair(model: str, pairs: Path, images: Path, row: int, max_length: int) -> dict:
    """The pair in a row of a file, counted from 1, as the model sees it: text and tokens of each branch, and where the reward is read.

    `model` is `tiny`, the folder or hub id of a base, or the folder of a saved reward model.
    """
    with tempfile.TemporaryDirectory() as scratch:
        pair = _pair(pairs, row, images, Path(scratch))
        if (Path(model) / "rm_config.json").is_file():
            branches, _, _ = open_saved(Path(model))
        else:
            branches = open_branches(ModelOptions(model=model, max_length=max_length))
        return {"kind": "pair", "id": pair.id, "model": model, "roles": see(branches, pair)}


def _pair(path: Path, wanted: int, images: Path, scratch: Path) -> Pair:
    """The pair of one row, whatever is wrong with others."""
    row = 0
    for row, value in read_rows(path):
        if row == wanted:
            try:
                found = read_pair(value, row, Places(images))
                return pair_of(found, paths_of(found.images, scratch))
            except TrainerError as error:
                error.file, error.row = str(path), row
                raise
    message = f"There is no pair {wanted}; the last row is {row}."
    raise TrainerError("DATA_INVALID", message, "Count rows from 1.", file=str(path))


def see(branches: Branches, pair: Pair) -> dict:
    """By role: the texts that are tokenised, their tokens, how many stand for images, what both responses share, the row's cost."""
    item = branches.encode(pair)
    shown = {}
    for role in branches.roles:
        shown[role] = {
            **branches.show(item, role, pair),
            "tokens_in_row": branches.cost(item, role),
            "notes": list(item.notes),
        }
    return shown
