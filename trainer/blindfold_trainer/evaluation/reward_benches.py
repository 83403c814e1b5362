"""Public benchmarks of multimodal reward models, read from the files that their authors publish.

Multimodal RewardBench (arXiv 2502.14191), `data/all_data.json`: a JSON array of `{ID, Text, Image, Output1, Output2, Better, Category}`;
`Better` is `Output1` or `Output2`, `Image` is relative to the folder of the file. Kinds are its categories, safety and reasoning
divided as in its own script of accuracies.

VL-RewardBench (arXiv 2411.17451), `data/data.jsonl`: `{id, image_path, query, response: [2], human_ranking: [2]}` a line; rank 0 is the
better one, `image_path` is `images/<source>/<name>`, relative to the folder of the file. On the hub it is `data/test-*.parquet`, with
`image: {bytes}` in place of the path. Kinds are its general, hallucination and reasoning, from the source, or from how the id begins.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from blindfold_trainer.data.pairs import Pair
from blindfold_trainer.data.rows import read_rows
from blindfold_trainer.protocol.errors import TrainerError

_SOURCES = {
    "vlfeedback": "general",
    "wildvision-battle": "general",
    "povid": "hallucination",
    "rlhf-v": "hallucination",
    "rlaif-v": "hallucination",
    "reasoning_tasks": "reasoning",
}
#: How ids begin, in lower case; all others are general questions.
_PREFIXES = {
    "hallucination_pair": "hallucination",
    "rlhf-v": "hallucination",
    "rlaif-v": "hallucination",
    "mathverse": "reasoning",
    "mmmu": "reasoning",
}
_COLUMNS = ["id", "query", "response", "human_ranking", "image"]


def _texts(row: dict, *fields: str) -> list[str]:
    for field in fields:
        if not isinstance(row.get(field), str):
            raise _wrong(f"{field} is missing or no text.", field)
    return [row[field] for field in fields]


def _wrong(message: str, field: str) -> TrainerError:
    return TrainerError("DATA_INVALID", message, "Take the file as its authors publish it.", field=field)


def _pair(id: str, prompt: str, image: str, chosen: str, rejected: str, images: Path, kind: str) -> Pair:
    return Pair(id, image, prompt, chosen, rejected, (image,), (images / image,), category=kind)


def _multimodal_rewardbench(row: dict, images: Path) -> Pair:
    id, prompt, image, better, kind = _texts(row, "ID", "Text", "Image", "Better", "Category")
    outputs = dict(zip(("Output1", "Output2"), _texts(row, "Output1", "Output2")))
    if better not in outputs:
        raise _wrong("Better is neither Output1 nor Output2.", "Better")
    if kind == "safety":
        kind += "/bias" if id.lower().startswith("pairs") else "/toxicity"
    elif kind == "reasoning":
        kind += "/math" if id.lower().startswith("math") else "/coding"
    chosen = outputs.pop(better)
    return _pair(id, prompt, image, chosen, *outputs.values(), images, kind)


def _vl_rewardbench(row: dict, images: Path) -> Pair:
    id, prompt, image = _texts(row, "id", "query", "image_path")
    responses, ranking = row.get("response"), row.get("human_ranking")
    if not isinstance(responses, list) or [type(r) for r in responses] != [str, str]:
        raise _wrong("response is no list of two texts.", "response")
    if ranking not in ([0, 1], [1, 0]):
        raise _wrong("human_ranking is neither [0, 1] nor [1, 0].", "human_ranking")
    folder = Path(image).parent.name
    begins = (kind for prefix, kind in _PREFIXES.items() if id.lower().startswith(prefix))
    kind = _SOURCES.get(folder) or next(begins, "general")
    # The image is given beside the text, as the benchmark's own script does it.
    prompt = prompt.replace("<image>\n", "")
    chosen, rejected = responses if ranking[0] == 0 else responses[::-1]
    return _pair(id, prompt, image, chosen, rejected, images, kind)


def _array(path: Path) -> list[tuple[int, dict]] | None:
    """Rows of a JSON array; None for a file that does not begin like one."""
    try:
        with open(path, encoding="utf-8") as file:
            if not file.read(1000).lstrip().startswith("["):
                return None
            file.seek(0)
            rows = json.load(file)
    except OSError:
        # Whoever reads the file next tells why.
        return None
    except ValueError as error:
        raise TrainerError("DATA_INVALID", f"Not JSON: {error}.", "Write a JSON array.", file=str(path)) from error
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            message = "A row is not an object."
            raise TrainerError("DATA_INVALID", message, "Write an array of objects.", file=str(path), row=number)
    return list(enumerate(rows, 1))


def _parquet(path: Path, images: Path) -> Iterator[tuple[int, dict]]:
    """Rows of VL-RewardBench from the hub; its images are written to `images` by their SHA-256, those that lie there already are not."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        message, remedy = "Parquet cannot be read: pyarrow is not installed.", "Install requirements.lock."
        raise TrainerError("DATA_INVALID", message, remedy, file=str(path)) from error
    try:
        images.mkdir(parents=True, exist_ok=True)
        file = pq.ParquetFile(path)
        missing = [name for name in _COLUMNS if name not in file.schema_arrow.names]
        if missing:
            message = f"The column {missing[0]} is missing."
            remedy = "Of Parquet files, those of VL-RewardBench are read."
            raise TrainerError("DATA_INVALID", message, remedy, file=str(path), field=missing[0])
        numbers = itertools.count(1)
        for batch in file.iter_batches(64, columns=_COLUMNS):
            for row, number in zip(batch.to_pylist(), numbers):
                data = (row.pop("image") or {}).get("bytes")
                if not data:
                    error = _wrong("The image holds no bytes.", "image")
                    error.file, error.row = str(path), number
                    raise error
                name = hashlib.sha256(data).hexdigest()
                if not (images / name).exists():
                    part = images / f"{name}.part"
                    part.write_bytes(data)
                    os.replace(part, images / name)
                yield number, {**row, "image_path": name}
    except (OSError, pa.ArrowException) as error:
        message = f"The file cannot be read, or its images cannot be written: {error}."
        raise TrainerError("DATA_INVALID", message, "Check the path.", file=str(path)) from error


def read_benchmark(path: Path, images: Path) -> list[Pair] | None:
    """The pairs of a benchmark with their kinds as `category`; None if the first row is of no known benchmark.

    `images` is the folder that image paths are relative to; images that a Parquet file holds are written there, to `<file>.images`. Ids that come twice get `#2`, `#3`, ...: a question of a benchmark may stand
    there with several pairs of answers.
    """
    if path.suffix == ".parquet":
        images = images / f"{path.stem}.images"
        rows = _parquet(path, images)
    else:
        array = _array(path)
        rows = read_rows(path) if array is None else iter(array)
    first = next(rows, None)
    if first is None:
        return None
    if {"Output1", "Output2", "Better"} <= first[1].keys():
        parse = _multimodal_rewardbench
    elif {"response", "human_ranking"} <= first[1].keys():
        parse = _vl_rewardbench
    else:
        return None
    pairs: list[Pair] = []
    seen: dict[str, int] = {}
    for number, row in (first, *rows):
        try:
            pair = parse(row, images)
        except TrainerError as error:
            error.file, error.row = str(path), number
            raise
        times = seen[pair.id] = seen.get(pair.id, 0) + 1
        pairs.append(replace(pair, row=number, id=pair.id if times == 1 else f"{pair.id}#{times}"))
    return pairs
