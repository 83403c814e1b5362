"""Models with random weights in the shape of Qwen2.5-VL, and pairs with images of chosen sizes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import transformers
from torch import Tensor, nn

START, END, VISION_START, VISION_END, IMAGE, VIDEO = 1, 2, 3, 4, 5, 6
#: Tokens below are control tokens.
FIRST_WORD = 10
PATCH, MERGE = 14, 2
#: Patches, height and width, by the number of image tokens they are merged to.
GRIDS = {16: (8, 8), 64: (16, 16), 256: (32, 32), 600: (40, 60), 1300: (52, 100)}
#: Image tokens of the pairs of a batch, repeated as often as there are pairs.
SIZES: dict[str, tuple[int, ...]] = {
    "256": (256,),
    "600": (600,),
    "1300": (1300,),
    "mixed": (256, 1300, 64, 600),
}
#: The white picture that the proxy of the paper's released code is given: 224 x 224, 256 tokens in the model used there.
WHITE = 256


@dataclass(frozen=True)
class Shape:
    hidden: int
    layers: int
    inner: int
    heads: int
    keys: int
    vocabulary: int
    vision_hidden: int
    vision_layers: int
    vision_inner: int
    vision_heads: int


SHAPES = {
    #: For tests: counts, not seconds.
    "test": Shape(128, 2, 384, 4, 2, 2048, 48, 2, 96, 2),
    #: Tower and language model in about the proportion of the 7B model.
    "small": Shape(384, 6, 1056, 6, 2, 4096, 192, 4, 512, 4),
    "2b": Shape(1536, 28, 8960, 12, 2, 151_936, 1280, 32, 3420, 16),
    "7b": Shape(3584, 28, 18_944, 28, 4, 152_064, 1280, 32, 3420, 16),
}


def config_of(shape: Shape) -> transformers.Qwen2_5_VLConfig:
    d = shape.hidden // shape.heads
    text = {
        "hidden_size": shape.hidden,
        "intermediate_size": shape.inner,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.keys,
        "vocab_size": shape.vocabulary,
        "max_position_embeddings": 32_768,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 1e6,
            "mrope_section": [d // 2 - 2 * (3 * d // 16), 3 * d // 16, 3 * d // 16],
        },
        "bos_token_id": START,
        "eos_token_id": END,
        "pad_token_id": 0,
    }
    every = max(1, shape.vision_layers // 4)
    vision = {
        "depth": shape.vision_layers,
        "hidden_size": shape.vision_hidden,
        "intermediate_size": shape.vision_inner,
        "num_heads": shape.vision_heads,
        "out_hidden_size": shape.hidden,
        "patch_size": PATCH,
        "spatial_merge_size": MERGE,
        "temporal_patch_size": 2,
        "window_size": 112,
        "fullatt_block_indexes": list(range(every - 1, shape.vision_layers, every)),
    }
    ids = {"image_token_id": IMAGE, "video_token_id": VIDEO}
    ids |= {"vision_start_token_id": VISION_START, "vision_end_token_id": VISION_END}
    return transformers.Qwen2_5_VLConfig(text_config=text, vision_config=vision, **ids)


def build(shape: Shape, device: torch.device, dtype: torch.dtype, seed: int = 0) -> nn.Module:
    """The base class with random weights, frozen."""
    # Reproducible, and nobody else's random numbers move.
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []), torch.device(device):
        torch.manual_seed(seed)
        base = transformers.AutoModel.from_config(config_of(shape), dtype=dtype, attn_implementation="sdpa")
    return base.requires_grad_(False)


@dataclass(frozen=True)
class Sample:
    """One pair: tokens of the prompt with its image's places, of both responses, and the image's patches."""

    prefix: tuple[int, ...]
    chosen: tuple[int, ...]
    rejected: tuple[int, ...]
    #: float32 [patches, 3 * 2 * 14 * 14]; None for text alone.
    pixels: Tensor | None
    #: int64 [1, 3]
    grid: Tensor | None

    @property
    def inputs(self) -> dict[str, Tensor]:
        return {} if self.pixels is None else {"pixel_values": self.pixels, "image_grid_thw": self.grid}


def samples(
    sizes: Sequence[int],
    pairs: int,
    vocabulary: int,
    seed: int = 0,
    prompt: int = 40,
    response: tuple[int, int] = (40, 120),
) -> list[Sample]:
    """Pairs whose images have `sizes` tokens, one after the other."""
    rng = random.Random(seed)
    generator = torch.Generator().manual_seed(seed)

    def words(count: int) -> tuple[int, ...]:
        return tuple(rng.randrange(FIRST_WORD, vocabulary) for _ in range(count))

    made = []
    for i in range(pairs):
        tokens = sizes[i % len(sizes)]
        height, width = GRIDS[tokens]
        made.append(
            Sample(
                (START, *words(4), VISION_START, *[IMAGE] * tokens, VISION_END, *words(prompt)),
                (*words(rng.randint(*response)), END),
                (*words(rng.randint(*response)), END),
                torch.randn(height * width, 3 * 2 * PATCH * PATCH, generator=generator),
                torch.tensor([[1, height, width]]),
            )
        )
    return made


def _without_image(sample: Sample) -> tuple[int, ...]:
    return tuple(t for t in sample.prefix if t not in (IMAGE, VISION_START, VISION_END))


def blind(sample: Sample) -> Sample:
    """The pair as the proxy sees it: no image and no place for one."""
    return Sample(_without_image(sample), sample.chosen, sample.rejected, None, None)


def whitened(sample: Sample) -> Sample:
    """The pair as the proxy of the paper's code sees it: a white picture in place of the image."""
    start, *words = _without_image(sample)
    height, width = GRIDS[WHITE]
    return Sample(
        (start, *words[:4], VISION_START, *[IMAGE] * WHITE, VISION_END, *words[4:]),
        sample.chosen,
        sample.rejected,
        torch.ones(height * width, 3 * 2 * PATCH * PATCH),
        torch.tensor([[1, height, width]]),
    )
