"""trl's RewardTrainer on the same pairs. It reads no images itself; it does with a model class and a collator made for it.

The class puts a head on the base class, the collator pads and adds images; `max_length` is off, since trl leaves out longer pairs.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from blindfold_trainer.bench.forms import ALPHA, RANK
from blindfold_trainer.bench.kept_tensors import Saved
from blindfold_trainer.bench.measure import Cost, now, weights_of
from blindfold_trainer.bench.shapes import IMAGE, Sample, Shape, config_of
from blindfold_trainer.models.adapters import LAYERS


def available() -> str | None:
    """trl's version; None where it is not installed."""
    try:
        import trl
    except ImportError:
        return None
    return trl.__version__


def _trainer(shape: Shape, base: nn.Module, samples: Sequence[Sample], steps: int, out: str):
    os.environ["WANDB_DISABLED"] = "true"
    from datasets import Dataset
    from peft import LoraConfig
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast
    from transformers.modeling_layers import GenericForSequenceClassification
    from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import Qwen2_5_VLPreTrainedModel
    from trl import RewardConfig, RewardTrainer

    class RewardModel(GenericForSequenceClassification, Qwen2_5_VLPreTrainedModel):
        pass

    config = config_of(shape)
    config.num_labels, config.pad_token_id = 1, 0
    config.text_config.pad_token_id = 0
    config._attn_implementation = "sdpa"
    dtype, device = next(base.parameters()).dtype, next(base.parameters()).device
    with torch.device("meta"):
        model = RewardModel(config)
    setattr(model, model.base_model_prefix, base)
    model.score = nn.Linear(shape.hidden, 1, bias=False, dtype=dtype, device=device)
    words = {"<pad>": 0, "<s>": 1, "</s>": 2}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.WordLevel(words, "<pad>")), pad_token="<pad>", eos_token="</s>"
    )
    rows = [
        {"chosen_ids": [*s.prefix, *s.chosen], "rejected_ids": [*s.prefix, *s.rejected], "number": i}
        for i, s in enumerate(samples)
    ] * steps

    def collate(examples: list[dict]) -> dict:
        texts = [e["chosen_ids"] for e in examples] + [e["rejected_ids"] for e in examples]
        ids = torch.zeros(len(texts), max(map(len, texts)), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for i, text in enumerate(texts):
            ids[i, : len(text)], mask[i, : len(text)] = torch.tensor(text), 1
        shown = [samples[e["number"]] for e in examples] * 2
        return {
            "input_ids": ids,
            "attention_mask": mask,
            "mm_token_type_ids": (ids == IMAGE).int(),
            "pixel_values": torch.cat([s.inputs["pixel_values"] for s in shown]).to(dtype),
            "image_grid_thw": torch.cat([s.inputs["image_grid_thw"] for s in shown]),
        }

    arguments = RewardConfig(
        output_dir=out,
        per_device_train_batch_size=len(samples),
        max_steps=steps,
        report_to=[],
        save_strategy="no",
        use_cpu=device.type == "cpu",
        remove_unused_columns=False,
        max_length=None,
        bf16=dtype == torch.bfloat16,
        gradient_checkpointing=False,
        disable_tqdm=True,
        logging_steps=10_000,
        dataloader_pin_memory=False,
    )
    target = rf".*language_model.*({'|'.join(LAYERS)})"
    trainer = RewardTrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        data_collator=collate,
        peft_config=LoraConfig(r=RANK, lora_alpha=ALPHA, task_type="SEQ_CLS", target_modules=target),
    )
    trainer._get_train_sampler = lambda *_, **__: torch.utils.data.SequentialSampler(trainer.train_dataset)
    return trainer


def measured(shape: Shape, base: nn.Module, samples: Sequence[Sample], steps: int) -> Cost:
    """Steps of `RewardTrainer.train`: the first is counted, the fastest of the others timed; its optimiser is not in the time."""
    with tempfile.TemporaryDirectory() as out:
        trainer = _trainer(shape, base, samples, steps + 1, out)
        inner, seen, peak = trainer.training_step, [], 0
        device = next(base.parameters()).device

        def step(*args, **kwargs):
            nonlocal peak
            if not seen:
                # The backward pass is in `training_step`: saved tensors are counted as the forward pass saves them.
                counter = FlopCounterMode(display=False)
                with counter, Saved([trainer.model]) as saved:
                    result = inner(*args, **kwargs)
                seen.append((counter.get_total_flops(), saved.bytes))
                return result
            if device.type == "cuda":
                torch.cuda.reset_peak_memory_stats()
            start = now(device)
            result = inner(*args, **kwargs)
            seen.append(now(device) - start)
            if device.type == "cuda":
                peak = max(peak, torch.cuda.max_memory_allocated())
            return result

        trainer.training_step = step
        trainer.train()
    flops, kept = seen[0]
    name = f"trl {available()} RewardTrainer, one branch"
    return Cost(name, len(samples), flops, kept, weights_of([trainer.model]), min(seen[1:]), peak or None)
