"""Loads exported folders with the libraries they are for, and tells what these make of them, as JSON.

    python load.py '{"hub": "/folder", ...}' result.json
"""

import importlib.machinery
import importlib.util
import json
import os
import sys
import types
from types import SimpleNamespace


def picture(image):
    """A decoded picture: its size and first pixel."""
    return [*image.size, list(image.convert("RGB").getpixel((0, 0)))]


def rows_of(folder):
    """Everything of `datasets.load_dataset(folder)`; the folder is the working folder, as the dataset card says."""
    from datasets import load_dataset

    os.chdir(folder)
    loaded = load_dataset(folder)
    found = {}
    for split, dataset in loaded.items():
        rows = []
        for row in dataset:
            row = dict(row)
            if "images" in row and row["images"] and not isinstance(row["images"][0], str):
                row["images"] = [picture(image) for image in row["images"]]
            rows.append(row)
        found[split] = {"features": {name: str(feature) for name, feature in dataset.features.items()}, "rows": rows}
    return found


def trl_rows(folder):
    """What TRL's preference collators do with each row before the processor sees it."""
    from datasets import load_dataset
    from trl.data_utils import is_conversational, maybe_extract_prompt, prepare_multimodal_messages

    os.chdir(folder)
    found = []
    for split, dataset in load_dataset(folder).items():
        for example in dataset:
            extracted = maybe_extract_prompt(example)
            row = {"id": example["id"], "split": split, "conversational": is_conversational(example)}
            if row["conversational"]:
                images = example.get("images") or []
                prompt = prepare_multimodal_messages(extracted["prompt"], images=images)
                row["prompt"] = [
                    [message["role"], [part.get("text") if part["type"] == "text" else picture(part["image"]) for part in message["content"]]]
                    for message in prompt
                ]
                for side in ("chosen", "rejected"):
                    row[side] = prepare_multimodal_messages(extracted[side])
            else:
                row.update({key: extracted[key] for key in ("prompt", "chosen", "rejected")})
            found.append(row)
    return found


def llama_factory_rows(folder):
    """LLaMA-Factory's own parser, loader, converter and checks of images, as its reward modelling stage uses them."""
    import transformers  # noqa: F401  (looks for torchaudio itself, before it is stood in for)

    # Its handling of pictures shares a file with that of sound, which nothing here needs.
    sound = types.ModuleType("torchaudio")
    sound.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
    sys.modules.setdefault("torchaudio", sound)
    from llamafactory.data.loader import _load_single_dataset
    from llamafactory.data.mm_plugin import MMPluginMixin
    from llamafactory.data.parser import get_dataset_list

    with open(os.path.join(folder, "dataset_info.json")) as file:
        names = list(json.load(file))
    data_args = SimpleNamespace(
        dataset_dir=folder, media_dir=folder, streaming=False, preprocessing_num_workers=None, overwrite_cache=True, max_samples=None
    )
    model_args = SimpleNamespace(cache_dir=None, hf_hub_token=None)
    plugin = MMPluginMixin(image_token="<image>", video_token=None, audio_token=None)
    found = []
    for attr in get_dataset_list(names, folder):
        assert attr.ranking and attr.formatting == "sharegpt"
        for row in _load_single_dataset(attr, model_args, data_args, SimpleNamespace(local_process_index=0)):
            images = row["_images"] or []
            for response in row["_response"]:
                plugin._validate_messages(row["_prompt"] + [response], images, [], [])
            there = [image for image in images if os.path.isfile(image)]
            decoded = plugin._regularize_images(there, image_max_pixels=10**6, image_min_pixels=1)["images"]
            found.append(
                {
                    "dataset": attr.dataset_name,
                    "system": row["_system"],
                    "prompt": [[turn["role"], turn["content"]] for turn in row["_prompt"]],
                    "response": [[turn["role"], turn["content"]] for turn in row["_response"]],
                    "images": [picture(image) for image in decoded],
                    "missing": len(images) - len(there),
                }
            )
    return found


def ms_swift_rows(folder):
    """ms-swift's own preprocessing of rows (swift/dataset/preprocessor/core.py), without the rest of the package."""
    from datasets import load_dataset

    def stand_in(name, **names):
        module = types.ModuleType(name)
        module.__dict__.update(names)
        sys.modules[name] = module

    nothing = lambda *_, **__: None  # noqa: E731
    for name in ("modelscope", "modelscope.hub", "modelscope.hub.utils", "swift", "swift.template"):
        stand_in(name)
    stand_in("modelscope.hub.utils.utils", get_cache_dir=nothing)
    sys.modules["swift.template"].history_to_messages = nothing
    stand_in("swift.template.template_inputs", normalize_openai_tool_calls=nothing)
    import logging

    names = dict.fromkeys(("is_dist", "is_master", "remove_arrow_padding", "safe_ddp_context"), nothing)
    stand_in("swift.utils", TOOL_KEYS=["tools"], get_logger=lambda: logging.getLogger("swift"), **names)
    (root,) = [place for place in sys.path if os.path.isdir(os.path.join(place, "swift", "dataset"))]
    file = os.path.join(root, "swift", "dataset", "preprocessor", "core.py")
    spec = importlib.util.spec_from_file_location("swift_core", file)
    core = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(core)

    found = []
    files = sorted(name for name in os.listdir(folder) if name.endswith(".jsonl"))
    for name in files:
        dataset = load_dataset("json", data_files=os.path.join(folder, name), split="train")
        preprocessor = core.AutoPreprocessor()._get_preprocessor(dataset)
        for row in dataset:
            row = preprocessor.preprocess(dict(row))
            preprocessor._check_rejected_response(row)
            preprocessor._check_messages(row)
            preprocessor._cast_mm_data(row)
            found.append({"messages": row["messages"], "rejected": row["rejected_response"], "images": row.get("images") or []})
    return found


CHECKS = {"trl": trl_rows, "llama-factory": llama_factory_rows, "ms-swift": ms_swift_rows}


def main():
    folders, result = json.loads(sys.argv[1]), sys.argv[2]
    found = {}
    for name, folder in folders.items():
        check = CHECKS.get(name.split(" ")[0], rows_of)
        found[name] = check(folder)
    with open(result, "w") as file:
        json.dump(found, file, allow_nan=False)


if __name__ == "__main__":
    main()
