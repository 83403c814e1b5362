"""What a model of strangers may hold, looked at before Transformers opens it: settings that are data, and weights as safetensors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from transformers.utils import cached_file

from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.protocol.files import read_json

#: Files of settings that Transformers reads where they are.
_SETTINGS = (
    "config.json",
    "tokenizer_config.json",
    "preprocessor_config.json",
    "video_preprocessor_config.json",
    "processor_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "model.safetensors.index.json",
    "tokenizer.json",
)
#: Bytes of each; the largest vocabularies take half of it.
_MOST = 64 * 2**20
#: How Python's pickles are called, which can run anything when they are opened.
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
#: Ways to compute attention that Transformers and PyTorch have themselves. Others are programs, to be fetched from the hub.
_ATTENTION = {None, "eager", "sdpa", "flex_attention", "flash_attention_2", "flash_attention_3"}
#: Numbers of parts of a network, which are built before the weights are found not to fit.
_COUNTS = ("num_hidden_layers", "num_layers", "n_layer", "n_layers", "depth", "num_attention_heads", "num_key_value_heads")
_MOST_LAYERS = 4096


def check(source: str, where: dict) -> None:
    """Raises MODEL_INVALID where a folder, or a model of the hub asked for as `where` says, brings code, or files that are none of a model's."""
    folder = Path(source) if Path(source).is_dir() else None
    if folder is not None:
        _refuse_pickles(folder)
    for name in _SETTINGS:
        file = _found(source, name, where)
        if file is None:
            continue
        try:
            settings = read_json(file, _MOST, links=True)
        except (OSError, ValueError) as error:
            raise _invalid(f"{name} cannot be read: {error}.", "Download the model again.", file) from error
        for key, value in _named(settings, ("auto_map", "custom_pipelines", "custom_generate")):
            if value:
                message = f"{name} says that the model needs Python code of its own ({key}), which is never run."
                raise _invalid(message, "Use a model that Transformers knows without code of its own.", file)
        for key, value in _named(settings, ("_attn_implementation", "attn_implementation", "_attn_implementation_internal")):
            for kind in value.values() if isinstance(value, dict) else [value]:
                if not isinstance(kind, str | None) or kind not in _ATTENTION:
                    raise _invalid(f"{name} asks for {kind} as {key}, which is code of its own.", "Remove this line.", file)
        for key, value in _named(settings, _COUNTS):
            if not isinstance(value, int) or not 0 <= value <= _MOST_LAYERS:
                raise _invalid(f"{name} says {key} is {str(value)[:40]}.", "Download the model again.", file)
        if name.endswith(".index.json"):
            _check_parts(settings, file)


def _check_parts(index: object, file: Path) -> None:
    """The weights of a model in parts lie beside their list."""
    parts = index.get("weight_map") if isinstance(index, dict) else None
    for part in set(parts.values()) if isinstance(parts, dict) and all(isinstance(p, str) for p in parts.values()) else [""]:
        if not part.endswith(".safetensors") or Path(part).name != part or "\\" in part or "\0" in part:
            raise _invalid(f"{file.name} names {part[:200]!r} as weights.", "Download the model again.", file)


def _refuse_pickles(folder: Path) -> None:
    names = sorted(path.name for path in folder.iterdir())
    pickles = [name for name in names if name.endswith(_PICKLES) and name != "training_args.bin"]
    if pickles and not any(name.endswith(".safetensors") for name in names):
        message = f"The model has its weights as {pickles[0]}: a pickle, which can run anything when it is opened."
        raise _invalid(message, "Download the model as safetensors, or convert it if you trust it.", folder / pickles[0])


def _found(source: str, name: str, where: dict) -> Path | None:
    try:
        file = cached_file(
            source,
            name,
            revision=where.get("revision"),
            local_files_only=where.get("local_files_only", False),
            _raise_exceptions_for_missing_entries=False,
            _raise_exceptions_for_connection_errors=False,
            _raise_exceptions_for_gated_repo=False,
        )
    except (OSError, ValueError):
        # Transformers says what is wrong with the model itself.
        return None
    return None if file is None else Path(file)


def _named(value: object, names: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    """Fields of these names, wherever they stand in an object."""
    waiting = [value]
    while waiting:
        at = waiting.pop()
        if isinstance(at, dict):
            yield from ((key, at[key]) for key in names if key in at)
            waiting += at.values()
        elif isinstance(at, list):
            waiting += at


def _invalid(message: str, remedy: str, file: Path) -> TrainerError:
    return TrainerError("MODEL_INVALID", message, remedy, file=str(file))
