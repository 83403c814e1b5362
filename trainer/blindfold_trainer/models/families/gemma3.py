"""Gemma 3: the tokens of one image see each other in both directions; most layers see a window alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from blindfold_trainer.models.families.base import Family


@dataclass(frozen=True)
class Gemma3(Family):
    bidirectional: bool = True
    image_options: dict = field(default_factory=lambda: {"do_pan_and_scan": False})

    def marker(self, tokenizer) -> str:
        return getattr(tokenizer, "boi_token", None) or "<start_of_image>"

    def placeholder(self, processed: dict, tokenizer, settings: dict) -> str:
        image = getattr(tokenizer, "image_token", None) or "<image_soft_token>"
        end = getattr(tokenizer, "eoi_token", None) or "<end_of_image>"
        return f"\n\n{self.marker(tokenizer)}{image * settings.get('image_seq_length', 256)}{end}\n\n"
