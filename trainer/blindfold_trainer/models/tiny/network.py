"""The built-in `tiny` vision-language reward model: 0.7 M parameters, trains in seconds on a CPU.

A sequence is `[REWARD] prompt [SEP] response <image tokens>`: 16 tokens an image from a small convolutional network on 32 x 32
pixels, then two transformer layers in which everything sees everything. The reward is read at position 0, the REWARD token, where
neither padding nor the length of the text can move it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from blindfold_trainer.models.tiny.hashed_vocabulary import PADDING, VOCABULARY


@dataclass(frozen=True)
class Architecture:
    """Sizes of the tiny model; saved with its weights."""

    name: str = "tiny"
    vocabulary: int = VOCABULARY
    width: int = 64
    layers: int = 2
    heads: int = 4
    #: Text positions: 512 words, REWARD and SEPARATOR.
    positions: int = 514
    image_size: int = 32
    image_tokens: int = 16

    def data(self) -> dict:
        return asdict(self)


class Block(nn.Module):
    """Pre-norm transformer layer without dropout."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.key_value, self.out = (
            nn.Linear(width, width),
            nn.Linear(width, 2 * width),
            nn.Linear(width, width),
        )
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x: Tensor, visible: Tensor, read: int | None = None) -> Tensor:
        """x [n, length, width]; visible [n, 1, 1, length], true where there is something to see.

        With `read`, only that many first positions are computed: the last layer needs no others.
        """
        n, length, width = x.shape
        h = self.norm1(x)
        kept, h_kept = x[:, :read], h[:, :read]

        def split(t: Tensor) -> Tensor:
            return t.view(n, -1, self.heads, width // self.heads).transpose(1, 2)

        key, value = self.key_value(h).chunk(2, dim=-1)
        seen = F.scaled_dot_product_attention(split(self.query(h_kept)), split(key), split(value), attn_mask=visible)
        kept = kept + self.out(seen.transpose(1, 2).reshape(n, -1, width))
        return kept + self.down(F.gelu(self.up(self.norm2(kept))))


class TinyRewardModel(nn.Module):
    def __init__(self, architecture: Architecture = Architecture()):
        super().__init__()
        self.architecture = a = architecture
        self.words = nn.Embedding(a.vocabulary, a.width)
        self.text_position = nn.Parameter(torch.randn(a.positions, a.width) * 0.1)
        self.image_position = nn.Parameter(torch.randn(a.image_tokens, a.width) * 0.1)
        self.see = nn.Sequential(
            nn.Conv2d(3, 32, 3, 2, 1), nn.GELU(), nn.Conv2d(32, 64, 3, 2, 1), nn.GELU(), nn.Conv2d(64, a.width, 3, 2, 1)
        )
        self.blocks = nn.ModuleList(Block(a.width, a.heads) for _ in range(a.layers))
        self.norm = nn.LayerNorm(a.width)
        self.head = nn.Linear(a.width, 1, bias=False)
        nn.init.normal_(self.words.weight, std=0.5)
        self.reset_head(torch.Generator().manual_seed(0))

    def reset_head(self, generator: torch.Generator) -> None:
        """A fresh reward head, N(0, 1/(width + 1)) as in the paper's released code."""
        with torch.no_grad():
            self.head.weight.normal_(0.0, 1.0 / (self.architecture.width + 1), generator=generator)

    def image_features(self, images: Tensor) -> Tensor:
        """uint8 [m, 3, 32, 32] to [m, 16, width]. An image of a pair is encoded once for both responses."""
        return self.see(images.float() / 127.5 - 1).flatten(2).transpose(1, 2) + self.image_position

    def forward(self, tokens: Tensor, features: Tensor | None, has_image: Tensor | None) -> Tensor:
        """Rewards [n] of tokens int64 [n, length], padded with 0 at the end.

        features [n, k, 16, width] and has_image bool [n, k] for up to k images each; None leaves out all image tokens.
        """
        x = self.words(tokens) + self.text_position[: tokens.shape[1]]
        visible = tokens != PADDING
        if features is not None and has_image is not None:
            x = torch.cat([x, features.flatten(1, 2)], 1)
            visible = torch.cat([visible, has_image.repeat_interleave(self.architecture.image_tokens, dim=1)], 1)
        mask = visible[:, None, None, :]
        for block in self.blocks[:-1]:
            x = block(x, mask)
        x = self.blocks[-1](x, mask, read=1)
        return self.head(self.norm(x[:, 0]).float())[:, 0]


def rewards(model: TinyRewardModel, batch: Batch) -> Tensor:  # noqa: F821 - data.Batch, not imported: it imports this file
    """Rewards [2b]: of the chosen responses, then of the rejected ones. The model sees the images that the batch has."""
    features = has_image = None
    if batch.images is not None:
        b, k = batch.has_image.shape
        flat = model.image_features(batch.images.flatten(0, 1)).view(b, k, -1, model.architecture.width)
        features, has_image = torch.cat([flat, flat]), torch.cat([batch.has_image, batch.has_image])
    return model(batch.tokens, features, has_image)


def margins(model: TinyRewardModel, batch: Batch) -> Tensor:  # noqa: F821
    """r(chosen) - r(rejected) [b], in log-odds."""
    chosen, rejected = rewards(model, batch).chunk(2)
    return chosen - rejected
