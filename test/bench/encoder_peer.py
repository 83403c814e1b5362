"""Embeddings of texts by an ONNX encoder with onnxruntime, as one would write it: in given batches, and in padded ones."""
import json
import os
import sys
import time

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

with open(sys.argv[1], encoding="utf-8") as file:
    task = json.load(file)
model, texts = task["model"], task["texts"]
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = task["threads"] or len(os.sched_getaffinity(0))
options.enable_mem_pattern = False
session = onnxruntime.InferenceSession(os.path.join(model["dir"], model["model"]), options, providers=["CPUExecutionProvider"])
inputs = [one.name for one in session.get_inputs()]
tokenizer = Tokenizer.from_file(os.path.join(model["dir"], model["tokenizer"]))
tokenizer.no_padding()
tokenizer.enable_truncation(model["maxLength"])


def embed(batch: list[list[int]]) -> np.ndarray:
    width = max(map(len, batch))
    ids = np.zeros((len(batch), width), dtype=np.int64)
    mask = np.zeros((len(batch), width), dtype=np.int64)
    for row, tokens in enumerate(batch):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    (hidden,) = session.run(["last_hidden_state"], {name: feeds[name] for name in inputs})
    seen = mask[:, :, None].astype(np.float32)
    mean = (hidden * seen).sum(1) / seen.sum(1)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def measured(batches: list[list[int]]) -> tuple[float, np.ndarray]:
    began = time.perf_counter()
    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    found: np.ndarray | None = None
    for batch in batches:
        rows = embed([ids[text] for text in batch])
        if found is None:
            found = np.empty((len(texts), rows.shape[1]), dtype=np.float32)
        found[batch] = rows
    return time.perf_counter() - began, found


embed([encoding.ids for encoding in tokenizer.encode_batch(texts[:100])])
padded = [list(range(start, min(start + 32, len(texts)))) for start in range(0, len(texts), 32)]
equal_seconds, embeddings = measured(task["together"])
padded_seconds, _ = measured(padded)
ours = np.fromfile(task["out"], dtype=np.float32).reshape(embeddings.shape)
# A text that is too long loses its end here and its front there: only the others are compared.
whole = np.array([len(encoding.ids) < model["maxLength"] for encoding in tokenizer.encode_batch(texts)])
print(
    json.dumps(
        {
            "equal": equal_seconds,
            "padded": padded_seconds,
            "difference": float(np.abs(ours - embeddings)[whole].max()),
            "version": onnxruntime.__version__,
        }
    )
)
