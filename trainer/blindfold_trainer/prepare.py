"""A run folder from a file of pairs: TRL or the paper's own JSONL in, snapshot, held-out set and config.json out."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from . import schema
from .config import PROTOCOL_VERSION
from .encoding import Unusable
from .errors import TrainerError
from .pairs import Pair, read_rows

#: What a record may call its images; the paper's form names one.
IMAGES = ("images", "image", "img_path", "image_path")
#: What was wrong with which row, beside the snapshot.
FAULTS = "unusable.jsonl"


@dataclass
class Record:
    """A pair as a file has it: texts by the rules of `docs/formats.md`, images as bytes or where they lie."""

    id: str
    prompt: str
    chosen: str
    rejected: str
    images: list[bytes | Path]
    extra: dict[str, float] = field(default_factory=dict)


class Fault(Exception):
    """Why a row holds no pair."""


def read_record(value: dict, row: int, images_dir: Path) -> Record:
    """One row of TRL (texts or messages, prompt stated or shared by both responses) or of the paper's form. Raises Fault."""
    chosen, rejected, prompt = value.get("chosen"), value.get("rejected"), value.get("prompt")
    if prompt is None and isinstance(chosen, list) and isinstance(rejected, list):
        shared = _shared(chosen, rejected)
        prompt, chosen, rejected = chosen[:shared], chosen[shared:], rejected[shared:]
    texts = {
        "prompt": _text(prompt, "prompt"),
        "chosen": _text(chosen, "chosen"),
        "rejected": _text(rejected, "rejected"),
    }
    for side in ("chosen", "rejected"):
        if not texts[side].strip():
            raise Fault(f"{side} is missing or empty.")
    if texts["chosen"].strip() == texts["rejected"].strip():
        raise Fault("The two responses are the same text.")
    extra = {}
    for name, most in (("weight", None), ("label", 1.0), ("margin", None)):
        number = value.get(name)
        if number is None:
            continue
        if (
            isinstance(number, bool)
            or not isinstance(number, (int, float))
            or not 0 <= number
            or (most and number > most)
        ):
            raise Fault(f"{name} is no number {'from 0 to 1' if most else 'of at least 0'}.")
        extra[name] = float(number)
    return Record(str(value.get("id", row)), **texts, images=[*_images(value, images_dir)], extra=extra)


def _shared(chosen: list, rejected: list) -> int:
    """How many messages both begin with, as TRL takes a prompt from two conversations."""
    same = 0
    while same < min(len(chosen), len(rejected)) and chosen[same] == rejected[same]:
        same += 1
    return same


def _text(value: object, name: str) -> str:
    """A text, or messages as one: a single turn of the expected side is its text, anything else is `role: text` turn by turn."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if not isinstance(value, list) or not all(isinstance(turn, dict) for turn in value):
        raise Fault(f"{name} is neither text nor messages.")
    turns = []
    for turn in value:
        content = turn.get("content")
        if isinstance(content, list):
            parts = [part for part in content if isinstance(part, dict) and part.get("type") in (None, "text")]
            content = "\n".join(text for text in (part.get("text") for part in parts) if isinstance(text, str) and text)
        if not isinstance(content, str):
            raise Fault(f"A message of {name} has no content.")
        turns.append((turn.get("role"), content))
    single = "user" if name == "prompt" else "assistant"
    if len(turns) == 1 and turns[0][0] == single:
        return turns[0][1]
    return "\n\n".join(f"{role}: {text}" for role, text in turns)


def _images(value: dict, images_dir: Path) -> Iterator[bytes | Path]:
    """The images of a record: paths (relative to `images_dir`, absolute, file://), data URLs, or `{bytes, path}` as `datasets` writes it."""
    found = next((value[name] for name in IMAGES if value.get(name)), [])
    for image in found if isinstance(found, list) else [found]:
        if isinstance(image, dict):
            image = image.get("bytes") or image.get("path")
        if not isinstance(image, str) or not image:
            raise Fault("An image is neither a path nor a data URL.")
        if image.startswith("data:"):
            try:
                yield base64.b64decode(image.split(",", 1)[1], validate=True)
            except (IndexError, binascii.Error) as error:
                raise Fault("An image is no valid data URL.") from error
        elif image.startswith(("http://", "https://")):
            raise Fault("An image lies on the web: fetch it first, nothing is downloaded here.")
        else:
            path = Path(unquote(urlsplit(image).path) if image.startswith("file://") else image)
            path = path if path.is_absolute() else images_dir / path
            if not path.is_file():
                raise Fault(f"There is no image {path}.")
            yield path


class Groups:
    """Which pairs share an image, or a prompt where they have none, directly or by way of others."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def find(self, key: str) -> str:
        root = key
        while (above := self._parent.setdefault(root, root)) != root:
            root = above
        while self._parent[key] != root:
            self._parent[key], key = root, self._parent[key]
        return root

    def join(self, keys: list[str]) -> str:
        first = self.find(keys[0])
        for key in keys[1:]:
            self._parent[self.find(key)] = first
        return keys[0]


def held_out(group: str, seed: int, share: float) -> bool:
    """Whether a group is tested on: a function of its name and the seed, whatever else the file holds."""
    digest = hashlib.sha256(f"{seed}:{group}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def collect(data: Path, images_dir: Path, store: Callable[[bytes | Path], str]) -> tuple[list[dict], list[dict]]:
    """All pairs of a JSONL file as a snapshot has them, and the rows that hold none, `{id, row, message}`. `store` keeps an image and gives
    its hash. A group is what shares an image, or a prompt without one."""
    groups, seen = Groups(), {}
    pairs: list[dict] = []
    faults: list[dict] = []
    for row, value in read_rows(data):
        try:
            record = read_record(value, row, images_dir)
            if record.id in seen:
                raise Fault(f"The id {record.id} stands in row {seen[record.id]} too.")
            names = [store(image) for image in record.images]
        except Fault as fault:
            faults.append({"id": str(value.get("id", row)), "row": row, "message": str(fault)})
            continue
        seen[record.id] = row
        group = groups.join([*names] or [f"prompt:{hashlib.sha256(record.prompt.encode()).hexdigest()}"])
        texts = {"prompt": record.prompt, "chosen": record.chosen, "rejected": record.rejected}
        pairs.append({"id": record.id, "group": group, **texts, "images": names, **record.extra})
    # A group's name must not depend on the order of the rows: that of its least key.
    least: dict[str, str] = {}
    for pair in pairs:
        root, key = groups.find(pair["group"]), min(pair["images"] or [pair["group"]])
        least[root] = min(key, least.get(root, key))
    return [{**pair, "group": least[groups.find(pair["group"])]} for pair in pairs], faults


def has_this_form(row: dict) -> bool:
    """Whether a row is one for `read_record` alone: neither a snapshot's nor the paper's own, which name their groups and images otherwise."""
    plain = all(isinstance(row.get(name), str) for name in ("prompt", "chosen", "rejected"))
    return "group" not in row and (not plain or any(row.get(name) for name in IMAGES if name != "img_path"))


def read_file(data: Path, images_dir: Path, scratch: Path) -> tuple[list[Pair], list[Unusable]]:
    """Pairs of a JSONL file where they lie, and the rows that hold none. Images within the rows are written under `scratch`."""
    places: dict[str, Path] = {}

    def place(image: bytes | Path) -> str:
        try:
            content = image if isinstance(image, bytes) else image.read_bytes()
        except OSError as error:
            raise Fault(f"{image} cannot be read: {error.strerror}.") from error
        digest = hashlib.sha256(content).hexdigest()
        if isinstance(image, bytes):
            _store(image, scratch)
        places.setdefault(digest, scratch / digest[:2] / digest if isinstance(image, bytes) else image)
        return digest

    found, faults = collect(data, images_dir, place)
    pairs = []
    for each in found:
        images = tuple(each["images"])
        texts = each["prompt"], each["chosen"], each["rejected"]
        pairs.append(Pair(each["id"], each["group"], *texts, images, tuple(places[name] for name in images)))
    unusable = []
    for fault in faults:
        error = TrainerError("DATA_INVALID", fault["message"], "Mend the row.", file=str(data), row=fault["row"])
        unusable.append(Unusable(Pair(fault["id"], "", "", "", "", (), ()), fault["row"], error))
    return pairs, unusable


def prepare(run_dir: Path, data: Path, images_dir: Path, test_share: float, options: dict) -> dict:
    """Makes the folder of a run from a JSONL file; returns how many pairs, groups and faults there are.

    Pairs are split by group: what shares an image, or a prompt without one, is trained on or tested on as a whole. Rows that hold no
    pair, or whose image cannot be found, are all listed in `unusable.jsonl`; unless `unusable` is `leave-out`, they end it.

    Raises DATA_INVALID, DATA_MISSING, CONFIG_INVALID, RUN_STARTED, WRITE_FAILED; then there is no config.json.
    """
    if (run_dir / "config.json").exists():
        raise TrainerError(
            "RUN_STARTED", "This folder holds a run.", "Choose a new folder, or leave out --data.", file=str(run_dir)
        )
    run_dir.mkdir(parents=True, exist_ok=True)
    media = run_dir / "media"
    pairs, faults = collect(data, images_dir, lambda image: _store(image, media))
    if faults:
        _write(run_dir / FAULTS, faults)
        if options.get("unusable") != "leave-out" or not pairs:
            first = faults[0]
            message = f"{len(faults)} of {len(faults) + len(pairs)} rows hold no pair that can be used. The first: {first['message']}"
            remedy = f"{run_dir / FAULTS} lists them all. Mend them, or add --set unusable=leave-out."
            raise TrainerError("DATA_INVALID", message, remedy, file=str(data), row=first["row"])
    if not pairs:
        raise TrainerError(
            "DATA_INVALID", f"{data.name} holds no pair.", "Choose data with at least one pair.", file=str(data)
        )
    seed = options.get("seed", 0)
    train, test = [], []
    for pair in pairs:
        (test if held_out(pair["group"], seed, test_share) else train).append(pair)
    if not train:
        raise TrainerError(
            "DATA_INVALID", "No group is left to train on.", "Lower --test-share, or give more pairs.", file=str(data)
        )
    _write(run_dir / "train.jsonl", train)
    sets = [{"name": "held-out", "path": "test.jsonl"}] if test else []
    if test:
        _write(run_dir / "test.jsonl", test)
    config = {
        "v": PROTOCOL_VERSION,
        "run_id": run_dir.name,
        "method": "shortcut-aware",
        "train": "train.jsonl",
        "media_dir": "media",
        "eval_sets": sets,
        **options,
    }
    wrong = schema.problem("config.json", config)
    if wrong:
        raise TrainerError("CONFIG_INVALID", wrong.message, "Correct what --set says.", field=wrong.field)
    # Last and as a whole: a folder with a config.json is complete.
    temporary = run_dir / "config.json.new"
    temporary.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    os.replace(temporary, run_dir / "config.json")
    return {
        "train": len(train),
        "test": len(test),
        "groups": len({pair["group"] for pair in pairs}),
        "left_out": len(faults),
    }


def parse_options(given: list[str]) -> dict:
    """`KEY=VALUE` for options of config.json; a value is JSON where it can be read so, else text. Raises CONFIG_INVALID."""
    known = schema.load("config.json")["properties"]
    options = {}
    for each in given:
        key, equals, text = each.partition("=")
        if not equals or key not in known:
            message = f"There is no option {key}." if equals else f"{each} is not KEY=VALUE."
            raise TrainerError("CONFIG_INVALID", message, f"Options are: {', '.join(sorted(known))}.", field=key)
        try:
            options[key] = json.loads(text)
        except json.JSONDecodeError:
            options[key] = text
    return options


def _store(image: bytes | Path, media: Path) -> str:
    """Puts an image where the trainer looks for it, by its hash; a file of the same disk is linked, not copied."""
    try:
        content = image if isinstance(image, bytes) else image.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        target = media / digest[:2] / digest
        if target.exists():
            return digest
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(image, bytes):
            target.write_bytes(content)
        else:
            try:
                os.link(image, target)
            except OSError:
                shutil.copyfile(image, target)
        return digest
    except OSError as error:
        message, remedy = (
            f"An image cannot be stored: {error.strerror}.",
            "Free some disk space, or check the permissions.",
        )
        raise TrainerError(
            "WRITE_FAILED", message, remedy, file=str(image if isinstance(image, Path) else media)
        ) from error


def _write(path: Path, rows: list[dict]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
