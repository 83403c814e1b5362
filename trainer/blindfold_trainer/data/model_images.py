"""Images as a model takes them, and what a chat must know of the model's family for that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

#: What an image processor gives for one image, by name.
Pixels = dict[str, Tensor]


@dataclass(frozen=True)
class Picture:
    """One image as the model takes it, and the text that stands in its place."""

    pixels: Pixels
    text: str


class ImageForm(Protocol):
    """How a family writes an image into a text. Families of models have it (`models.families.base`)."""

    #: How the image processor is called.
    image_options: dict

    def marker(self, tokenizer) -> str:
        """What the chat template writes where an image goes."""

    def placeholder(self, processed: dict, tokenizer, settings: dict) -> str:
        """The text that stands for one image, as the family's own processor in Transformers writes it."""

    def pixels(self, processed: dict) -> Pixels:
        """The outputs of the processor for one image that the model needs."""
