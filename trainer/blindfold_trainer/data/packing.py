"""Prompts with their responses laid into one row without padding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from blindfold_trainer.data.packed_layout import Layout, Span


@dataclass(frozen=True)
class Prompt:
    """What all responses share. Token numbers, and where each token stands for the rotary embedding."""

    tokens: tuple[int, ...]
    #: int64 [axes, tokens]: one axis, or three where the family counts time, height and width.
    positions: Tensor
    #: Position of the first token after the prefix, the same on all axes.
    following: int
    #: Keys of the images, in the order of their tokens.
    images: tuple[str, ...]
    #: Runs of image tokens that see each other in both directions, [begin, end).
    blocks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Row:
    """A packed row for the text model."""

    #: int64 [1, length]
    tokens: Tensor
    #: int64 [axes, 1, length]
    positions: Tensor
    layout: Layout
    #: int64 [responses]: the last token of each, where its reward is read. Found by length, never by looking for a padding token.
    last: Tensor
    #: Keys of the images in the order of their tokens; one that two prompts show stands there twice.
    images: tuple[str, ...]


def pack_row(prompts: Sequence[Prompt], responses: Sequence[Sequence[Sequence[int]]], device: torch.device) -> Row:
    """One row of `[prefix | response 1 | response 2 | ...]` for each prompt. Every response has at least one token.

    The positions of each response begin where its prefix ends, so that each is computed as if it stood alone after the prefix.
    """
    tokens: list[int] = []
    positions: list[Tensor] = []
    spans: list[Span] = []
    last: list[int] = []
    images: list[str] = []
    for prompt, texts in zip(prompts, responses):
        axes = prompt.positions.shape[0]
        spans.append(Span(len(tokens), len(prompt.tokens), tuple(map(len, texts)), prompt.blocks))
        tokens += prompt.tokens
        positions.append(prompt.positions)
        images += prompt.images
        for text in texts:
            tokens += text
            positions.append((prompt.following + torch.arange(len(text))).expand(axes, -1))
            last.append(len(tokens) - 1)
    return Row(
        torch.tensor([tokens]).to(device),
        torch.cat(positions, 1)[:, None].to(device),
        Layout(spans),
        torch.tensor(last).to(device),
        tuple(images),
    )


def shared_prefix(rows: Sequence[Sequence[int]]) -> int:
    """Length of the longest common beginning that leaves every row at least one token."""
    shortest = min(map(len, rows)) - 1
    for at in range(shortest):
        if any(row[at] != rows[0][at] for row in rows):
            return at
    return shortest
