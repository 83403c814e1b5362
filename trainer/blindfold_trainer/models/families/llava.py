"""LLaVA 1.5: one square picture, a fixed number of tokens."""

from __future__ import annotations

from dataclasses import dataclass

from blindfold_trainer.models.families.base import Family


@dataclass(frozen=True)
class Llava(Family):
    def placeholder(self, processed: dict, tokenizer, settings: dict) -> str:
        height, width = processed["pixel_values"].shape[-2:]
        patch = settings["patch_size"]
        count = (height // patch) * (width // patch) + settings.get("num_additional_image_tokens", 0)
        # The first token of the tower, its summary, is left out.
        count -= settings.get("vision_feature_select_strategy") == "default"
        return self.marker(tokenizer) * count
