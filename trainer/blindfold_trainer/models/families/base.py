"""What differs between families of vision-language models."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from blindfold_trainer.data.model_images import Pixels

#: What the language model gets of one image, by name: `tokens` [image tokens, hidden], and what a family adds.
Features = dict[str, Tensor]


@dataclass(frozen=True)
class Family(ABC):
    """The form most families have: one tower, one projector, one text model, positions counted in one dimension."""

    model_type: str
    title: str
    #: Where the text model and the frozen part hang in the base class.
    text: str = "language_model"
    tower: str = "vision_tower"
    projector: str | None = "multi_modal_projector"
    #: Names of the image processor's outputs that the model takes.
    inputs: tuple[str, ...] = ("pixel_values",)
    #: How the image processor is called.
    image_options: dict = field(default_factory=dict)
    #: Whether tokens of one image see each other in both directions.
    bidirectional: bool = False

    def text_model(self, base: nn.Module) -> nn.Module:
        return getattr(base, self.text)

    def image_token(self, base: nn.Module) -> int:
        return base.config.image_token_id

    def marker(self, tokenizer) -> str:
        """What the chat template writes where an image goes."""
        return getattr(tokenizer, "image_token", None) or "<image>"

    @abstractmethod
    def placeholder(self, processed: dict, tokenizer, settings: dict) -> str:
        """The text that stands for one image, as the family's own processor in Transformers writes it."""

    def pixels(self, processed: dict) -> Pixels:
        """The outputs of the processor for one image that the model needs."""
        return {name: processed[name] for name in self.inputs if name in processed}

    def features(self, base: nn.Module, images: Sequence[Pixels]) -> list[Features]:
        """What the language model gets of each image; one pass through the tower for all of them."""
        tiles = [p["pixel_values"].shape[0] for p in images]
        out = base.get_image_features(torch.cat([p["pixel_values"] for p in images]), return_dict=True).pooler_output
        parts = torch.cat(tuple(t[None] if t.ndim == 2 else t for t in out))
        return [{"tokens": part.flatten(0, 1)} for part in parts.split(tiles)]

    def positions(self, base: nn.Module, tokens: Sequence[int], images: Sequence[Pixels]) -> Tensor:
        """int64 [axes, tokens]: where each token stands."""
        return torch.arange(len(tokens))[None]

    def embed(self, base: nn.Module, tokens: Tensor, features: Sequence[Features]) -> tuple[Tensor, dict]:
        """Embeddings [1, length, hidden] with images put where their tokens are, and what else the text model is called with."""
        image = self.image_token(base)
        at = tokens == image
        # The number of an image token need not be one that has an embedding.
        embedded = base.get_input_embeddings()(tokens.masked_fill(at, 0))
        if not features:
            return embedded, {}
        seen = torch.cat([f["tokens"] for f in features]).to(embedded.device, embedded.dtype)
        if seen.shape[0] != int(at.sum()):
            raise ValueError(f"{int(at.sum())} image tokens, but {seen.shape[0]} features of images.")
        return embedded.masked_scatter(at[..., None], seen), self.beside(at, features)

    def beside(self, at: Tensor, features: Sequence[Features]) -> dict:
        """Further arguments of the text model; `at` [1, length] tells where image tokens are."""
        return {}

    def blocks(self, tokens: Sequence[int], image: int) -> tuple[tuple[int, int], ...]:
        """Runs of image tokens that see each other in both directions, [begin, end)."""
        if not self.bidirectional:
            return ()
        found, begin = [], None
        for at, token in enumerate([*tokens, None]):
            if token == image and begin is None:
                begin = at
            elif token != image and begin is not None:
                found.append((begin, at))
                begin = None
        return tuple(found)
