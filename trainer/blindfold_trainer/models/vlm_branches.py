"""Vision-language models as branches: one frozen base with two adapters and two heads, or two models trained entirely."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from blindfold_trainer.data.messages import Message, turns_of
from blindfold_trainer.data.packing import Prompt, Row, pack_row
from blindfold_trainer.data.pairs import Pair
from blindfold_trainer.data.picture_decoder import RULE
from blindfold_trainer.data.prepared_pictures import BLANK, Pictures
from blindfold_trainer.models.adapters import Adapters, lora_config
from blindfold_trainer.models.branches import Branches, Encoded
from blindfold_trainer.models.families.base import Features
from blindfold_trainer.models.loading import Loaded
from blindfold_trainer.models.options import ModelOptions, Role
from blindfold_trainer.models.vision_cache import VisionCache
from blindfold_trainer.models.vlm_saving import card_of, write_branch
from blindfold_trainer.parallel.sharding import gathered, is_shared, like, shard
from blindfold_trainer.parallel.world import World
from blindfold_trainer.protocol.errors import TrainerError


@dataclass(frozen=True)
class VlmContent:
    """What the branches here make of one prompt with its responses, by role."""

    prompts: dict[str, Prompt]
    #: Tokens of each response; where responses begin alike, the beginning is in the prompt.
    responses: dict[str, tuple[tuple[int, ...], ...]]


class VlmBranches(Branches):
    def __init__(self, loaded: Loaded, options: ModelOptions):
        self.loaded, self.options, self.family = loaded, options, loaded.family
        self.world = World()
        self.roles = tuple(role for role in ("proxy", "mm") if role in options.roles)
        base = loaded.base
        self.device = base.get_input_embeddings().weight.device
        self.chat = loaded.chat
        self._image_token = self.family.image_token(base)
        width = base.config.get_text_config().hidden_size
        self.heads = nn.ModuleDict()
        for number, role in enumerate(("mm", "proxy")):
            if role in self.roles:
                head = nn.Linear(width, 1, bias=False, dtype=torch.float32)
                generator = torch.Generator().manual_seed(4 * options.seed + number)
                with torch.no_grad():
                    head.weight.normal_(0.0, 1.0 / (width + 1), generator=generator)
                self.heads[role] = head.to(self.device)
        self.adapters: Adapters | None = None
        self.bases: dict[str, nn.Module] = {}
        if options.tuning == "full":
            self._train_all(base)
        else:
            config = lora_config(self.family.text, options.lora_rank, options.lora_alpha, options.lora_dropout)
            seeds = {role: 4 * options.seed + (2 if role == "mm" else 3) for role in self.roles}
            self.adapters = Adapters(base, config, seeds)
            self.bases = dict.fromkeys(self.roles, base)
            if options.gradient_checkpointing:
                self.adapters.checkpoint()
        self.pictures = Pictures(self.chat)
        self._blank: Features | None = None
        self.cache: VisionCache | None = None
        if options.vision_cache is not None and "mm" in self.roles:
            if options.tuning == "full":
                raise TrainerError(
                    "CONFIG_INVALID",
                    "Features of images change where the projector is trained.",
                    "Leave the vision cache out, or choose tuning lora.",
                    field="vision_cache",
                )
            settings = json.dumps(loaded.chat.image_processor.to_dict(), sort_keys=True, default=str)
            identity = f"{loaded.identity['fingerprint']} {loaded.identity['revision']} {base.dtype} {settings} {RULE}"
            self.cache = VisionCache(options.vision_cache, options.vision_cache_bytes, identity)
        self.train()

    def _train_all(self, base: nn.Module) -> None:
        """A model for each branch; the vision tower stays frozen, language model and projector are trained."""
        for role in self.roles:
            own = base if role == self.roles[-1] else copy.deepcopy(base)
            own.requires_grad_(False)
            self.family.text_model(own).requires_grad_(True)
            if self.family.projector and role == "mm":
                own.get_submodule(self.family.projector).requires_grad_(True)
            if self.options.gradient_checkpointing:
                own.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
            self.bases[role] = own

    # Encoding

    def encode_texts(
        self,
        id: str,
        prompt: str,
        responses: Sequence[str],
        images: Sequence[Path],
        messages: Sequence[Message] | None = None,
    ) -> Encoded:
        prompts: dict[str, Prompt] = {}
        answers: dict[str, tuple[tuple[int, ...], ...]] = {}
        notes = [] if images else ["NO_IMAGE"]
        for role in self.roles:
            keys = self._shown(role, images)
            pictures = [self.pictures[key] for key in keys]
            rendered = self.chat.render(self._turns(role, prompt, len(images), messages), responses, pictures)
            pixels = [picture.pixels for picture in pictures]
            longest = len(rendered.prefix) + max(map(len, rendered.responses))
            if longest > self.options.max_length:
                raise TrainerError(
                    "TOO_LONG",
                    f"The pair {id} has {longest} tokens; {self.options.max_length} fit.",
                    "Raise max_length, or lower max_pixels.",
                )
            if rendered.broken and "MARKS_BROKEN" not in notes:
                notes.append("MARKS_BROKEN")
            # One token of the response after the prefix tells where responses begin.
            tokens = (*rendered.prefix, rendered.responses[0][0])
            positions = self.family.positions(self.bases[role], tokens, pixels)
            prompts[role] = Prompt(
                rendered.prefix,
                positions[:, :-1],
                int(positions[0, -1]),
                keys,
                self.family.blocks(rendered.prefix, self._image_token),
            )
            answers[role] = rendered.responses
        return Encoded(id, len(responses), tuple(notes), VlmContent(prompts, answers))

    def _shown(self, role: Role, images: Sequence[Path]) -> tuple[str, ...]:
        """Keys of the pictures that a role is shown."""
        if role == "proxy":
            return (BLANK,) if self.options.proxy_input == "blank" else ()
        return tuple(self.pictures.key(path) for path in images)

    def _turns(self, role: Role, prompt: str, images: int, messages: Sequence[Message] | None) -> Sequence[Message]:
        """What a role reads. The proxy reads the prompt as one text, as every text-only proxy of the app, below the blank image if any."""
        if role == "proxy":
            return turns_of(prompt, int(self.options.proxy_input == "blank"))
        return turns_of(prompt, images) if messages is None else messages

    def show(self, item: Encoded, role: Role, pair: Pair) -> dict:
        content: VlmContent = item.content
        prefix, answers = content.prompts[role], content.responses[role]
        pictures = [self.pictures[key] for key in prefix.images]
        return {
            "texts": self.chat.texts(
                self._turns(role, pair.prompt, len(pair.paths), pair.messages), (pair.chosen, pair.rejected), pictures
            ),
            "tokens": [[*prefix.tokens, *answer] for answer in answers],
            "shared_tokens": len(prefix.tokens),
            "image_tokens": prefix.tokens.count(self._image_token),
            "image_token": self.chat.tokenizer.convert_ids_to_tokens(self._image_token),
            "ending": self.chat.ending,
            "reward_at": f"the last token, {self.chat.tokenizer.convert_ids_to_tokens(answers[0][-1])}",
            "first_position_of_responses": prefix.following,
        }

    # Rewards

    def cost(self, item: Encoded, role: Role) -> int:
        content: VlmContent = item.content
        return len(content.prompts[role].tokens) + sum(map(len, content.responses[role]))

    def rewards(self, role: Role, items: Sequence[Encoded]) -> Tensor:
        contents: list[VlmContent] = [item.content for item in items]
        return self.read(
            role, pack_row([c.prompts[role] for c in contents], [c.responses[role] for c in contents], self.device)
        )

    def read(self, role: Role, row: Row) -> Tensor:
        """Rewards fp32 [responses] of a packed row."""
        if self.adapters is not None:
            self.adapters.use(role)
        base = self.bases[role]
        known = self._features(base, dict.fromkeys(row.images))
        embedded, beside = self.family.embed(base, row.tokens, [known[key] for key in row.images])
        return self._scored(role, row, embedded, beside)

    def shape_of(self, role: Role, items: Sequence[Encoded]) -> Tensor:
        """`rewards` of branches without weights, images taken as seen: tensors of the same sizes come and go."""
        contents: list[VlmContent] = [item.content for item in items]
        row = pack_row([c.prompts[role] for c in contents], [c.responses[role] for c in contents], self.device)
        if self.adapters is not None:
            self.adapters.use(role)
        base = self.bases[role]
        at = row.tokens == self._image_token
        embedded = base.get_input_embeddings()(row.tokens.masked_fill(at, 0))
        tokens = sum(c.prompts[role].tokens.count(self._image_token) for c in contents)
        # Kept until the rewards are there, as features are.
        seen = torch.empty(tokens, embedded.shape[-1], dtype=embedded.dtype, device=self.device)
        if tokens:
            embedded = embedded.masked_scatter(at[..., None], seen)
        return self._scored(role, row, embedded, {})

    def _scored(self, role: Role, row: Row, embedded: Tensor, beside: dict) -> Tensor:
        base = self.bases[role]
        hidden = self.family.text_model(base)(
            inputs_embeds=embedded,
            # Families that count in one dimension have no axis for it.
            position_ids=row.positions if row.positions.shape[0] > 1 else row.positions[0],
            attention_mask=None,
            use_cache=False,
            prefix_layout=row.layout,
            **beside,
        ).last_hidden_state
        return self.heads[role](hidden[0][row.last].float())[:, 0]

    def _features(self, base: nn.Module, keys: dict[str, None]) -> dict[str, Features]:
        """Features of each image once, however many prompts show it."""
        trained = self.options.tuning == "full"
        found: dict[str, Features] = {}
        if not trained:
            if BLANK in keys and self._blank is not None:
                found[BLANK] = self._blank
            if self.cache is not None:
                kept = {key: self.cache.get(key) for key in keys if key != BLANK}
                found |= {k: {n: t.to(self.device) for n, t in f.items()} for k, f in kept.items() if f is not None}
        missing = [key for key in keys if key not in found]
        if missing:
            pixels = [{n: t.to(self.device) for n, t in self.pictures[key].pixels.items()} for key in missing]
            pixels = [{n: t.to(base.dtype) if t.is_floating_point() else t for n, t in p.items()} for p in pixels]
            with torch.set_grad_enabled(trained and torch.is_grad_enabled()):
                new = dict(zip(missing, self.family.features(base, pixels), strict=True))
            found |= new
            if not trained:
                self._blank = new.get(BLANK, self._blank)
                for key, features in new.items():
                    if self.cache is not None and key != BLANK:
                        self.cache.put(key, features)
        return found

    # Training

    def shard(self, world: World) -> None:
        """Full tuning: the layers of both language models are shared. What is left (embeddings, projector, heads) every process has."""
        if world.size == 1 or self.options.tuning != "full":
            return
        self.world, self.sharded = world, True
        for role in self.roles:
            shard(self.family.text_model(self.bases[role]).layers, self.device, world.size)

    def _trained(self, role: Role) -> dict[str, nn.Parameter]:
        if self.adapters is not None:
            return self.adapters.named(role)
        return {name: p for name, p in self.bases[role].named_parameters() if p.requires_grad}

    def parameter_groups(self) -> list[dict]:
        body = [p for role in self.roles for p in self._trained(role).values()]
        heads = [self.heads[role].weight for role in self.roles]
        groups = [
            ("shared", [p for p in body if is_shared(p)], 1.0),
            ("body", [p for p in body if not is_shared(p)], 1.0),
        ]
        groups.append(("heads", heads, 10.0))
        return [{"params": params, "rate": rate, "name": name} for name, params, rate in groups if params]

    def role_parameters(self, role: Role) -> list[Tensor]:
        return [*self._trained(role).values(), self.heads[role].weight]

    def _named(self) -> dict[str, Tensor]:
        named = {f"{role}.{name}": p for role in self.roles for name, p in self._trained(role).items()}
        return named | {f"{role}.score.weight": self.heads[role].weight for role in self.roles}

    def state(self) -> dict[str, Tensor]:
        return {name: p.detach() if is_shared(p) else p.detach().contiguous() for name, p in self._named().items()}

    def load_state(self, state: dict[str, Tensor]) -> None:
        ours = self._named()
        wrong = sorted(set(ours) ^ set(state)) or [n for n, p in ours.items() if p.shape != state[n].shape]
        if wrong:
            message = f"The saved state does not fit the model: {', '.join(wrong[:5])}."
            raise TrainerError("MODEL_INVALID", message, "Use the state of this run.")
        with torch.no_grad():
            for name, p in ours.items():
                p.copy_(like(state[name], p))

    def train(self, mode: bool = True) -> None:
        for base in self.bases.values():
            base.train(mode)
            # Frozen, and its features may be kept: it never drops anything out.
            base.get_submodule(self.family.tower).eval()

    def describe(self) -> dict:
        trained = sum(p.numel() for p in self.parameters())
        bases = {id(b): b for b in self.bases.values()}.values()
        total = sum(p.numel() for b in bases for p in b.parameters()) + sum(
            h.weight.numel() for h in self.heads.values()
        )
        return {
            "name": self.options.model,
            "family": self.family.title,
            **self.loaded.identity,
            "tuning": self.options.tuning,
            "dtype": str(next(iter(bases)).dtype).removeprefix("torch."),
            "device": str(self.device),
            "parameters": total,
            "trained": trained,
        }

    def save(self, role: Role, folder: Path, facts: dict) -> str:
        card, base = card_of(self.loaded, self.options, role, facts), self.bases[role]
        # Every process takes part in the gathering; the first one alone has all of it and writes.
        weights = gathered(base.state_dict(), self.world.rank == 0) if self.sharded else None
        if self.world.rank > 0:
            return folder.name
        return write_branch(folder, card, base, weights, self.adapters, self.heads[role].weight, self.chat)
