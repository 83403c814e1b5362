"""Qwen3-VL: as Qwen2.5-VL, and features of inner layers of the tower are added to the first layers of the text model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from blindfold_trainer.data.model_images import Pixels
from blindfold_trainer.models.families.base import Features
from blindfold_trainer.models.families.qwen2_5_vl import Qwen25VL


@dataclass(frozen=True)
class Qwen3VL(Qwen25VL):
    def features(self, base: nn.Module, images: Sequence[Pixels]) -> list[Features]:
        out = self._encode(base, images)
        return [
            {"tokens": tokens, **{f"deep{depth}": layer[i] for depth, layer in enumerate(out.deepstack_features)}}
            for i, tokens in enumerate(out.pooler_output)
        ]

    def beside(self, at: Tensor, features: Sequence[Features]) -> dict:
        layers = sum(name.startswith("deep") for name in features[0])
        deep = [torch.cat([f[f"deep{depth}"] for f in features]).to(at.device) for depth in range(layers)]
        return {"visual_pos_masks": at, "deepstack_visual_embeds": deep}
