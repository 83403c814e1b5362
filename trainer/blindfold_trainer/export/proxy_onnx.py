"""A trained proxy as an ONNX folder that the blind test registers: decoder with merged adapter and reward head, text in, reward out."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from blindfold_trainer.data.chat import Chat
from blindfold_trainer.data.messages import turns_of
from blindfold_trainer.export.parity import PROMPT, TEXTS, open_for_export
from blindfold_trainer.models.vlm_branches import VlmBranches
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.protocol.files import write_folder

OPSET = 17
#: By precision: file, and the largest difference of a reward from PyTorch that is still the same model, in standard deviations.
FILES = {"fp32": ("model.onnx", 1e-3), "fp16": ("model_fp16.onnx", 0.1), "int8": ("model_int8.onnx", 1.0)}
#: Lower than any attention logit, and still a number in fp16.
HIDDEN = -1e4
#: One ONNX file holds 2 GB; beyond that, weights go into a file beside it.
WHOLE = 2**31 - 2**26


class TextReward(nn.Module):
    """input_ids and attention_mask int64 [n, length], padded at the end -> reward fp32 [n]."""

    def __init__(self, branches: VlmBranches):
        super().__init__()
        base, family = branches.bases["proxy"], branches.family
        self.embeddings, self.decoder = base.get_input_embeddings(), family.text_model(base)
        self.head = branches.heads["proxy"]
        self.axes = family.positions(base, (0, 0), []).shape[0]
        config = base.config.get_text_config()
        slides = "sliding_attention" in (getattr(config, "layer_types", None) or ())
        self.window = config.sliding_window if slides else None

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        n, length = input_ids.shape
        at = torch.arange(length, device=input_ids.device)
        # The mask is made here: that of Transformers asks about values, which a graph cannot.
        seen = (at[None, :] <= at[:, None])[None, None] & (attention_mask > 0)[:, None, None, :]
        mask = self._additive(seen)
        if self.window is not None:
            near = (at[None, :] > at[:, None] - self.window)[None, None]
            mask = {"full_attention": mask, "sliding_attention": self._additive(seen & near)}
        positions = at[None].expand(n, length)
        states = self.decoder(
            inputs_embeds=self.embeddings(input_ids),
            attention_mask=mask,
            position_ids=positions[None].expand(self.axes, n, length) if self.axes > 1 else positions,
            use_cache=False,
        ).last_hidden_state
        last = (attention_mask.sum(1) - 1)[:, None, None].expand(-1, 1, states.shape[-1])
        return self.head(states.gather(1, last)[:, 0])[:, 0]

    @staticmethod
    def _additive(seen: Tensor) -> Tensor:
        return torch.where(seen, 0.0, HIDDEN)


def app_template(chat: Chat) -> str:
    """The model's chat template for one prompt and one response, in words that every Jinja reads the same: literal text around both."""
    mark = "PROMPT7f3a"
    before, after = chat._around(turns_of(f" {mark} ", 0))
    trims = f" {mark} " not in before
    head, _, middle = before.partition(mark if trims else f" {mark} ")
    bos = chat.tokenizer.bos_token
    if chat._bos and not head.startswith(bos):
        head = bos + head
    if any(sign in text for text in (head, middle, after) for sign in ("{{", "{%", "{#")):
        raise TrainerError("MODEL_INVALID", "The chat template writes Jinja syntax.", "Use another template.")
    prompt = "{{ messages[0].content | trim }}" if trims else "{{ messages[0].content }}"
    return f"{head}{prompt}{middle}{{{{ messages[1].content }}}}{after}"


def _batch(rows: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    ids = np.zeros((len(rows), max(map(len, rows))), np.int64)
    mask = np.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, : len(row)], mask[i, : len(row)] = row, 1
    return ids, mask


def _onnx(model: TextReward, rows: Sequence[Sequence[int]], path: Path) -> None:
    ids, mask = (torch.from_numpy(a) for a in _batch(rows))
    axes = {name: {0: "batch", 1: "length"} for name in ("input_ids", "attention_mask")}
    with tempfile.TemporaryDirectory() as scratch:
        first = Path(scratch) / "model.onnx"
        with torch.no_grad():
            torch.onnx.export(
                model,
                (ids, mask),
                str(first),
                input_names=["input_ids", "attention_mask"],
                output_names=["reward"],
                dynamic_axes={**axes, "reward": {0: "batch"}},
                opset_version=OPSET,
                dynamo=False,
            )
        import onnx

        _save(onnx.load(first), path)


def _save(graph, path: Path) -> None:
    import onnx

    # A graph too large for one message cannot be asked for its size.
    large = sum(len(t.raw_data) for t in graph.graph.initializer) > WHOLE
    onnx.save(graph, path, **({"save_as_external_data": True, "location": path.name + "_data"} if large else {}))


def _smaller(precision: str, whole: Path, path: Path) -> None:
    """fp16 halves every number; int8 quantises products of matrices and embeddings, the inputs of the former as it runs."""
    import onnx

    if precision == "fp16":
        from onnxruntime.transformers.float16 import convert_float_to_float16

        _save(convert_float_to_float16(onnx.load(whole), keep_io_types=True, disable_shape_infer=True), path)
        return
    from onnxruntime.quantization import QuantType, quantize_dynamic

    graph = onnx.load(whole)
    # Shapes that the exporter noted contradict those of quantised products.
    del graph.graph.value_info[:]
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "plain.onnx"
        _save(graph, plain)
        quantize_dynamic(
            plain,
            path,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul", "Gather"],
            use_external_data_format=plain.with_name("plain.onnx_data").exists(),
        )


def _parity(path: Path, rows: Sequence[Sequence[int]], wanted: np.ndarray, together: bool) -> dict:
    """Against PyTorch, one text at a time and, where a batch may not matter, in one batch."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    batches = [[row] for row in rows]
    found = np.concatenate([session.run(["reward"], _feeds(b))[0] for b in batches])
    difference = float(np.abs(found - wanted).max())
    if together:
        difference = max(difference, float(np.abs(session.run(["reward"], _feeds(rows))[0] - wanted).max()))
    upper = np.triu_indices(len(rows), 1)
    order = [np.sign(v[:, None] - v[None, :])[upper] for v in (wanted, found)]
    size = sum(f.stat().st_size for f in path.parent.glob(path.name + "*"))
    return {"max_difference": difference, "order_kept": float((order[0] == order[1]).mean()), "bytes": size}


def _feeds(rows: Sequence[Sequence[int]]) -> dict[str, np.ndarray]:
    ids, mask = _batch(rows)
    return {"input_ids": ids, "attention_mask": mask}


def export_proxy(
    folder: Path, out: Path, precisions: Sequence[str] = ("fp32",), base: str | None = None, name: str | None = None
) -> dict:
    """Writes `model.onnx` (and smaller ones), the tokenizer and `blindfold.json` into `out`; returns the parity figures.

    Raises MODEL_INVALID for a proxy that is shown a blank image, an MM-RM, or a graph that differs from PyTorch.
    """
    unknown = set(precisions) - set(FILES)
    if unknown:
        message = f"There is no precision {', '.join(sorted(unknown))}."
        raise TrainerError("CONFIG_INVALID", message, f"Choose of: {', '.join(FILES)}.", field="precision")
    branches, role, card = open_for_export(folder, base, "float32")
    if role != "proxy" or card["proxy_input"] != "drop":
        raise TrainerError(
            "MODEL_INVALID",
            "Only a proxy that is given no image reads text alone.",
            "Give the folder proxy of a run with proxy_input drop.",
            file=str(folder),
        )
    texts = branches.chat.texts(PROMPT, TEXTS, ())
    rows = [branches.chat._ids(text) for text in texts]
    item = branches.encode_texts("parity", PROMPT, TEXTS, ())
    with torch.no_grad():
        wanted = branches.rewards("proxy", [item]).numpy()
    if branches.adapters is not None:
        branches.adapters.merge("proxy")
    # Transformers' own attention, which takes a mask: packed rows need none, a graph does.
    branches.bases["proxy"].set_attn_implementation({"text_config": "eager"})
    model = TextReward(branches).eval()
    figures: dict[str, dict] = {}

    def fill(to: Path) -> None:
        whole = to / FILES["fp32"][0]
        _onnx(model, rows[:3], whole)
        for precision in ("fp32", *[p for p in FILES if p in precisions and p != "fp32"]):
            file, limit = FILES[precision]
            if precision != "fp32":
                _smaller(precision, whole, to / file)
            figures[precision] = found = {"file": file, **_parity(to / file, rows, wanted, precision == "fp32")}
            if found["max_difference"] > limit * max(float(wanted.std()), 1e-3):
                raise TrainerError(
                    "MODEL_INVALID",
                    f"Rewards of {file} differ from PyTorch by {found['max_difference']:.1e}.",
                    "Leave this precision out.",
                    file=str(folder),
                )
        branches.chat.tokenizer.save_pretrained(to)
        said = {
            "kind": "reward-model",
            "name": name or f"Proxy of {card['architecture']['family']}",
            "model": FILES["fp32"][0],
            "tokenizer": "tokenizer.json",
            "maxLength": card["text"]["max_length"],
            "chatTemplate": app_template(branches.chat),
        }
        (to / "blindfold.json").write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        facts = {"parity": figures, "reward_std": float(wanted.std()), "texts": len(TEXTS), "trained": card}
        (to / "export.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")

    write_folder(out, fill)
    return {"form": "onnx", "out": str(out), "reward_std": float(wanted.std()), "parity": figures}
