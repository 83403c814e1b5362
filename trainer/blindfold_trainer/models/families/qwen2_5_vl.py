"""Qwen2.5-VL: images of any size, positions in time, height and width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from blindfold_trainer.data.model_images import Pixels
from blindfold_trainer.models.families.base import Family, Features


@dataclass(frozen=True)
class Qwen25VL(Family):
    tower: str = "visual"
    #: The merger is a part of the tower.
    projector: str | None = "visual.merger"
    inputs: tuple[str, ...] = ("pixel_values", "image_grid_thw")

    def marker(self, tokenizer) -> str:
        return getattr(tokenizer, "image_token", None) or "<|image_pad|>"

    def placeholder(self, processed: dict, tokenizer, settings: dict) -> str:
        merged = settings["merge_size"] ** 2
        return self.marker(tokenizer) * (int(processed["image_grid_thw"][0].prod()) // merged)

    def _encode(self, base: nn.Module, images: Sequence[Pixels]):
        patches = torch.cat([p["pixel_values"] for p in images])
        return base.get_image_features(patches, torch.cat([p["image_grid_thw"] for p in images]), return_dict=True)

    def features(self, base: nn.Module, images: Sequence[Pixels]) -> list[Features]:
        return [{"tokens": t} for t in self._encode(base, images).pooler_output]

    def positions(self, base: nn.Module, tokens: Sequence[int], images: Sequence[Pixels]) -> Tensor:
        if not images:
            return torch.arange(len(tokens)).expand(3, -1)
        row = torch.tensor([list(tokens)])
        # Without the types of tokens the positions would silently become those of text.
        return base.get_rope_index(
            row,
            mm_token_type_ids=(row == self.image_token(base)).int(),
            image_grid_thw=torch.cat([p["image_grid_thw"].cpu() for p in images]),
            attention_mask=torch.ones_like(row),
        )[0][:, 0]
