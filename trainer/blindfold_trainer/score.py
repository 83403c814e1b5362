"""Rewards of responses: N responses a prompt, the best one named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

from .artifact import Card
from .data import Dataset
from .errors import TrainerError
from .evaluate import blindfold
from .model import TinyRewardModel, rewards
from .pairs import Pair, read_rows


def score_file(model: TinyRewardModel, card: Card, path: Path, images_dir: Path) -> Iterator[dict]:
    """For each row `{id?, prompt, img_path?, responses: [...]}` gives `{id, rewards, best}`; `best` counts from 0."""
    for row, value in read_rows(path):
        responses, prompt, image = value.get("responses"), value.get("prompt"), value.get("img_path")
        for field, good in (
            ("prompt", isinstance(prompt, str)),
            ("responses", isinstance(responses, list) and responses and all(isinstance(r, str) for r in responses)),
            ("img_path", image is None or isinstance(image, str)),
        ):
            if not good:
                raise TrainerError(
                    "DATA_INVALID",
                    f"{field} is missing or malformed.",
                    "Give prompt, responses and img_path.",
                    file=str(path),
                    row=row,
                    field=field,
                )
        images = (image,) if image else ()
        paths = tuple(images_dir / i for i in images)
        items = [Pair(str(i), "", prompt, text, text, images, paths) for i, text in enumerate(responses)]
        try:
            data = Dataset(items, card.max_length, images=card.role == "mm")
        except TrainerError as error:
            error.file, error.row = error.file or str(path), row
            raise
        batch = data.batch(list(range(len(items))))
        if card.proxy_input is not None:
            batch = blindfold(batch, card.proxy_input)
        with torch.inference_mode():
            values = rewards(model, batch)[: len(items)].tolist()
        yield {"id": value.get("id", row), "rewards": values, "best": max(range(len(values)), key=values.__getitem__)}
