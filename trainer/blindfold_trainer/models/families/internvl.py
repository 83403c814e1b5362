"""InternVL3 in Transformers' own layout (checkpoints that end in `-hf`): tiles of one size, all of one image in one run of tokens."""

from __future__ import annotations

from dataclasses import dataclass, field

from blindfold_trainer.models.families.base import Family


@dataclass(frozen=True)
class InternVL(Family):
    image_options: dict = field(default_factory=lambda: {"crop_to_patches": True})

    def marker(self, tokenizer) -> str:
        return getattr(tokenizer, "context_image_token", None) or "<IMG_CONTEXT>"

    def placeholder(self, processed: dict, tokenizer, settings: dict) -> str:
        begin = getattr(tokenizer, "start_image_token", None) or "<img>"
        end = getattr(tokenizer, "end_image_token", None) or "</img>"
        count = processed["pixel_values"].shape[0] * settings.get("image_seq_length", 256)
        return begin + self.marker(tokenizer) * count + end
