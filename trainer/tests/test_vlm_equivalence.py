"""What packing, prefix sharing and adapters may never change: each family, beside plain padded rows through Transformers' own forward."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

pytest.importorskip("transformers")
pytest.importorskip("peft")

import torch.nn.functional as F
from tiny_vlm import make, pictures
from transformers import AutoModel

from blindfold_trainer.data.packed_layout import Layout, Span
from blindfold_trainer.data.packing import pack_row
from blindfold_trainer.models.adapters import Adapters, lora_config
from blindfold_trainer.models.families.registry import FAMILIES
from blindfold_trainer.models.opening import open_branches
from blindfold_trainer.models.options import ModelOptions

RESPONSES = [
    ("It is a red circle, I think.", "It is a blue square and it is shown in the image."),
    ("A circle.", "No."),
    ("What is shown? A blue square, I think.", "It is red."),
]


def scatter(branches, seed: int = 11) -> None:
    """Adapters that do something: fresh ones add nothing."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for role in branches.roles:
            for p in branches.adapters.parameters(role):
                p.normal_(0.0, 0.15, generator=generator)
            branches.heads[role].weight.normal_(0.0, 0.5, generator=generator)


@pytest.fixture(scope="module", params=sorted(FAMILIES))
def kind(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def made(kind, tmp_path_factory):
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp(kind)
    images = pictures(folder, 3)
    branches = open_branches(ModelOptions(model=str(make(kind, folder / "model")), lora_rank=4, lora_alpha=8))
    scatter(branches)
    items = [
        branches.encode_texts(str(i), "What is shown in the image?", both, (images[i],))
        for i, both in enumerate(RESPONSES)
    ]
    # One pair with two images, and one with none.
    items.append(branches.encode_texts("two", "Which of them?", RESPONSES[0], (images[2], images[0])))
    items.append(branches.encode_texts("none", "Which of them?", RESPONSES[1], ()))
    return branches, items, folder / "model"


def reference(branches, folder, role: str):
    """A base of its own under Transformers' attention, with the same adapter."""
    base = AutoModel.from_pretrained(folder, attn_implementation="sdpa").train()
    o = branches.options
    adapters = Adapters(base, lora_config(branches.family.text, o.lora_rank, o.lora_alpha, 0.0), {role: 0})
    adapters.use(role)
    assert adapters.load(role, branches.adapters.state(role)) == []
    base.get_submodule(branches.family.tower).eval()
    head = torch.nn.Linear(branches.heads[role].in_features, 1, bias=False)
    head.load_state_dict(branches.heads[role].state_dict())
    return base, adapters, head


def plain_rewards(branches, base, head, role: str, items) -> torch.Tensor:
    """Two padded rows a pair, images twice, through the forward of the base class."""
    rows, images = [], []
    for side in (0, 1):
        for item in items:
            prompt = item.content.prompts[role]
            rows.append([*prompt.tokens, *item.content.responses[role][side]])
            images += prompt.images
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, : len(row)], mask[i, : len(row)] = torch.tensor(row), 1
    inputs = {}
    if images:
        pixels = [branches.pictures[key].pixels for key in images]
        if branches.family.model_type == "smolvlm":
            # One sample a tile: this class takes images in any grouping.
            pixels = [{n: t.transpose(0, 1) for n, t in p.items()} for p in pixels]
        inputs = {name: torch.cat([p[name] for p in pixels]) for name in pixels[0]}
        types = (ids == branches.family.image_token(base)).int()
        if branches.family.model_type.startswith("qwen"):
            inputs["mm_token_type_ids"] = types
        if branches.family.model_type == "gemma3":
            inputs["token_type_ids"] = types
    hidden = base(input_ids=ids, attention_mask=mask, use_cache=False, **inputs).last_hidden_state
    rewards = head(hidden[torch.arange(len(rows)), mask.sum(1) - 1])[:, 0]
    return torch.stack(rewards.chunk(2), 1).flatten()


# Sums of floats taken in another order, which each processor has its own of. What the controls below change is 1,000 times as large.
ROUNDING = 32 * torch.finfo(torch.float32).eps


def loss_of(rewards: torch.Tensor) -> torch.Tensor:
    both = rewards.view(-1, 2)
    return F.softplus(both[:, 1] - both[:, 0]).mean()


def gradients(named: dict) -> dict:
    return {name: p.grad.clone() for name, p in named.items() if p.grad is not None}


def clear(branches) -> None:
    for p in branches.parameters():
        p.grad = None


@pytest.mark.parametrize("role", ["mm", "proxy"])
def test_a_packed_row_is_two_plain_rows(made, role):
    branches, items, folder = made
    clear(branches)
    base, adapters, head = reference(branches, folder, role)
    plain = plain_rewards(branches, base, head, role, items)
    loss_of(plain).backward()
    packed = branches.rewards(role, items)
    loss_of(packed).backward()
    assert plain.std() > 0.05, "rewards that hardly differ would prove nothing"
    assert (plain - packed).abs().max() <= ROUNDING * max(1.0, plain.abs().max().item())
    ours, theirs = gradients(branches.adapters.named(role)), gradients(adapters.named(role))
    assert set(ours) == set(theirs) and ours
    for name, grad in theirs.items():
        assert (ours[name] - grad).norm() <= 1e-5 * grad.norm() + 1e-9, name
    ours, theirs = branches.heads[role].weight.grad, head.weight.grad
    assert (ours - theirs).norm() <= 1e-5 * theirs.norm()
    clear(branches)


def test_controls_that_must_fail_do(made):
    branches, items, _ = made
    contents = [item.content for item in items[:3]]
    row = pack_row([c.prompts["mm"] for c in contents], [c.responses["mm"] for c in contents], branches.device)
    with torch.no_grad():
        right = branches.read("mm", row)
        leaking = Layout([Span(s.start, s.prefix, (sum(s.responses),), s.blocks) for s in row.layout.spans])
        leaked = branches.read("mm", replace(row, layout=leaking))
        running = torch.arange(row.tokens.shape[1]).expand(row.positions.shape)
        moved = branches.read("mm", replace(row, positions=running))
    # The chosen response sees nothing more; the rejected one sees the chosen one.
    torch.testing.assert_close(leaked[0::2], right[0::2])
    assert (leaked[1::2] - right[1::2]).abs().max() > 0.01
    assert (moved - right).abs().max() > 0.01


def test_the_image_moves_the_multimodal_reward_and_not_that_of_the_proxy(made):
    branches, items, _ = made
    other = branches.encode_texts(
        "other",
        "What is shown in the image?",
        RESPONSES[0],
        (branches.pictures.path(items[1].content.prompts["mm"].images[0]),),
    )
    with torch.no_grad():
        assert (branches.rewards("mm", [other]) - branches.rewards("mm", items[:1])).abs().max() > 1e-3
        assert torch.equal(branches.rewards("proxy", [other]), branches.rewards("proxy", items[:1]))


def test_what_else_is_in_a_pack_changes_nothing(made):
    branches, items, _ = made
    clear(branches)
    for role in branches.roles:
        together = branches.rewards(role, items)
        loss_of(together).backward()
        whole = gradients(branches.adapters.named(role))
        clear(branches)
        parts = []
        for part in ([items[4]], items[2:4], items[:2]):
            rewards = branches.rewards(role, part)
            (loss_of(rewards) * len(part) / len(items)).backward()
            parts.insert(0, rewards)
        assert (torch.cat([parts[0], parts[1], parts[2]]) - together).abs().max() <= ROUNDING * max(1.0, together.abs().max().item())
        for name, grad in gradients(branches.adapters.named(role)).items():
            assert (grad - whole[name]).norm() <= 2e-5 * whole[name].norm() + 1e-9, name
        clear(branches)


def test_branches_are_trained_apart(made):
    branches, items, folder = made
    clear(branches)
    loss_of(branches.rewards("mm", items[:3])).backward()
    assert not gradients(branches.adapters.named("proxy")) and branches.heads["proxy"].weight.grad is None
    alone = gradients(branches.adapters.named("mm"))
    assert len(alone) == len(branches.adapters.named("mm"))
    assert all(p.grad is None for n, p in branches.bases["mm"].named_parameters() if "lora_" not in n)
    clear(branches)
    # Both forward passes before one backward: switching must cost the first one nothing.
    text = branches.rewards("proxy", items[:3])
    mm = branches.rewards("mm", items[:3])
    (loss_of(text) + loss_of(mm)).backward()
    assert len(gradients(branches.adapters.named("proxy"))) == len(branches.adapters.named("proxy"))
    for name, grad in gradients(branches.adapters.named("mm")).items():
        torch.testing.assert_close(grad, alone[name], rtol=0, atol=0)
    clear(branches)
    # Without the proxy: the same model, bit for bit.
    only = open_branches(replace(branches.options, roles=("mm",)))
    only.load_state({name: t for name, t in branches.state().items() if name.startswith("mm.")})
    again = [only.encode_texts("0", "What is shown in the image?", RESPONSES[0], tuple(branches.pictures.path(k) for k in
             items[0].content.prompts["mm"].images))]  # fmt: skip
    with torch.no_grad():
        assert torch.equal(only.rewards("mm", again), branches.rewards("mm", items[:1]))


def test_activations_computed_again_use_the_adapter_of_their_forward_pass(made):
    branches, items, _ = made

    def both_then_backward() -> dict:
        clear(branches)
        text, mm = branches.rewards("proxy", items[:3]), branches.rewards("mm", items[:3])
        (loss_of(text) + loss_of(mm)).backward()
        found = gradients(branches._named())
        clear(branches)
        return found

    usual = both_then_backward()
    base = branches.bases["mm"]
    branches.adapters.checkpoint()
    try:
        assert any(getattr(m, "gradient_checkpointing", False) for m in base.modules())
        again = both_then_backward()
    finally:
        base.gradient_checkpointing_disable()
    assert set(again) == set(usual)
    for name, grad in usual.items():
        assert (again[name] - grad).norm() <= 1e-6 * grad.norm() + 1e-9, name
