"""Rewards of responses: N responses a prompt, the best one named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

from .backbone import Branches, Role
from .errors import TrainerError
from .pairs import read_rows


def score_file(branches: Branches, role: Role, path: Path, images_dir: Path) -> Iterator[dict]:
    """For each row `{id?, prompt, img_path?, responses: [...]}` gives `{id, rewards, best}`; `best` counts from 0.

    The image and the prompt are read once for all responses of a row.
    """
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
        id = value.get("id", row)
        try:
            item = branches.encode_texts(str(id), prompt, responses, (images_dir / image,) if image else ())
        except TrainerError as error:
            error.file, error.row = error.file or str(path), row
            raise
        with torch.inference_mode():
            values = branches.rewards(role, [item]).tolist()
        yield {"id": id, "rewards": values, "best": max(range(len(values)), key=values.__getitem__)}
