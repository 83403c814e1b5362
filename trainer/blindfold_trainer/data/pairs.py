"""Preference pairs from JSONL. Nothing is left out silently: a bad row is named with its number."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from blindfold_trainer.data.image_references import Image, Places, content_of, paths_of
from blindfold_trainer.data.messages import Message, shown_images
from blindfold_trainer.data.rows import Ids, PairRow, name_of, read_pair, read_rows
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.protocol.schema import problem


@dataclass(frozen=True)
class Pair:
    id: str
    group: str
    prompt: str
    chosen: str
    rejected: str
    #: Names of the images, as the file has them, and where they lie.
    images: tuple[str, ...]
    paths: tuple[Path, ...]
    #: What the loss of the multimodal branch is multiplied with.
    weight: float = 1.0
    #: Probability that `chosen` is the better one; 1/2 for a tie.
    label: float = 1.0
    #: Log-odds by which the better one's reward should exceed the other's.
    margin: float = 0.0
    #: The kind of question in a benchmark; empty where there are no kinds.
    category: str = ""
    #: The prompt's turns, where prompt and images do not tell them.
    messages: tuple[Message, ...] | None = None
    #: Where it stands in its file, from 1; 0 where that is not known.
    row: int = 0


def pair_of(row: PairRow, paths: Sequence[Path], names: Sequence[str] = ()) -> Pair:
    """The pair of a row, in no group yet; `paths` are where its images lie."""
    texts = row.prompt, row.chosen, row.rejected
    images = tuple(names or map(str, paths))
    return Pair(row.id, "", *texts, images, tuple(paths), **row.numbers, messages=row.messages, row=row.row)


@dataclass(frozen=True)
class Unusable:
    """A row that holds no pair, or whose pair the model cannot take; `row` counts from 1."""

    id: str
    row: int
    error: TrainerError

    def data(self) -> dict:
        return {"id": self.id, "row": self.row, "code": self.error.code, "message": self.error.message}


def refusal(unusable: Sequence[Unusable], file: str, what: str = "pair") -> TrainerError:
    """The error for what cannot be used: the first one's reason and place, and how many there are."""
    first = unusable[0]
    error = first.error
    more = f" {len(unusable) - 1} more {what}s cannot be used." if len(unusable) > 1 else ""
    return TrainerError(
        error.code,
        f"{error.message} It belongs to {what} {first.id}.{more}",
        error.remedy,
        file=error.file or file,
        row=first.row,
        field=error.field,
        ids=[u.id for u in unusable],
    )


def read_snapshot(path: Path, media_dir: Path) -> list[Pair]:
    """Pairs as the app pins them: `snapshotPair` of the protocol, images by hash under `media_dir`. A row that is none ends it."""
    pairs, seen = [], {}
    for row, value in read_rows(path):

        def wrong(message: str, field: str | None, row: int = row) -> TrainerError:
            return TrainerError("DATA_INVALID", message, "Write the snapshot again.", file=str(path), row=row, field=field)

        found = problem("pair.json", value)
        if found:
            raise wrong(found.message, found.field)
        images, messages = tuple(value["images"]), value.get("messages")
        if messages is not None and shown_images(messages) != len(images):
            raise wrong(f"The turns show {shown_images(messages)} images, and there are {len(images)}.", "messages")
        if value["id"] in seen:
            raise wrong(f"The id {value['id']} stands in row {seen[value['id']]} too.", "id")
        seen[value["id"]] = row
        pairs.append(
            Pair(
                value["id"],
                value["group"],
                value["prompt"],
                value["chosen"],
                value["rejected"],
                images,
                tuple(media_dir / h[:2] / h for h in images),
                value.get("weight", 1.0),
                value.get("label", 1.0),
                value.get("margin", 0.0),
                messages=None if messages is None else tuple(messages),
                row=row,
            )
        )
    return some(pairs, path)


def some(pairs: list[Pair], path: Path) -> list[Pair]:
    """The pairs. Raises DATA_INVALID where there are none."""
    if not pairs:
        message, remedy = f"{path.name} holds no pair.", "Choose data with at least one pair."
        raise TrainerError("DATA_INVALID", message, remedy, file=str(path))
    return pairs


class Groups:
    """Which pairs share an image, or a prompt where they have none, directly or by way of others."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._least: dict[str, str] = {}

    def find(self, key: str) -> str:
        root = key
        while (above := self._parent.setdefault(root, root)) != root:
            root = above
        while self._parent[key] != root:
            self._parent[key], key = root, self._parent[key]
        return root

    def join(self, keys: list[str]) -> str:
        """Puts all into one group; gives a key to ask `name` for."""
        for key in keys:
            first, other = self.find(keys[0]), self.find(key)
            self._parent[other] = first
            # A group's name must not depend on the order of the rows: it is its least key.
            self._least[first] = min(self._least.get(first, first), self._least.get(other, other))
        return keys[0]

    def name(self, key: str) -> str:
        return self._least[self.find(key)]


@dataclass
class Collected:
    """The pairs of a file and what stood in the way of others."""

    #: (row, names of its images, its group), row by row.
    rows: list[tuple[PairRow, list[str], str]]
    unusable: list[Unusable]
    #: How many rows have a weight, label or margin that was not taken.
    foreign: Counter[str]

    def notes(self) -> list[str]:
        """What was not taken, for a person."""
        return [
            f"{count} rows have a field {name}, which is not taken: --take {name} takes it for "
            + {
                "weight": "what their loss is multiplied with",
                "label": "the probability that chosen is the better one",
                "margin": "the log-odds by which chosen should exceed",
            }[name]
            + "."
            for name, count in sorted(self.foreign.items())
        ]


def collect(
    path: Path, images_dir: Path, store: Callable[[Image, str], str], take: frozenset[str] = frozenset()
) -> Collected:
    """All pairs of a JSONL file. `store` keeps an image and gives its name; it gets the field too. A group is what shares an image, or a
    prompt without one."""
    groups, ids, places = Groups(), Ids(), Places(images_dir)
    found = Collected([], [], Counter())
    kept: list[tuple[PairRow, list[str], str]] = []
    for number, value in read_rows(path):
        try:
            row = read_pair(value, number, places, take)
            names = [store(image, "images") for image in row.images]
            ids.add(row)
        except TrainerError as error:
            if not error.of_row:
                raise
            error.file, error.row = str(path), number
            found.unusable.append(Unusable(name_of(value, number), number, error))
            continue
        found.foreign.update(row.foreign)
        keys = [*names] or [f"prompt:{hashlib.sha256(row.prompt.encode()).hexdigest()}"]
        kept.append((row, names, groups.join(keys if row.group is None else [*keys, f"group:{row.group}"])))
    found.rows = [(row, names, groups.name(key)) for row, names, key in kept]
    return found


def read_file(
    path: Path, images_dir: Path, scratch: Path, by: str | None = None
) -> tuple[list[Pair], list[Unusable], list[str]]:
    """Pairs of a JSONL file where they lie, the rows that hold none, and what was not taken of them. Images within the rows are written
    under `scratch`; whether others are there shows where the model needs them. `by` names the field that tells a pair's kind."""
    where: dict[str, Path] = {}
    names: dict[Path, str] = {}

    def place(image: Image, _: str) -> str:
        [lies] = paths_of([image], scratch)
        if lies not in names:
            try:
                names[lies] = hashlib.sha256(content_of(lies)).hexdigest()
            except TrainerError as error:
                if not error.of_row:
                    raise
                names[lies] = str(lies)
            where.setdefault(names[lies], lies)
        return names[lies]

    found = collect(path, images_dir, place)
    kinds: dict[int, str] = {}
    if by is not None:
        kinds = {row: str(value[by]) for row, value in read_rows(path) if value.get(by) is not None}
    pairs = [
        replace(pair_of(row, [where[name] for name in images], images), group=group, category=kinds.get(row.row, ""))
        for row, images, group in found.rows
    ]
    if not pairs and not found.unusable:
        some(pairs, path)
    return pairs, found.unusable, found.notes()


def data_hash(pairs: list[Pair]) -> str:
    """SHA-256 over ids, texts, turns and image names in their order."""
    digest = hashlib.sha256()
    for p in pairs:
        row = [p.id, p.prompt, p.chosen, p.rejected, list(p.images)]
        # Data without weights, labels, margins and turns keeps the hash that it had before there were any.
        extra = [p.weight, p.label, p.margin] if (p.label, p.margin) != (1, 0) else [p.weight] if p.weight != 1 else []
        turns = [] if p.messages is None else [{"messages": p.messages}]
        digest.update(json.dumps([*row, *extra, *turns], ensure_ascii=True).encode())
    return digest.hexdigest()
