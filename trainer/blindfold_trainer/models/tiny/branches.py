"""The built-in tiny model as branches: two whole models, both trained entirely."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from blindfold_trainer.data.messages import Message
from blindfold_trainer.data.pairs import Pair
from blindfold_trainer.models.branches import Branches, Encoded
from blindfold_trainer.models.options import ModelOptions, Role
from blindfold_trainer.models.tiny.batches import load_image
from blindfold_trainer.models.tiny.hashed_vocabulary import encode
from blindfold_trainer.models.tiny.network import Architecture, TinyRewardModel
from blindfold_trainer.models.tiny.saved_model import base_hash, load_base, save_model
from blindfold_trainer.protocol.errors import TrainerError

#: Rate of the reward head relative to that of the body. The head starts from nothing on a pretrained body whose features
#: nearly line up in one direction, and by chance points along it or against it. At an equal rate a head that points
#: against it stays wrong for an epoch; meanwhile the proxy learns, the SFC falls, and the MM-RM may never recover.
HEAD_RATE = 10.0


@dataclass(frozen=True)
class _Content:
    #: Word numbers, one array a response.
    rows: tuple[np.ndarray, ...]
    #: uint8 [3, size, size] each; pairs that show one picture share the array.
    images: tuple[np.ndarray, ...]


class TinyBranches(Branches):
    @classmethod
    def of(cls, model: TinyRewardModel, role: Role, max_length: int, proxy_input: str | None) -> TinyBranches:
        """One trained model, ready to score."""
        branches = cls(ModelOptions(roles=(role,), max_length=max_length, proxy_input=proxy_input or "drop"))
        branches.models[role] = model
        branches.train(False)
        return branches

    def __init__(self, options: ModelOptions):
        self.options = options
        self.roles = tuple(role for role in ("proxy", "mm") if role in options.roles)
        self.device = torch.device("cpu")
        self.models = nn.ModuleDict()
        # The proxy starts the same way whether or not there is an MM-RM beside it, and so ends with the same weights.
        for number, role in enumerate(("mm", "proxy")):
            if role in self.roles:
                self.models[role] = load_base()
                self.models[role].reset_head(torch.Generator().manual_seed(2 * options.seed + number))
        self._pictures: dict[str, np.ndarray] = {}
        size = Architecture().image_size
        self._blank = np.full((3, size, size), 255, np.uint8)

    def encode_texts(
        self,
        id: str,
        prompt: str,
        responses: Sequence[str],
        images: Sequence[Path],
        messages: Sequence[Message] | None = None,
    ) -> Encoded:
        # It reads one text, then the images: it has no places among words.
        rows, notes = [], []
        for response in responses:
            numbers, cut = encode(prompt, response, self.options.max_length)
            rows.append(np.array(numbers, np.int64))
            if cut and "TEXT_CUT" not in notes:
                notes.append("TEXT_CUT")
        if not images:
            notes.append("NO_IMAGE")
        # A proxy alone opens no picture.
        seen = tuple(self._picture(path) for path in images) if "mm" in self.roles else ()
        return Encoded(id, len(rows), tuple(notes), _Content(tuple(rows), seen))

    def _picture(self, path: Path) -> np.ndarray:
        key = os.fspath(path)
        if key not in self._pictures:
            self._pictures[key] = load_image(path, Architecture().image_size)
        return self._pictures[key]

    def _images(self, item: Encoded, role: Role) -> tuple[np.ndarray, ...]:
        if role == "mm":
            return item.content.images
        return (self._blank,) if self.options.proxy_input == "blank" else ()

    def cost(self, item: Encoded, role: Role) -> int:
        content: _Content = item.content
        each = len(self._images(item, role)) * Architecture().image_tokens
        return sum(len(row) + each for row in content.rows)

    def show(self, item: Encoded, role: Role, pair: Pair) -> dict:
        content: _Content = item.content
        images = len(self._images(item, role))
        return {
            "texts": [f"[REWARD] {pair.prompt} [SEPARATOR] {r}" + " <image>" * images for r in (pair.chosen, pair.rejected)],
            "tokens": [row.tolist() for row in content.rows],
            "image_tokens": images * Architecture().image_tokens,
            "reward_at": "the first token",
        }

    def rewards(self, role: Role, items: Sequence[Encoded]) -> Tensor:
        model = self.models[role]
        rows = [row for item in items for row in item.content.rows]
        tokens = np.zeros((len(rows), max(map(len, rows))), np.int64)
        for line, row in zip(tokens, rows):
            line[: len(row)] = row
        pictures = [self._images(item, role) for item in items]
        most = max(map(len, pictures))
        if most == 0:
            return model(torch.from_numpy(tokens), None, None)
        size, a = Architecture().image_size, model.architecture
        images = np.zeros((len(items), most, 3, size, size), np.uint8)
        has = np.zeros((len(items), most), bool)
        for i, seen in enumerate(pictures):
            for j, picture in enumerate(seen):
                images[i, j], has[i, j] = picture, True
        # A picture is encoded once for all responses to it.
        owner = torch.tensor([i for i, item in enumerate(items) for _ in range(item.responses)])
        features = model.image_features(torch.from_numpy(images).flatten(0, 1)).view(len(items), most, -1, a.width)
        return model(torch.from_numpy(tokens), features[owner], torch.from_numpy(has)[owner])

    def parameter_groups(self) -> list[dict]:
        named = list(self.models.named_parameters())
        heads = [p for name, p in named if name.endswith(".head.weight")]
        body = [p for name, p in named if not name.endswith(".head.weight")]
        return [{"params": body, "rate": 1.0, "name": "body"}, {"params": heads, "rate": HEAD_RATE, "name": "heads"}]

    def role_parameters(self, role: Role) -> list[Tensor]:
        return list(self.models[role].parameters())

    def state(self) -> dict[str, Tensor]:
        return {name: tensor.contiguous() for name, tensor in self.models.state_dict().items()}

    def load_state(self, state: dict[str, Tensor]) -> None:
        try:
            self.models.load_state_dict(state)
        except RuntimeError as error:
            message = f"The saved state does not fit the model: {error}."
            raise TrainerError("MODEL_INVALID", message, "Use the state of this run.") from error

    def train(self, mode: bool = True) -> None:
        self.models.train(mode)

    def describe(self) -> dict:
        trained = sum(p.numel() for p in self.models.parameters())
        return {
            "name": "tiny",
            "family": "tiny",
            "base_sha256": base_hash(),
            "dtype": "float32",
            "parameters": trained,
            "trained": trained,
        }

    def save(self, role: Role, folder: Path, facts: dict) -> str:
        return save_model(
            self.models[role],
            folder,
            role=role,
            options=facts["training"],
            config_hash=facts["config_sha256"],
            data_hash=facts["data_sha256"],
        )
