"""Preference pairs from JSONL. Nothing is left out silently: a bad row ends the run with its number."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import TrainerError
from .schema import problem


@dataclass(frozen=True)
class Pair:
    id: str
    group: str
    prompt: str
    chosen: str
    rejected: str
    #: Names of the images, as the file has them, and where they lie.
    images: tuple[str, ...]
    paths: tuple[Path, ...]
    #: What the loss of the multimodal branch is multiplied with.
    weight: float = 1.0
    #: Probability that `chosen` is the better one; 1/2 for a tie.
    label: float = 1.0
    #: Log-odds by which the better one's reward should exceed the other's.
    margin: float = 0.0
    #: The kind of question in a benchmark; empty where there are no kinds.
    category: str = ""


def read_rows(path: Path) -> Iterator[tuple[int, dict]]:
    """The records of a JSONL file with their number, from 1. Empty lines are skipped."""
    try:
        file = open(path, encoding="utf-8")
    except OSError as error:
        raise TrainerError(
            "DATA_MISSING", f"Cannot read {path.name}: {error.strerror}.", "Check the path.", file=str(path)
        ) from error
    with file:
        row = 0
        try:
            for row, line in enumerate(file, 1):
                if line.strip():
                    value = json.loads(line)
                    if not isinstance(value, dict):
                        raise TrainerError(
                            "DATA_INVALID",
                            "A row is no object.",
                            "Write one JSON object a line.",
                            file=str(path),
                            row=row,
                        )
                    yield row, value
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            where = row if isinstance(error, json.JSONDecodeError) else row + 1
            raise TrainerError(
                "DATA_INVALID",
                f"Not JSON in UTF-8: {error}.",
                "Write one JSON object a line.",
                file=str(path),
                row=where,
            ) from error


def _collect(path: Path, parse: Callable[[dict], Pair]) -> list[Pair]:
    pairs, seen = [], {}
    for row, value in read_rows(path):
        try:
            pair = parse(value)
        except TrainerError as error:
            error.file, error.row = str(path), row
            raise
        if pair.id in seen:
            raise TrainerError(
                "DATA_INVALID",
                f"The id {pair.id} stands in row {seen[pair.id]} too.",
                "Give every pair an id of its own.",
                file=str(path),
                row=row,
                field="id",
            )
        seen[pair.id] = row
        pairs.append(pair)
    if not pairs:
        raise TrainerError(
            "DATA_INVALID", f"{path.name} holds no pair.", "Choose data with at least one pair.", file=str(path)
        )
    return pairs


def read_snapshot(path: Path, media_dir: Path) -> list[Pair]:
    """Pairs as the app pins them: `snapshotPair` of the protocol, images by hash under `media_dir`."""

    def parse(value: dict) -> Pair:
        wrong = problem("pair.json", value)
        if wrong:
            raise TrainerError("DATA_INVALID", wrong.message, "Write the snapshot anew.", field=wrong.field)
        images = tuple(value["images"])
        return Pair(
            value["id"],
            value["group"],
            value["prompt"],
            value["chosen"],
            value["rejected"],
            images,
            tuple(media_dir / h[:2] / h for h in images),
            value.get("weight", 1.0),
            value.get("label", 1.0),
            value.get("margin", 0.0),
        )

    return _collect(path, parse)


def read_mmrm(path: Path, images_dir: Path) -> list[Pair]:
    """Pairs in the paper's own format, `{id, prompt, img_path, chosen, rejected}`; `img_path` is relative to `images_dir`."""

    def parse(value: dict) -> Pair:
        for field in ("prompt", "chosen", "rejected"):
            if not isinstance(value.get(field), str):
                raise TrainerError(
                    "DATA_INVALID",
                    f"{field} is missing or no text.",
                    "Give prompt, chosen and rejected as text.",
                    field=field,
                )
        image = value.get("img_path")
        if image is not None and not isinstance(image, str):
            raise TrainerError(
                "DATA_INVALID", "img_path is no text.", "Give img_path as text, or leave it out.", field="img_path"
            )
        images = () if not image else (image,)
        key = str(value.get("id", f"{value['prompt']}|{value['chosen']}|{value['rejected']}|{image}"))
        return Pair(
            key,
            image or value["prompt"],
            value["prompt"],
            value["chosen"],
            value["rejected"],
            images,
            tuple(images_dir / i for i in images),
        )

    return _collect(path, parse)


def read_pairs(path: Path, images_dir: Path) -> list[Pair]:
    """Either of the two forms, told apart by the first row."""
    first = next(read_rows(path), None)
    return (read_snapshot if first and "images" in first[1] else read_mmrm)(path, images_dir)


def data_hash(pairs: list[Pair]) -> str:
    """SHA-256 over ids, texts and image names in their order."""
    digest = hashlib.sha256()
    for p in pairs:
        row = [p.id, p.prompt, p.chosen, p.rejected, list(p.images)]
        # Data without weights, labels and margins keeps the hash that it had before there were any.
        extra = [p.weight, p.label, p.margin] if (p.label, p.margin) != (1, 0) else [p.weight] if p.weight != 1 else []
        digest.update(json.dumps([*row, *extra], ensure_ascii=True).encode())
    return digest.hexdigest()
