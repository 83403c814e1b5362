"""What makes a run fit a smaller memory, in the order in which it should be tried, each with its estimate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch

from blindfold_trainer.models import quantization
from blindfold_trainer.models.encoding import Dataset
from blindfold_trainer.models.opening import open_branches
from blindfold_trainer.models.options import model_options
from blindfold_trainer.preflight.workload import Load, estimated, heaviest, measured, shell_of
from blindfold_trainer.protocol.config import MAX_LENGTH, Config

#: Smallest image that a config may ask for, in pixels.
_PIXELS = 784


def fallbacks(config: Config, branches, data: Dataset, load: Load, runtime: int, room: int | None) -> list[dict]:
    """Smaller passes cost nothing but time and come first; another model comes last. Each stands on those before it."""
    told: list[dict] = []
    for title, changes, needed in _tried(config, branches, data, load, runtime, room):
        told.append(
            {"title": title, "changes": changes, "needed_bytes": needed, "fits": room is None or needed <= room}
        )
    return told


def _tried(
    config: Config, branches, data: Dataset, load: Load, runtime: int, room: int | None
) -> Iterator[tuple[str, dict, int]]:
    def needs(now: Config, shell, heavy: Load) -> int:
        return estimated(now, shell, heavy).total + runtime

    def enough(needed: int) -> bool:
        return room is not None and needed <= room

    # A pass takes one pair at least.
    least = max(branches.cost(item, role) for item in data.items for role in branches.roles)
    budget, needed, heavy = min(config.token_budget or load.tokens, load.tokens), 0, load
    while budget > least:
        budget = max(budget // 2, least, 16)
        config = replace(config, token_budget=budget)
        heavy = heaviest(config, branches, data.items)
        needed = needs(config, branches, heavy)
        if enough(needed) or budget == 16:
            break
    if heavy is not load:
        yield f"Passes of at most {budget} tokens: same result, somewhat slower", {"token_budget": budget}, needed
    if not config.gradient_checkpointing:
        config = replace(config, gradient_checkpointing=True)
        needed = needs(config, shell_of(config), heavy)
        yield "Gradient checkpointing: same result, about a third slower", {"gradient_checkpointing": True}, needed
    lighter = {"full": "lora", "lora": "qlora"}
    while config.tuning in lighter:
        config = replace(config, tuning=lighter[config.tuning])
        if config.tuning == "qlora" and not (torch.cuda.is_available() and quantization.installed()):
            config = replace(config, tuning="lora")
            break
        title = (
            "Adapters instead of all weights"
            if config.tuning == "lora"
            else "The base in 4 bits: rewards differ somewhat"
        )
        yield title, {"tuning": config.tuning}, needs(config, shell_of(config), heavy)
    yield from _smaller_images(config, branches, data, heavy, needs, enough)
    yield "The tiny model: minutes on a CPU, far weaker", {"model": "tiny"}, _tiny(config, data, load) + runtime


def _smaller_images(
    config: Config, branches, data: Dataset, heavy: Load, needs, enough
) -> Iterator[tuple[str, dict, int]]:
    """Where the family scales images by area: half the area, or a quarter, of the largest image of the heaviest pass."""
    if branches.family.model_type not in ("qwen2_5_vl", "qwen3_vl") or "mm" not in heavy.passes:
        return
    items = heavy.passes["mm"][0]
    processor = branches.chat.image_processor
    keys = [key for item in items for key in item.content.prompts["mm"].images]
    grids = [branches.pictures[key].pixels["image_grid_thw"] for key in dict.fromkeys(keys)]
    if not grids:
        return
    area = max(int(grid.prod()) for grid in grids) * processor.patch_size**2
    for part in (2, 4):
        pixels = area // part
        if pixels < _PIXELS:
            return
        smaller = replace(config, max_pixels=pixels)
        shell = shell_of(smaller)
        pairs = {pair.id: pair for pair in data.pairs}
        again = [shell.encode(pairs[item.id]) for item in items]
        passes = {**heavy.passes, "mm": [again] * len(heavy.passes["mm"])}
        needed = needs(smaller, shell, replace(heavy, passes=passes))
        if enough(needed) or part == 4 or pixels // 2 < _PIXELS:
            yield f"Images of at most {pixels} pixels", {"max_pixels": pixels}, needed
            return


def _tiny(config: Config, data: Dataset, load: Load) -> int:
    """Measured: it takes a second."""
    tiny = replace(config, model="tiny", max_length=MAX_LENGTH[0], token_budget=None)
    branches = open_branches(model_options(tiny))
    pairs = [data.pairs[r] for r in load.rows]
    batch = pairs, [branches.encode(pair) for pair in pairs]
    return measured(tiny, branches, batch, batch)[0].total
