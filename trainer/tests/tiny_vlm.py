"""Models of every family, a few thousand random weights each, as folders with a tokenizer and the family's own processor.

Everything but the numbers is real: configuration, weights in safetensors, chat template, image processor.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import torch
import transformers as tf
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

WIDTH, HEADS, KEYS, VOCABULARY = 32, 4, 2, 480
CORPUS = ["What is shown in the image? It is a red circle, I think, and a blue square.\n\n"] * 4

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% for c in m['content'] %}"
    "{% if c['type'] == 'image' %}IMAGE{% else %}{{ c['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
)
GEMMA = (
    "{{ bos_token }}{% for m in messages %}<start_of_turn>{{ 'model' if m['role'] == 'assistant' else m['role'] }}\n"
    "{% for c in m['content'] %}{% if c['type'] == 'image' %}<start_of_image>{% else %}{{ c['text'] | trim }}{% endif %}"
    "{% endfor %}<end_of_turn>\n{% endfor %}"
)
VICUNA = (
    "{% for m in messages %}{{ 'USER: ' if m['role'] == 'user' else 'ASSISTANT: ' }}{% for c in m['content'] %}"
    "{% if c['type'] == 'image' %}<image>\n{% else %}{{ c['text'] }} {% endif %}{% endfor %}{% endfor %}"
)


def tokenizer(specials: dict[str, str], marks: list[str], bos: bool = False) -> tf.PreTrainedTokenizerFast:
    """Bytes with a few merges; `specials` by the names that processors look for, `marks` without a name."""
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=330,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
        special_tokens=["<pad>"],
    )
    inner.train_from_iterator(CORPUS, trainer)
    named = {"pad_token": "<pad>", "eos_token": "</s>", "bos_token": "<s>" if bos else None}
    made = tf.PreTrainedTokenizerFast(tokenizer_object=inner, **{k: v for k, v in named.items() if v})
    made.add_special_tokens(
        {"additional_special_tokens": [*marks, *specials.values()]}, replace_extra_special_tokens=False
    )
    if bos:
        from tokenizers.processors import TemplateProcessing

        made._tokenizer.post_processor = TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", made.convert_tokens_to_ids("<s>"))]
        )
    made._set_model_specific_special_tokens(special_tokens=specials)
    return made


def text_config(tok, layers: int = 2, **more: object) -> dict:
    return {
        "hidden_size": WIDTH,
        "intermediate_size": 2 * WIDTH,
        "num_hidden_layers": layers,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KEYS,
        "vocab_size": VOCABULARY,
        "max_position_embeddings": 4096,
        "bos_token_id": None,
        "eos_token_id": tok.eos_token_id,
        "pad_token_id": tok.pad_token_id,
        **more,
    }


def _qwen(tok, kind: str):
    d = WIDTH // HEADS
    rope = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [d // 2 - 2 * (d // 8), d // 8, d // 8]}
    ids = {
        "image_token_id": tok.convert_tokens_to_ids("<|image_pad|>"),
        "video_token_id": tok.convert_tokens_to_ids("<|video_pad|>"),
        "vision_start_token_id": tok.convert_tokens_to_ids("<|vision_start|>"),
        "vision_end_token_id": tok.convert_tokens_to_ids("<|vision_end|>"),
    }
    vision = {"depth": 2, "hidden_size": 16, "intermediate_size": 32, "num_heads": 2, "out_hidden_size": WIDTH}
    vision |= {"patch_size": 14, "spatial_merge_size": 2, "temporal_patch_size": 2}
    if kind == "qwen2_5_vl":
        vision |= {"window_size": 112, "fullatt_block_indexes": [1]}
        return tf.Qwen2_5_VLConfig(text_config=text_config(tok, rope_parameters=rope), vision_config=vision, **ids)
    vision |= {"deepstack_visual_indexes": [0, 1], "num_position_embeddings": 256}
    rope["mrope_interleaved"] = True
    return tf.Qwen3VLConfig(
        text_config=text_config(tok, layers=3, head_dim=d, rope_parameters=rope), vision_config=vision, **ids
    )


def _qwen_images():
    size = {"shortest_edge": 4 * 28 * 28, "longest_edge": 16 * 28 * 28}
    return tf.Qwen2VLImageProcessorPil(patch_size=14, merge_size=2, temporal_patch_size=2, size=size)


QWEN_MARKS = ["<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
SIGLIP = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "patch_size": 14,
}


def make(kind: str, folder: Path, seed: int = 0) -> Path:
    """Writes a model of the family into a folder and gives it."""
    if kind in ("qwen2_5_vl", "qwen3_vl"):
        tok = tokenizer({}, QWEN_MARKS)
        config, images, settings = _qwen(tok, kind), _qwen_images(), {}
        template = CHATML.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>")
    elif kind == "internvl":
        names = {"start_image_token": "<img>", "end_image_token": "</img>", "context_image_token": "<IMG_CONTEXT>"}
        tok = tokenizer({**names, "video_token": "<video>"}, ["<|im_start|>", "<|im_end|>"])
        config = tf.InternVLConfig(
            text_config=tf.Qwen2Config(**text_config(tok)),
            vision_config={**SIGLIP, "image_size": [56, 56], "patch_size": [14, 14]},
            image_token_id=tok.convert_tokens_to_ids("<IMG_CONTEXT>"),
            image_seq_length=4,
        )
        images = tf.GotOcr2ImageProcessorPil(size={"height": 56, "width": 56}, min_patches=1, max_patches=3)
        template, settings = CHATML.replace("IMAGE", "<IMG_CONTEXT>\n"), {"image_seq_length": 4}
    elif kind == "smolvlm":
        names = {"image_token": "<image>", "fake_image_token": "<fake_token_around_image>"}
        names |= {"end_of_utterance_token": "<end_of_utterance>", "global_image_token": "<global-img>"}
        rows = [f"<row_{r}_col_{c}>" for r in (1, 2) for c in (1, 2)]
        tok = tokenizer({**names, "video_token": "<video>"}, [*rows, "<|im_start|>", "<|im_end|>"])
        config = tf.SmolVLMConfig(
            text_config=tf.LlamaConfig(**text_config(tok)).to_dict(),
            vision_config={**SIGLIP, "image_size": 56},
            image_token_id=tok.convert_tokens_to_ids("<image>"),
            scale_factor=2,
            pad_token_id=tok.pad_token_id,
        )
        images = tf.SmolVLMImageProcessorPil(
            size={"longest_edge": 112}, max_image_size={"longest_edge": 56}, do_image_splitting=True
        )
        template = CHATML.replace("IMAGE", "<image>").replace("<|im_end|>", "<end_of_utterance>")
        settings = {"image_seq_len": 4}
    elif kind == "gemma3":
        names = {"image_token": "<image_soft_token>", "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>"}
        tok = tokenizer(names, ["<start_of_turn>", "<end_of_turn>"], bos=True)
        config = tf.Gemma3Config(
            text_config=text_config(
                tok,
                layers=3,
                head_dim=8,
                sliding_window=24,
                layer_types=["sliding_attention", "full_attention", "sliding_attention"],
                query_pre_attn_scalar=8,
            ),
            vision_config={**SIGLIP, "image_size": 56},
            mm_tokens_per_image=4,
            boi_token_index=tok.convert_tokens_to_ids("<start_of_image>"),
            eoi_token_index=tok.convert_tokens_to_ids("<end_of_image>"),
            image_token_index=tok.convert_tokens_to_ids("<image_soft_token>"),
        )
        images = tf.Gemma3ImageProcessorPil(size={"height": 56, "width": 56})
        template, settings = GEMMA, {"image_seq_length": 4}
    elif kind == "llava":
        tok = tokenizer({"image_token": "<image>"}, [], bos=True)
        config = tf.LlavaConfig(
            vision_config=tf.CLIPVisionConfig(**SIGLIP, image_size=56, projection_dim=16),
            text_config=tf.LlamaConfig(**text_config(tok)),
            image_token_index=tok.convert_tokens_to_ids("<image>"),
            vision_feature_layer=-2,
            image_seq_length=16,
        )
        images = tf.CLIPImageProcessorPil(size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56})
        template = VICUNA
        settings = {"patch_size": 14, "vision_feature_select_strategy": "default", "num_additional_image_tokens": 1}
    else:
        raise KeyError(kind)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = tf.AutoModelForImageTextToText.from_config(config)
        with torch.no_grad():
            # Sharper attention than fresh weights have, so that what a token sees moves its reward.
            for name, p in model.named_parameters():
                if name.endswith("mm_input_projection_weight"):
                    p.normal_(0.0, 0.3)
                elif p.ndim == 2:
                    p.mul_(4.0)
    model.save_pretrained(folder)
    tok.save_pretrained(folder)
    images.save_pretrained(folder)
    (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    (folder / "processor_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


def pictures(folder: Path, count: int, seed: int = 0) -> list[Path]:
    """Noise of different sizes and shapes."""
    rng = random.Random(seed)
    found = []
    for i in range(count):
        size = (rng.choice((56, 90, 130)), rng.choice((56, 84, 112)))
        path = folder / f"picture-{seed}-{i}.png"
        Image.frombytes("RGB", size, rng.randbytes(3 * size[0] * size[1])).save(path)
        found.append(path)
    return found
