"""Bases of vision-language models from a folder or the hub: safetensors alone, and nothing missing or left over."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import torch
import transformers
from safetensors import SafetensorError
from torch import nn

from blindfold_trainer.data.chat import Chat
from blindfold_trainer.models import quantization, untrusted_files
from blindfold_trainer.models.attention import NAME
from blindfold_trainer.models.families.base import Family
from blindfold_trainer.models.families.registry import TITLES, family_of
from blindfold_trainer.models.options import ModelOptions
from blindfold_trainer.protocol.errors import TrainerError

#: What checkpoints of the generating class hold beside the base: the one thing that may be left over.
_HEAD = "lm_head.weight"
#: Values of each tensor that the fingerprint reads.
_SAMPLES = 1024


@dataclass(frozen=True)
class Loaded:
    family: Family
    base: nn.Module
    chat: Chat
    #: What a saved model says of its base, and must find again.
    identity: dict


def device_of(options: ModelOptions) -> torch.device:
    wanted = options.device
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise TrainerError("CONFIG_INVALID", "This machine has no CUDA device.", "Choose the device cpu.", field="device")
    return torch.device(wanted)


def dtype_of(options: ModelOptions, device: torch.device) -> torch.dtype:
    if options.dtype == "auto":
        return torch.bfloat16 if device.type == "cuda" else torch.float32
    return getattr(torch, options.dtype)


def fingerprint(base: nn.Module, without: Collection[str] = ()) -> str:
    """SHA-256 over names, shapes and values, evenly picked, of all weights; the same whether they were read in fp32 or bf16. Modules named
    in `without` do not count: weights in 4 bits may differ by the device that rounded them."""
    digest = hashlib.sha256()
    for name, tensor in sorted(base.state_dict().items()):
        if any(name.startswith(f"{module}.") for module in without):
            continue
        flat = tensor.detach().flatten()
        step = max(1, flat.numel() // _SAMPLES)
        picked = flat[::step][:_SAMPLES]
        digest.update(f"{name} {tuple(tensor.shape)}".encode())
        if picked.is_floating_point():
            picked = picked.to(torch.bfloat16).view(torch.int16)
        digest.update(picked.cpu().numpy().tobytes())
    return digest.hexdigest()


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _refuse(message: str, remedy: str, model: str) -> TrainerError:
    return TrainerError("MODEL_INVALID", message, remedy, file=model)


def load_chat(family: Family, source: str, where: dict, max_pixels: int | None = None) -> Chat:
    """Tokenizer, image processor and settings of a model, without the processor that Transformers binds them with: that one asks for
    video packages. Images are prepared by Pillow, so that a reward is the same with and without torchvision."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(source, **where)
    images = transformers.AutoImageProcessor.from_pretrained(source, backend="pil", **where)
    if max_pixels is not None:
        if "longest_edge" not in (images.size or {}) or family.model_type not in ("qwen2_5_vl", "qwen3_vl"):
            message = f"{family.title} does not scale images by their area."
            raise TrainerError("CONFIG_INVALID", message, "Leave max_pixels out.", field="max_pixels")
        # Qwen's processors call numbers of pixels so.
        size = dict(images.size)
        images.size = {"shortest_edge": min(size["shortest_edge"], max_pixels), "longest_edge": max_pixels}
    settings, _ = transformers.ProcessorMixin.get_processor_dict(source, **where)
    settings = {**settings, "merge_size": getattr(images, "merge_size", None)}
    return Chat(family, tokenizer, images, settings)


def _found(options: ModelOptions) -> tuple[str, dict, transformers.PretrainedConfig, Family]:
    """Where a model lies, how it is asked for, its config and its family. Raises MODEL_UNKNOWN where the family is none of ours."""
    model = options.model
    folder = Path(model).expanduser()
    if not folder.is_dir() and (folder.is_absolute() or model.startswith(".")):
        raise TrainerError(
            "MODEL_UNKNOWN", f"There is no folder {folder}.", "Check the path.", file=str(folder), field="model"
        )
    source = str(folder) if folder.is_dir() else model
    # Code that comes with a model is never run.
    common = {"trust_remote_code": False, **({"local_files_only": True} if folder.is_dir() else {"revision": options.revision})}
    untrusted_files.check(source, common)
    try:
        config = transformers.AutoConfig.from_pretrained(source, **common)
    except (OSError, ValueError) as error:
        raise TrainerError(
            "MODEL_UNKNOWN",
            f"{model} is no folder of a model, and the hub gave none: {_first_line(error)}",
            "Give `tiny`, a folder with config.json and model.safetensors, or an id of the hub.",
            field="model",
        ) from error
    family = family_of(config.model_type)
    if family is None:
        raise TrainerError(
            "MODEL_UNKNOWN",
            f"Models of the type {config.model_type} cannot be trained.",
            f"Choose one of: {', '.join(TITLES)}.",
            field="model",
        )
    return source, common, config, family


def shell(options: ModelOptions) -> Loaded:
    """The model without its weights (tensors on the device `meta`): what it would take is counted on it, and pairs are encoded by it."""
    source, common, config, family = _found(options)
    try:
        with torch.device("meta"):
            base = transformers.AutoModel.from_config(
                config,
                dtype=dtype_of(options, device_of(options)),
                attn_implementation="sdpa",
                trust_remote_code=False,
            )
        chat = load_chat(family, source, common, options.max_pixels)
    except (ImportError, OSError, ValueError) as error:
        raise _refuse(
            f"The model cannot be read: {_first_line(error)}", "Download it again.", options.model
        ) from error
    base.set_attn_implementation({"text_config": NAME})
    identity = {"model": source, "revision": options.revision, "fingerprint": None}
    return Loaded(family, base, chat, identity)


def load(options: ModelOptions, chat: Path | None = None, whole: bool = False) -> Loaded:
    """The base, with tokenizer and image processor of its own or of the folder `chat`. `whole` makes ordinary numbers of 4 bits.

    Raises MODEL_UNKNOWN where the family is none of ours, MODEL_INVALID where weights do not fit."""
    model = options.model
    folder = Path(model).expanduser()
    device = device_of(options)
    dtype = dtype_of(options, device)
    source, common, config, family = _found(options)
    quantised = options.tuning == "qlora"
    # Its report of weights that are left over comes below, as an error.
    loud = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity_error()
    try:
        base, info = transformers.AutoModel.from_pretrained(
            source,
            dtype=dtype,
            use_safetensors=True,
            output_loading_info=True,
            attn_implementation="sdpa",
            **(
                {"quantization_config": quantization.settings(family, dtype), "device_map": {"": device}}
                if quantised
                else {}
            ),
            **common,
        )
        if chat is None:
            talk = load_chat(family, source, common, options.max_pixels)
        else:
            untrusted_files.check(str(chat), {"local_files_only": True})
            talk = load_chat(family, str(chat), {"local_files_only": True}, options.max_pixels)
    except ImportError as error:
        raise _refuse(str(error).strip().splitlines()[0], "Install requirements-vlm.lock.", model) from error
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, SafetensorError) as error:
        raise _refuse(
            f"The model cannot be read: {_first_line(error)}", "Download it again, as safetensors.", model
        ) from error
    finally:
        transformers.logging.set_verbosity(loud)
    wrong = [str(k) for kind in ("missing_keys", "mismatched_keys") for k in info.get(kind) or ()]
    wrong += [str(k) for k in info.get("unexpected_keys") or () if str(k).split(".")[-2:] != _HEAD.split(".")]
    if wrong:
        shown = ", ".join(sorted(wrong)[:5])
        raise _refuse(f"{len(wrong)} weights are missing or left over: {shown}.", "Download the model again.", model)
    base.set_attn_implementation({"text_config": NAME})
    identity = {
        "model": model if not folder.is_dir() else str(folder.resolve()),
        "revision": getattr(config, "_commit_hash", None) or options.revision,
        "base_class": type(base).__name__,
        "model_type": config.model_type,
        "fingerprint": fingerprint(base, quantization.layers(base, family) if quantised else ()),
    }
    if quantised:
        quantization.one_arithmetic(base)
    if quantised and whole:
        base = quantization.whole(base, dtype)
    return Loaded(family, base.to(device) if whole or not quantised else base, talk, identity)
