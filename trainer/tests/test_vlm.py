"""Vision-language models as branches: what they read, what they refuse, and features kept on the disk."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

pytest.importorskip("transformers")
pytest.importorskip("peft")

import transformers
from test_vlm_equivalence import RESPONSES, scatter
from tiny_vlm import make, pictures

from blindfold_trainer.data.chat import Chat
from blindfold_trainer.data.packed_layout import Layout, Span
from blindfold_trainer.data.packing import shared_prefix
from blindfold_trainer.evaluation.inspection import inspect, inspect_pair
from blindfold_trainer.models import vision_cache
from blindfold_trainer.models.attention import _by_spans, agrees
from blindfold_trainer.models.families.registry import FAMILIES
from blindfold_trainer.models.opening import open_branches
from blindfold_trainer.models.options import ModelOptions
from blindfold_trainer.models.vision_cache import VisionCache
from blindfold_trainer.protocol.errors import TrainerError

#: Transformers' own processor of each family, which lays out an image too.
PROCESSORS = {
    "qwen2_5_vl": "Qwen2_5_VLProcessor",
    "qwen3_vl": "Qwen3VLProcessor",
    "internvl": "InternVLProcessor",
    "smolvlm": "SmolVLMProcessor",
    "gemma3": "Gemma3Processor",
    "llava": "LlavaProcessor",
}
PROMPT = "What is shown in the image?"


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Models by family, made when first asked for."""
    torch.set_num_threads(1)
    made = {}

    def get(kind):
        if kind not in made:
            folder = tmp_path_factory.mktemp(kind)
            branches = open_branches(ModelOptions(model=str(make(kind, folder / "model")), lora_rank=4))
            scatter(branches)
            made[kind] = branches, pictures(folder, 3, seed=4)
        return made[kind]

    return get


@pytest.mark.parametrize("kind", sorted(FAMILIES))
def test_an_image_stands_as_in_the_processor_of_the_family(models, kind):
    branches, images = models(kind)
    chat, family = branches.chat, branches.family
    official = getattr(transformers, PROCESSORS[kind]).replace_image_token
    tok, settings = chat.tokenizer, chat.settings
    for path in images:
        from PIL import Image

        processed = chat.image_processor(images=[Image.open(path)], return_tensors="pt", **family.image_options)
        stand = SimpleNamespace(
            image_processor=chat.image_processor,
            image_token=family.marker(tok),
            fake_image_token="<fake_token_around_image>",
            global_image_token="<global-img>",
            start_image_token="<img>",
            end_image_token="</img>",
            full_image_sequence=f"\n\n<start_of_image>{'<image_soft_token>' * 4}<end_of_image>\n\n",
            **{k: v for k, v in settings.items() if k in ("image_seq_length", "image_seq_len")},
            patch_size=settings.get("patch_size"),
            num_additional_image_tokens=settings.get("num_additional_image_tokens"),
            vision_feature_select_strategy=settings.get("vision_feature_select_strategy"),
        )
        inputs = {**processed, "num_patches": [processed["pixel_values"].shape[0]], "num_crops": [0]}
        assert family.placeholder(processed, tok, settings) == official(stand, inputs, 0)


@pytest.mark.parametrize("kind", sorted(FAMILIES))
def test_a_conversation_is_read_as_one_text(models, kind):
    branches, images = models(kind)
    item = branches.encode_texts("a", PROMPT, RESPONSES[0], images[:1])
    prompt, tok = item.content.prompts["mm"], branches.chat.tokenizer
    whole = branches.chat.texts(PROMPT, RESPONSES[0], [branches.pictures[prompt.images[0]]])
    for text, response in zip(whole, item.content.responses["mm"]):
        tokens = [*prompt.tokens, *response]
        assert tokens.count(tok.bos_token_id) == (1 if tok.bos_token else 0)
        assert tok.decode([t for t in tokens if t != tok.bos_token_id]).removesuffix("</s>") in text.removesuffix(
            "</s>"
        )
        assert tokens[-1] == tok.convert_tokens_to_ids(branches.chat.ending), (
            "the reward is read at the end of the turn"
        )
    # Both begin alike; what is alike is computed once.
    alike = branches.encode_texts("b", PROMPT, ("It is red.", "It is blue."), images[:1]).content
    apart = branches.encode_texts("c", PROMPT, ("Red.", "It is blue."), images[:1]).content
    assert len(alike.prompts["mm"].tokens) > len(apart.prompts["mm"].tokens)


def test_text_that_looks_like_a_control_token_is_text(models):
    branches, images = models("qwen2_5_vl")
    tok = branches.chat.tokenizer
    item = branches.encode_texts("a", "See <|image_pad|>?", ("Yes<|im_end|>", "No"), images[:1])
    assert "MARKS_BROKEN" in item.notes
    prompt = item.content.prompts["mm"]
    features = branches._features(branches.bases["mm"], {prompt.images[0]: None})
    assert prompt.tokens.count(branches._image_token) == features[prompt.images[0]]["tokens"].shape[0]
    end = tok.convert_tokens_to_ids("<|im_end|>")
    assert [r.count(end) for r in item.content.responses["mm"]] == [1, 1]
    assert not branches.encode_texts("b", "Is 3 < 4?", ("Yes", "No"), images[:1]).notes


def test_what_cannot_be_trained_on_is_told_by_id(models, tmp_path):
    branches, images = models("smolvlm")
    short = open_branches(replace(branches.options, max_length=60))
    with pytest.raises(TrainerError, match="TOO_LONG.*pair seven"):
        short.encode_texts("seven", PROMPT, RESPONSES[0], images[:1])
    with pytest.raises(TrainerError, match="IMAGE_MISSING"):
        branches.encode_texts("a", PROMPT, RESPONSES[0], (tmp_path / "none.png",))
    (tmp_path / "bad.png").write_bytes(b"no picture")
    with pytest.raises(TrainerError, match="IMAGE_UNREADABLE"):
        branches.encode_texts("a", PROMPT, RESPONSES[0], (tmp_path / "bad.png",))


def test_a_template_without_a_place_for_the_response_is_refused(models):
    chat = models("llava")[0].chat
    with pytest.raises(TrainerError, match="chat template"):
        Chat(chat.family, chat.tokenizer, chat.image_processor, {**chat.settings, "chat_template": "USER: hello"})


def test_the_blank_image_of_a_proxy_is_the_same_for_all(models):
    branches, images = models("gemma3")
    blank = open_branches(replace(branches.options, proxy_input="blank"))
    items = [blank.encode_texts(str(i), PROMPT, RESPONSES[0], (image,)) for i, image in enumerate(images)]
    with torch.no_grad():
        got = blank.rewards("proxy", items).view(-1, 2)
    torch.testing.assert_close(got[1:], got[:1].expand(2, 2), rtol=0, atol=2e-6)
    assert blank.cost(items[0], "proxy") > branches.cost(branches.encode_texts("a", PROMPT, RESPONSES[0], ()), "proxy")


def test_adapters_and_heads_start_by_the_seed_alone(models):
    branches, _ = models("llava")
    same, other = (open_branches(replace(branches.options, seed=s)) for s in (0, 1))
    alone = open_branches(replace(branches.options, roles=("proxy",)))
    assert all(torch.equal(alone.state()[n], t) for n, t in same.state().items() if n.startswith("proxy."))
    assert not torch.equal(same.state()["mm.score.weight"], other.state()["mm.score.weight"])
    assert not any(torch.equal(t, other.state()[n]) for n, t in same.state().items() if "lora_A" in n)
    groups = same.parameter_groups()
    assert sum(len(g["params"]) for g in groups) == len(same.state())
    assert all(p.dtype == torch.float32 and p.requires_grad for p in same.parameters())
    state = branches.state()
    same.load_state(state)
    assert all(torch.equal(t, state[n]) for n, t in same.state().items())
    with pytest.raises(TrainerError, match="MODEL_INVALID"):
        same.load_state({**state, "mm.extra": torch.ones(1)})


def test_half_precision_keeps_adapters_and_rewards_in_fp32(models):
    branches, images = models("internvl")
    half = open_branches(replace(branches.options, dtype="bfloat16"))
    half.load_state(branches.state())
    items = [half.encode_texts("a", PROMPT, both, images[:1]) for both in RESPONSES]
    got, exact = half.rewards("mm", items), branches.rewards("mm", items)
    assert got.dtype == torch.float32 and all(p.dtype == torch.float32 for p in half.parameters())
    assert (got - exact).abs().max() < 0.15 * exact.std()
    half.margins("mm", items).sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in half.adapters.parameters("mm"))


# Features on the disk


def test_features_from_the_disk_give_the_same_rewards(models, tmp_path, monkeypatch):
    branches, images = models("qwen3_vl")
    kept = open_branches(replace(branches.options, vision_cache=tmp_path / "cache"))
    kept.load_state(branches.state())
    items = [kept.encode_texts(str(i), PROMPT, RESPONSES[0], (image,)) for i, image in enumerate(images)]
    first = kept.rewards("mm", items)
    assert torch.equal(
        first, branches.rewards("mm", [branches.encode_texts("a", PROMPT, RESPONSES[0], (i,)) for i in images])
    )

    def never(*_):
        raise AssertionError("the tower was asked again")

    monkeypatch.setattr(type(kept.family), "features", never)
    assert torch.equal(kept.rewards("mm", items), first)
    monkeypatch.undo()
    # Other weights never read them.
    other = VisionCache(tmp_path / "cache", 10**9, "other weights")
    assert all(other.get(item.content.prompts["mm"].images[0]) is None for item in items)
    assert kept.cache.get(items[0].content.prompts["mm"].images[0]) is not None
    # A damaged file is rebuilt.
    for file in (tmp_path / "cache").glob("*/*.safetensors"):
        file.write_bytes(b"damaged")
    assert torch.equal(kept.rewards("mm", items), first)


def test_features_on_the_disk_keep_to_their_limit(tmp_path, monkeypatch):
    one = {"tokens": torch.ones(100, 10)}
    cache = VisionCache(tmp_path, 42_000, "weights")
    for i in range(10):
        cache.put(f"image {i}", one)
        stamp = 1_000_000 + i
        os.utime(cache._path(f"image {i}"), (stamp, stamp))
    cache.get("image 7")
    cache.put("image 10", one)
    total = sum(p.stat().st_size for p in tmp_path.glob("*/*.safetensors"))
    assert 0 < total <= 42_000 and not list(tmp_path.glob("*/*.tmp"))
    assert cache.get("image 10") is not None and cache.get("image 7") is not None and cache.get("image 0") is None
    assert VisionCache(tmp_path, 42_000, "weights")._size == total
    cache.put("huge", {"tokens": torch.ones(20_000)})
    assert cache.get("huge") is None
    # The last of the disk is for checkpoints.
    monkeypatch.setattr(vision_cache, "_LEFT_FREE", shutil.disk_usage(tmp_path).free * 2)
    cache.put("later", one)
    assert cache.get("later") is None and not list(tmp_path.glob("*/*.tmp"))


def test_pictures_that_memory_has_no_room_for_are_read_again(models, monkeypatch, tmp_path):
    branches, _ = models("llava")
    images = pictures(tmp_path, 3, seed=9)
    items = [branches.encode_texts("a", PROMPT, RESPONSES[0], (image,)) for image in images]
    wanted = branches.rewards("mm", items)
    monkeypatch.setattr("blindfold_trainer.data.prepared_pictures.KEPT", 1)
    short = open_branches(branches.options)
    short.load_state(branches.state())
    items = [short.encode_texts("a", PROMPT, RESPONSES[0], (image,)) for image in images]
    assert len(short.pictures._ready) == 1 and torch.equal(short.rewards("mm", items), wanted)
    images[0].write_bytes(images[1].read_bytes())
    with pytest.raises(TrainerError, match="changed while"):
        short.rewards("mm", items)


# Layouts


def test_the_longest_common_beginning_leaves_every_row_a_token():
    assert shared_prefix([[1, 2, 3], [1, 2, 4]]) == 2
    assert shared_prefix([[1, 2, 3], [1, 2, 3]]) == 2
    assert shared_prefix([[1, 2], [1, 2, 3, 4]]) == 1
    assert shared_prefix([[1, 2, 3]]) == 2
    assert shared_prefix([[1], [2]]) == 0


def test_sequences_for_kernels_are_those_of_the_spans():
    """The one-call form, computed here sequence by sequence with its own indices, is what the spans give."""
    layout = Layout([Span(0, 5, (2, 3, 1)), Span(11, 1, (4,)), Span(16, 3, (1, 2))])
    generator = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(1, heads, 22, 8, generator=generator) for heads in (4, 2, 2))
    index, queries, keys, most_q, most_k = layout.sequences(query.device)
    out = []
    for n in range(len(queries) - 1):
        q = query[:, :, queries[n] : queries[n + 1]]
        k, v = (t[:, :, index[keys[n] : keys[n + 1]]].repeat_interleave(2, 1) for t in (key, value))
        seen = torch.ones(q.shape[2], k.shape[2], dtype=torch.bool).tril(k.shape[2] - q.shape[2])
        out.append(torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=seen, scale=0.3))
        assert q.shape[2] <= most_q and k.shape[2] <= most_k
    spans = _by_spans(query, key, value, layout, None, 0.3, 0.0)
    torch.testing.assert_close(torch.cat(out, 2), spans)
    assert layout.plain(None) and layout.plain(9) and not layout.plain(7)


def test_a_kernel_is_taken_only_where_attention_and_gradients_are_right():
    def right(query, key, value, layout, scaling):
        return _by_spans(query, key, value, layout, None, scaling, 0.0)

    def no_gradient(query, key, value, layout, scaling):
        return right(query, key.detach() + 0 * key, value, layout, scaling)

    def sees_all(query, key, value, layout, scaling):
        return right(query, key, value, Layout([Span(0, 31, (4, 4))]), scaling)

    judged = [agrees(kernel, torch.device("cpu"), torch.bfloat16) for kernel in (right, no_gradient, sees_all)]
    assert judged == [True, False, False]


# Inspection


def test_inspect_shows_a_pair_as_the_model_sees_it(models, tmp_path):
    branches, images = models("qwen2_5_vl")
    pair = {"id": "p7", "prompt": PROMPT, "img_path": images[0].name, "chosen": RESPONSES[0][0], "rejected": "No."}
    (tmp_path / "pairs.jsonl").write_text(json.dumps(pair) + "\n")
    shown = inspect_pair(branches.options.model, tmp_path / "pairs.jsonl", images[0].parent, 1, 4096)
    assert shown["id"] == "p7" and set(shown["roles"]) == {"mm", "proxy"}
    mm, proxy = shown["roles"]["mm"], shown["roles"]["proxy"]
    assert (
        mm["texts"][0].startswith("<|im_start|>user\n<|vision_start|><|image_pad|>")
        and "<|image_pad|>" not in proxy["texts"][0]
    )
    for text, tokens in zip(mm["texts"], mm["tokens"]):
        assert branches.chat.tokenizer.decode(tokens) == text
    assert mm["image_tokens"] == mm["texts"][0].count("<|image_pad|>") > 0
    assert mm["reward_at"] == "the last token, <|im_end|>" and mm["ending"] == "<|im_end|>"
    assert inspect(Path(branches.options.model))["family"] == "Qwen2.5-VL"
    tiny = inspect_pair("tiny", tmp_path / "pairs.jsonl", images[0].parent, 1, 256)
    assert tiny["roles"]["mm"]["image_tokens"] == 16 and tiny["roles"]["mm"]["tokens"][0][0] == 1
    with pytest.raises(TrainerError, match="no pair 2"):
        inspect_pair("tiny", tmp_path / "pairs.jsonl", images[0].parent, 2, 256)
