"""The interface that the training loop uses, with the built-in model behind it."""

import pytest
import torch
from conftest import blindfold, make_run
from hypothesis import given
from hypothesis import strategies as st

from blindfold_trainer.data.pairs import read_snapshot
from blindfold_trainer.models.opening import open_branches
from blindfold_trainer.models.options import ModelOptions
from blindfold_trainer.models.passes import pack
from blindfold_trainer.models.tiny.batches import Dataset
from blindfold_trainer.models.tiny.network import margins
from blindfold_trainer.protocol.errors import TrainerError


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    run_dir = make_run(tmp_path_factory.mktemp("backbone"))
    return read_snapshot(run_dir / "train.jsonl", run_dir / "media")


@given(st.lists(st.integers(1, 50)), st.integers(1, 60))
def test_packs_keep_the_order_and_the_budget(costs, budget):
    packs = pack(costs, budget)
    assert [at for one in packs for at in one] == list(range(len(costs)))
    for one in packs:
        assert sum(costs[at] for at in one) <= budget or len(one) == 1
    for one, following in zip(packs, packs[1:]):
        assert sum(costs[at] for at in one) + costs[following[0]] > budget


@pytest.mark.parametrize("proxy_input", ["drop", "blank"])
def test_margins_are_those_of_the_model(pairs, proxy_input):
    branches = open_branches(ModelOptions(max_length=64, proxy_input=proxy_input, seed=5))
    items = [branches.encode(p) for p in pairs[:12]]
    batch = Dataset(pairs, 64).batch(list(range(12)))
    for role, seen in (("mm", batch), ("proxy", blindfold(batch, proxy_input))):
        torch.testing.assert_close(branches.margins(role, items), margins(branches.models[role], seen))


def test_a_proxy_starts_the_same_way_without_an_mm_branch(pairs):
    both = open_branches(ModelOptions(seed=7))
    alone = open_branches(ModelOptions(seed=7, roles=("proxy",)))
    assert both.roles == ("proxy", "mm") and alone.roles == ("proxy",)
    items = [b.encode(pairs[0]) for b in (both, alone)]
    assert torch.equal(both.margins("proxy", items[:1]), alone.margins("proxy", items[1:]))


def test_many_responses_to_one_prompt_get_the_rewards_of_each_alone(pairs):
    branches = open_branches(ModelOptions(max_length=64))
    texts = ("It is red.", "It is green, I think.", "Blue.")
    together = branches.rewards("mm", [branches.encode_texts("a", "Which?", texts, pairs[0].paths)])
    alone = [branches.rewards("mm", [branches.encode_texts("b", "Which?", (t,), pairs[0].paths)]) for t in texts]
    torch.testing.assert_close(together, torch.cat(alone))


def test_a_state_comes_back_and_a_wrong_one_is_refused(pairs):
    branches = open_branches(ModelOptions(seed=1))
    items = [branches.encode(p) for p in pairs[:3]]
    before, state = branches.margins("mm", items), {k: v.clone() for k, v in branches.state().items()}
    for p in branches.parameters():
        p.data.add_(0.01)
    assert not torch.equal(branches.margins("mm", items), before)
    branches.load_state(state)
    assert torch.equal(branches.margins("mm", items), before)
    state.pop(sorted(state)[0])
    with pytest.raises(TrainerError, match="MODEL_INVALID"):
        branches.load_state(state)


def test_a_picture_that_is_missing_is_told_when_a_pair_is_read(pairs, tmp_path):
    branches = open_branches(ModelOptions())
    with pytest.raises(TrainerError, match="IMAGE_MISSING"):
        branches.encode_texts("a", "p", ("x", "y"), (tmp_path / "none.png",))
    assert open_branches(ModelOptions(roles=("proxy",))).encode_texts("a", "p", ("x",), (tmp_path / "none.png",))
