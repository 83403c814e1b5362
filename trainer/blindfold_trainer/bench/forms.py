"""Ways to compute one training step on the same pairs: plain rows with one branch, the paper's two models, and the branches here."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from blindfold_trainer.bench.kept_tensors import Saved
from blindfold_trainer.bench.shapes import IMAGE, Sample, blind, whitened
from blindfold_trainer.data.model_images import Picture
from blindfold_trainer.data.packing import Prompt
from blindfold_trainer.models.adapters import Adapters, lora_config
from blindfold_trainer.models.attention import NAME, kernel_works
from blindfold_trainer.models.branches import Encoded
from blindfold_trainer.models.families.registry import family_of
from blindfold_trainer.models.loading import Loaded
from blindfold_trainer.models.options import ModelOptions, Role
from blindfold_trainer.models.vision_cache import VisionCache
from blindfold_trainer.models.vlm_branches import VlmBranches, VlmContent
from blindfold_trainer.preflight.footprint import Parts, count
from blindfold_trainer.training.losses import bradley_terry, shortcut_failure

RANK, ALPHA = 16, 32.0


def scatter(parameters: Sequence[Tensor], seed: int = 5) -> None:
    """Adapters that do something, the same by `seed`: fresh ones add nothing, and nothing could be compared."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in parameters:
            p.copy_(torch.randn(p.shape, generator=generator) * 0.05)


def loss_of(rewards: Tensor) -> Tensor:
    """Bradley-Terry losses [pairs] of rewards [pairs, 2], the chosen one first."""
    return bradley_terry(rewards[:, 0] - rewards[:, 1])


class Form(ABC):
    """One way to compute a step. `step` does forward and backward passes and leaves gradients; `activations` are bytes kept for them."""

    name: str

    @abstractmethod
    def prepare(self, samples: Sequence[Sample]) -> None:
        """Takes the pairs of the next steps: what a data loader does beside the model."""

    @abstractmethod
    def step(self) -> list[Saved]:
        """One step; what each of its graphs kept. Graphs follow one another, so their maximum counts."""

    @abstractmethod
    def modules(self) -> list[nn.Module]:
        """All weights there are."""

    def unseen(self) -> int:
        """Operations of a step that a counter of operations does not see."""
        return 0

    def clear(self) -> None:
        for module in self.modules():
            module.zero_grad(set_to_none=True)


class Branch:
    """A model of its own with one adapter and a head, read in plain padded rows through Transformers' own forward."""

    def __init__(self, base: nn.Module, head_seed: int):
        self.base = base.train()
        self.base.visual.eval()
        self.adapters = Adapters(base, lora_config("language_model", RANK, ALPHA, 0.0), {"one": 0})
        self.adapters.use("one")
        scatter(self.adapters.parameters("one"))
        width = base.config.get_text_config().hidden_size
        self.head = nn.Linear(width, 1, bias=False, dtype=torch.float32)
        scatter([self.head.weight], head_seed)
        self.device = next(base.parameters()).device
        self.head.to(self.device)

    def batch(self, samples: Sequence[Sample], sides: Sequence[int]) -> dict[str, Tensor]:
        """One padded row for each side of each pair, with the image of each row."""
        rows = [s.prefix + (s.chosen, s.rejected)[side] for side in sides for s in samples]
        ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for i, row in enumerate(rows):
            ids[i, : len(row)], mask[i, : len(row)] = torch.tensor(row), 1
        made = {"input_ids": ids, "attention_mask": mask, "mm_token_type_ids": (ids == IMAGE).int()}
        for name in samples[0].inputs:
            made[name] = torch.cat([s.inputs[name] for _ in sides for s in samples])
        made = {name: t.to(self.device) for name, t in made.items()}
        if "pixel_values" in made:
            made["pixel_values"] = made["pixel_values"].to(self.base.dtype)
        return made

    def rewards(self, batch: dict[str, Tensor]) -> Tensor:
        hidden = self.base(**batch, use_cache=False).last_hidden_state
        last = batch["attention_mask"].sum(1) - 1
        return self.head(hidden[torch.arange(len(last), device=self.device), last].float())[:, 0]


class Plain(Form):
    """A trainer with one branch: two padded rows a pair in one batch, the image computed for each. What trl computes."""

    name = "plain rows, one branch"

    def __init__(self, base: nn.Module):
        self.branch = Branch(base, 7)

    def prepare(self, samples: Sequence[Sample]) -> None:
        self._batch = self.branch.batch(samples, (0, 1))

    def rewards(self) -> Tensor:
        """[pairs, 2]"""
        return torch.stack(self.branch.rewards(self._batch).chunk(2), 1)

    def step(self) -> list[Saved]:
        with Saved(self.modules()) as saved:
            loss = loss_of(self.rewards()).mean()
        loss.backward()
        return [saved]

    def modules(self) -> list[nn.Module]:
        return [self.branch.base, self.branch.head]


class Paper(Form):
    """The form of the paper: two models, four forward passes, one graph. Its logits, which no reward needs, are left out."""

    name = "the paper's form, two models"

    def __init__(self, base: nn.Module, proxy: nn.Module):
        self.mm, self.proxy = Branch(base, 7), Branch(proxy, 8)

    def prepare(self, samples: Sequence[Sample]) -> None:
        white = [whitened(s) for s in samples]
        self._batches = [(self.mm.batch(samples, (side,)), self.proxy.batch(white, (side,))) for side in (0, 1)]

    def step(self) -> list[Saved]:
        with Saved(self.modules()) as saved:
            mm = loss_of(torch.stack([self.mm.rewards(b) for b, _ in self._batches], 1))
            text = loss_of(torch.stack([self.proxy.rewards(b) for _, b in self._batches], 1))
            loss = (shortcut_failure(mm, text) * mm).mean() + text.mean()
        loss.backward()
        return [saved]

    def modules(self) -> list[nn.Module]:
        return [self.mm.base, self.mm.head, self.proxy.base, self.proxy.head]


class Here(Form):
    """Both branches as they are trained here: one frozen base, packed rows that share prefixes, one branch after the other."""

    name = "both branches, shared prefixes"

    def __init__(self, base: nn.Module, cache: Path | None = None):
        family = family_of("qwen2_5_vl")
        assert family is not None
        base.set_attn_implementation({"text_config": NAME})
        identity = {"model": "random", "revision": None, "fingerprint": None}
        options = ModelOptions(model="random", lora_rank=RANK, lora_alpha=ALPHA)
        # Pairs come as tokens and patches: no text is read, so there is no chat.
        self.branches = VlmBranches(Loaded(family, base, None, identity), options)  # type: ignore[arg-type]
        if self.branches.device.type == "meta":
            base.to("meta")  # adapters, which peft makes on the CPU
        for role, head in (("mm", 7), ("proxy", 8)):
            scatter(self.branches._trained(role).values())  # type: ignore[arg-type]
            scatter([self.branches.heads[role].weight], head)
        if cache is not None:
            self.name += ", features from the disk"
            self.branches.cache = VisionCache(cache, 10 * 2**30, "random")

    def prepare(self, samples: Sequence[Sample]) -> None:
        shown = {hashlib.sha256(s.pixels.numpy().tobytes()).hexdigest(): s for s in samples}  # type: ignore[union-attr]
        self.branches.pictures = {key: Picture(s.inputs, "") for key, s in shown.items()}  # type: ignore[assignment]
        self._items = [self._encoded(key, s) for key, s in shown.items()]
        if self.branches.cache is not None:
            # The first epoch fills the cache; the steps that are measured are those after it.
            with torch.no_grad():
                self.branches.rewards("mm", self._items)

    def _encoded(self, key: str, sample: Sample) -> Encoded:
        prompts = {"mm": self._prompt(sample, key), "proxy": self._prompt(blind(sample), None)}
        answers = (sample.chosen, sample.rejected)
        return Encoded(key, 2, (), VlmContent(prompts, {role: answers for role in prompts}))

    def _prompt(self, sample: Sample, key: str | None) -> Prompt:
        pixels = [sample.inputs] if key is not None else []
        base = self.branches.bases["mm"]
        positions = self.branches.family.positions(base, (*sample.prefix, sample.chosen[0]), pixels)
        return Prompt(sample.prefix, positions[:, :-1], int(positions[0, -1]), () if key is None else (key,))

    def rewards(self, role: Role = "mm") -> Tensor:
        """[pairs, 2]"""
        return self.branches.rewards(role, self._items).view(-1, 2)

    def step(self) -> list[Saved]:
        with Saved(self.modules()) as first:
            text = loss_of(self.rewards("proxy"))
        text.mean().backward()
        with Saved(self.modules()) as second:
            mm = loss_of(self.rewards("mm"))
            loss = (shortcut_failure(mm, text) * mm).mean()
        loss.backward()
        return [first, second]

    def unseen(self) -> int:
        """Attention in the kernel: scores and their sums over values, of each query with every key before it; backward is twice forward."""
        base = self.branches.bases["mm"]
        if self.branches.device.type != "cuda" or not kernel_works(self.branches.device, base.dtype):
            return 0
        text = base.config.get_text_config()
        seen = 0
        for item in self._items:
            for role in self.branches.roles:
                prefix = len(item.content.prompts[role].tokens)
                seen += prefix * (prefix + 1) // 2
                seen += sum(n * prefix + n * (n + 1) // 2 for n in map(len, item.content.responses[role]))
        return 3 * 4 * seen * text.hidden_size * text.num_hidden_layers

    def estimate(self) -> Parts:
        """What preflight tells of this step; for a form that was built on the device `meta`."""
        branches = self.branches
        return count(branches.options, branches, {role: [list(self._items)] for role in branches.roles})

    def modules(self) -> list[nn.Module]:
        return [self.branches.bases["mm"], self.branches.heads]
