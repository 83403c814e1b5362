"""SmolVLM: an image is cut into tiles with a mask of the pixels that are there, and seen once more as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import nn

from blindfold_trainer.data.model_images import Pixels
from blindfold_trainer.models.families.base import Family, Features


@dataclass(frozen=True)
class SmolVLM(Family):
    text: str = "text_model"
    tower: str = "vision_model"
    projector: str | None = "connector"
    inputs: tuple[str, ...] = ("pixel_values", "pixel_attention_mask")
    image_options: dict = field(default_factory=lambda: {"return_row_col_info": True})

    def placeholder(self, processed: dict, tokenizer, settings: dict) -> str:
        around = getattr(tokenizer, "fake_image_token", None) or "<fake_token_around_image>"
        whole = getattr(tokenizer, "global_image_token", None) or "<global-img>"
        one = self.marker(tokenizer) * settings.get("image_seq_len", 169)
        rows, columns = processed["rows"][0][0], processed["cols"][0][0]
        lines = (
            "".join(f"{around}<row_{row}_col_{column}>{one}" for column in range(1, columns + 1)) + "\n"
            for row in range(1, rows + 1)
        )
        tiles = "".join(lines) + "\n" if rows else ""
        return f"{tiles}{around}{whole}{one}{around}"

    def features(self, base: nn.Module, images: Sequence[Pixels]) -> list[Features]:
        """Every tile goes in as a sample of its own: [tiles, 1, 3, height, width]."""
        tiles = torch.cat([p["pixel_values"][0] for p in images])[:, None]
        there = torch.cat([p["pixel_attention_mask"][0] for p in images])[:, None].to(torch.bool)
        parts = list(base.get_image_features(tiles, there, return_dict=True).pooler_output)
        found, done = [], 0
        for count in (p["pixel_values"].shape[1] for p in images):
            found.append({"tokens": torch.cat(parts[done : done + count])})
            done += count
        return found
