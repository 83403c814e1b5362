"""What the training loop knows of a model: one or two branches that turn encoded pairs into rewards.

The built-in tiny model and every vision-language family stand behind the same `Branches`; the loop asks for margins with a graph,
calls `backward`, and never looks at tokens, images or adapters.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from blindfold_trainer.data.messages import Message
from blindfold_trainer.data.pairs import Pair
from blindfold_trainer.models.options import Role
from blindfold_trainer.parallel.world import World


@dataclass(frozen=True)
class Encoded:
    """One prompt with its images and responses, ready for the model; a pair has two responses, the chosen one first."""

    id: str
    #: Number of responses.
    responses: int
    #: What a person should know: `TEXT_CUT`, `NO_IMAGE`.
    notes: tuple[str, ...]
    #: What the branches made of it; nobody else looks inside.
    content: Any


class Branches(ABC):
    """The branches of one run: `mm` sees the images, `proxy` never does.

    The order of a step is: margins("proxy", ...), backward, margins("mm", ...), backward. Gradients are those of the joint loss,
    because no parameter is shared and the weights of pairs are detached; the activations of the two never exist at once.
    Gradients add up over calls, so that a batch can be cut into packs that fit the memory.
    """

    #: The roles there are, the proxy first: the order in which they are trained.
    roles: tuple[Role, ...]
    device: torch.device

    @abstractmethod
    def encode_texts(
        self,
        id: str,
        prompt: str,
        responses: Sequence[str],
        images: Sequence[Path],
        messages: Sequence[Message] | None = None,
    ) -> Encoded:
        """Reads the images too, so that nothing is found missing later. `messages` are the prompt's turns, where they are not one turn
        of all images and then the text.

        Raises TrainerError IMAGE_MISSING, IMAGE_UNREADABLE, or TOO_LONG where the longest row does not fit `max_length`
        (the tiny model cuts the text instead and notes it).
        """

    def encode(self, pair: Pair) -> Encoded:
        return self.encode_texts(pair.id, pair.prompt, (pair.chosen, pair.rejected), pair.paths, pair.messages)

    @abstractmethod
    def cost(self, item: Encoded, role: Role) -> int:
        """Tokens this item uses in a pack; counts towards the token budget."""

    @abstractmethod
    def show(self, item: Encoded, role: Role, pair: Pair) -> dict:
        """For a person: `texts` as they are tokenised, `tokens` of each, and what else decides what the model sees."""

    @abstractmethod
    def rewards(self, role: Role, items: Sequence[Encoded]) -> Tensor:
        """Rewards fp32 [sum of responses], item by item, with a graph unless under `torch.no_grad`.

        What else is in `items` changes a reward by rounding alone. One forward pass: the caller cuts packs by `cost`.
        """

    def margins(self, role: Role, pairs: Sequence[Encoded]) -> Tensor:
        """r(chosen) - r(rejected) fp32 [pairs], in log-odds, with a graph."""
        both = self.rewards(role, pairs).view(len(pairs), 2)
        return both[:, 0] - both[:, 1]

    @abstractmethod
    def parameter_groups(self) -> list[dict]:
        """For an optimiser: `{"params": [...], "rate": what the learning rate is multiplied with, "name": ...}`, in a fixed order."""

    def parameters(self) -> list[Tensor]:
        """All that is trained, in a fixed order."""
        return [p for group in self.parameter_groups() for p in group["params"]]

    #: Whether several processes hold the weights together: then all of them make every pass, save and evaluate.
    sharded = False

    def shard(self, world: World) -> None:
        """Lets the processes hold the weights together, where there is anything to gain: before the optimiser is made."""
        return

    @abstractmethod
    def role_parameters(self, role: Role) -> list[Tensor]:
        """What is trained of one branch. No parameter belongs to two."""

    @abstractmethod
    def state(self) -> dict[str, Tensor]:
        """Everything that training changes, by name, for a checkpoint: no frozen weight. Shared weights come as they are shared."""

    @abstractmethod
    def load_state(self, state: dict[str, Tensor]) -> None:
        """Puts a `state` back. A missing or unexpected name is MODEL_INVALID."""

    @abstractmethod
    def train(self, mode: bool = True) -> None:
        """Dropout on or off."""

    @abstractmethod
    def describe(self) -> dict:
        """For the `start` event and model cards: name, family, base hash or revision, dtype, trained and frozen parameters."""

    @abstractmethod
    def save(self, role: Role, folder: Path, facts: dict) -> str:
        """Writes one branch alone, with its head; gives the folder's name. Where weights are shared, the first process alone writes.

        `facts` are the run's: `training` (options), `config_sha256`, `data_sha256`, and what else the card shall say
        (`metrics`, `reward_mean`, `reward_std`).
        """
