"""A run folder from a file of pairs: TRL or the paper's own JSONL in, snapshot, held-out set and config.json out."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

from blindfold_trainer.data.image_references import Image, content_of
from blindfold_trainer.data.pairs import collect
from blindfold_trainer.data.picture_decoder import decode
from blindfold_trainer.data.rows import NUMBERS, PairRow
from blindfold_trainer.protocol import schema
from blindfold_trainer.protocol.config import PROTOCOL_VERSION
from blindfold_trainer.protocol.errors import TrainerError

#: What was wrong with which row, beside the snapshot.
FAULTS = "unusable.jsonl"


def held_out(group: str, seed: int, share: float) -> bool:
    """Whether a group is tested on: a function of its name and the seed, whatever else the file holds."""
    digest = hashlib.sha256(f"{seed}:{group}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def prepare(
    run_dir: Path,
    data: Path,
    images_dir: Path,
    test_share: float,
    options: dict,
    take: frozenset[str] = frozenset(),
) -> dict:
    """Makes the folder of a run from a JSONL file; returns how many pairs and groups there are, the rows that are `unusable`, and `notes`
    for a person.

    `take` names the fields among weight, label and margin that mean here what they mean in a run; in a foreign file they are not taken else.

    Pairs are split by group: what shares an image, or a prompt without one, is trained on or tested on as a whole. Rows that hold no
    pair, or whose image cannot be found, are all listed in `unusable.jsonl`; unless `unusable` is `leave-out`, they end it.

    Raises DATA_INVALID, DATA_MISSING, CONFIG_INVALID, RUN_STARTED, WRITE_FAILED; then there is no config.json.
    """
    if (run_dir / "config.json").exists():
        raise TrainerError(
            "RUN_STARTED", "This folder holds a run.", "Choose a new folder, or omit --data.", file=str(run_dir)
        )
    run_dir.mkdir(parents=True, exist_ok=True)
    media = run_dir / "media"
    unknown = sorted(take - set(NUMBERS))
    if unknown:
        message = f"{unknown[0]} is no field that can be taken."
        raise TrainerError("CONFIG_INVALID", message, f"There are: {', '.join(NUMBERS)}.", field="take")
    found = collect(data, images_dir, lambda image, field: _store(image, media, field), take)
    pairs, faults = [_pair(*row) for row in found.rows], found.unusable
    if faults:
        _write(run_dir / FAULTS, [{**u.data(), "field": u.error.field, "remedy": u.error.remedy} for u in faults])
        if options.get("unusable") != "leave-out" or not pairs:
            first = faults[0]
            message = f"{len(faults)} of {len(faults) + len(pairs)} rows hold no pair that can be used. The first, {first.id}: {first.error.message}"
            remedy = f"{first.error.remedy} {run_dir / FAULTS} lists them all; --set unusable=leave-out goes on without them."
            raise TrainerError(
                "DATA_INVALID", message, remedy, file=str(data), row=first.row, field=first.error.field
            )
    if not pairs:
        raise TrainerError(
            "DATA_INVALID", f"{data.name} holds no pair.", "Choose data with at least one pair.", file=str(data)
        )
    seed = options.get("seed", 0)
    train, test = [], []
    for pair in pairs:
        (test if held_out(pair["group"], seed, test_share) else train).append(pair)
    if not train:
        raise TrainerError(
            "DATA_INVALID", "No group is left to train on.", "Lower --test-share, or give more pairs.", file=str(data)
        )
    _write(run_dir / "train.jsonl", train)
    sets = [{"name": "held-out", "path": "test.jsonl"}] if test else []
    if test:
        _write(run_dir / "test.jsonl", test)
    config = {
        "v": PROTOCOL_VERSION,
        "run_id": run_dir.name,
        "method": "shortcut-aware",
        "train": "train.jsonl",
        "media_dir": "media",
        "eval_sets": sets,
        **options,
    }
    wrong = schema.problem("config.json", config)
    if wrong:
        raise TrainerError("CONFIG_INVALID", wrong.message, "Correct what --set says.", field=wrong.field)
    # Last and as a whole: a folder with a config.json is complete.
    temporary = run_dir / "config.json.new"
    temporary.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    os.replace(temporary, run_dir / "config.json")
    return {
        "train": len(train),
        "test": len(test),
        "groups": len({pair["group"] for pair in pairs}),
        "left_out": len(faults),
        "unusable": faults,
        "notes": found.notes(),
    }


def _pair(row: PairRow, images: list[str], group: str) -> dict:
    """A pair as a snapshot has it."""
    texts = {"prompt": row.prompt, "chosen": row.chosen, "rejected": row.rejected}
    turns = {} if row.messages is None else {"messages": row.messages}
    return {"id": row.id, "group": group, **texts, "images": images, **turns, **row.numbers}


def parse_options(given: list[str]) -> dict:
    """`KEY=VALUE` for options of config.json; a value is JSON where it can be read so, else text. Raises CONFIG_INVALID."""
    known = schema.load("config.json")["properties"]
    options = {}
    for each in given:
        key, equals, text = each.partition("=")
        if not equals or key not in known:
            message = f"There is no option {key}." if equals else f"{each} is not KEY=VALUE."
            raise TrainerError("CONFIG_INVALID", message, f"Options are: {', '.join(sorted(known))}.", field=key)
        try:
            options[key] = json.loads(text)
        except json.JSONDecodeError:
            options[key] = text
    return options


def _store(image: Image, media: Path, field: str) -> str:
    """Puts an image where the trainer looks for it, by its hash; a file of the same disk is linked, not copied. Raises
    IMAGE_MISSING, IMAGE_UNREADABLE, READ_FAILED, WRITE_FAILED."""
    content = image if isinstance(image, bytes) else content_of(image, field)
    digest = hashlib.sha256(content).hexdigest()
    target = media / digest[:2] / digest
    if target.exists():
        return digest
    # Once, here: a picture that nobody can read is told with its row and name.
    decode(content, "that came with the row" if isinstance(image, bytes) else image.name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(image, bytes):
            target.write_bytes(content)
        else:
            try:
                os.link(image, target)
            except OSError:
                shutil.copyfile(image, target)
        return digest
    except OSError as error:
        message, remedy = f"An image cannot be stored: {error.strerror}.", "Free some disk space, or check the permissions."
        raise TrainerError("WRITE_FAILED", message, remedy, file=str(target)) from error


def _write(path: Path, rows: list[dict]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
