"""Rewards of responses: N responses a prompt, the best one named; in shards, and resumed where a process was stopped."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from blindfold_trainer.data.image_references import Places, paths_of
from blindfold_trainer.data.pairs import Unusable, refusal
from blindfold_trainer.data.rows import Ids, ResponsesRow, name_of, read_responses, read_rows
from blindfold_trainer.models.branches import Branches, Encoded
from blindfold_trainer.models.options import Role
from blindfold_trainer.protocol.errors import TrainerError

#: Tokens of one forward pass where nobody says otherwise.
TOKENS = 16_384


#: What is looked at beyond the row itself before the first is scored; raises where it cannot be used.
Check = Callable[[ResponsesRow, dict], object]


class Rows:
    """The rows of a file with responses, all looked at before the first is scored: hours must not be lost on a malformed one.

    Each row is encoded once with its images, by the model that will score it; those that cannot be used stand in `unusable`. Raises
    DATA_INVALID, or what is wrong with the first of them, where they are not left out, or where none is left.
    """

    def __init__(
        self,
        branches: Branches,
        path: Path,
        images: Path,
        leave_out: bool = False,
        mine: Callable[[int, str], bool] = lambda place, id: True,
        check: Check = lambda row, value: None,
    ):
        self._branches, self._path, self._places = branches, path, Places(images)
        self.unusable: list[Unusable] = []
        self._kept: list[int] = []
        ids, found = Ids(), False
        for place, (number, value) in enumerate(read_rows(path)):
            found = True
            try:
                row = read_responses(value, number, self._places)
                ids.add(row)
                check(row, value)
                if mine(place, row.id):
                    with self._encoded(row, row.responses):
                        self._kept.append(number)
            except TrainerError as error:
                if not error.of_row:
                    raise
                error.file, error.row = str(path), number
                self.unusable.append(Unusable(name_of(value, number), number, error))
        if self.unusable and not (leave_out and self._kept):
            error = refusal(self.unusable, str(path), "row")
            error.remedy += " With --unusable leave-out the rows that cannot be used are named and left out."
            raise error
        if not found:
            message = f"{path.name} holds no prompt."
            raise TrainerError("DATA_INVALID", message, "Choose a file with responses.", file=str(path))

    def __iter__(self) -> Iterator[tuple[ResponsesRow, dict]]:
        kept = iter(self._kept)
        wanted = next(kept, None)
        for number, value in read_rows(self._path):
            if number == wanted:
                yield read_responses(value, number, self._places), value
                wanted = next(kept, None)

    @contextmanager
    def _encoded(self, row: ResponsesRow, responses: Sequence[str]) -> Iterator[Encoded]:
        with TemporaryDirectory() as scratch:
            paths = paths_of(row.images, Path(scratch))
            yield self._branches.encode_texts(row.id, row.prompt, responses, paths, row.messages)

    def rewards(self, role: Role, row: ResponsesRow, tokens: int) -> list[float]:
        """Rewards of all responses of a row. They share a pass, prompt and image encoded once, unless that takes more than `tokens`."""

        def score(responses: Sequence[str]) -> list[float]:
            with self._encoded(row, responses) as item:
                if len(responses) > 1 and self._branches.cost(item, role) > tokens:
                    half = len(responses) // 2
                    return score(responses[:half]) + score(responses[half:])
                with torch.inference_mode():
                    return self._branches.rewards(role, [item]).tolist()

        try:
            rewards = score(row.responses)
        except TrainerError as error:
            error.file, error.row = error.file or str(self._path), row.row
            raise
        if not all(map(math.isfinite, rewards)):
            message, remedy = "A reward is no number.", "Train the model again at a lower learning rate."
            raise TrainerError("DIVERGED", message, remedy, file=str(self._path), row=row.row, ids=[row.id])
        return rewards


def score_file(
    branches: Branches,
    role: Role,
    path: Path,
    images: Path,
    tokens: int = TOKENS,
    shard: tuple[int, int] = (1, 1),
    known: Collection[str] = (),
    leave_out: bool = False,
) -> tuple[list[Unusable], Iterator[dict]]:
    """The rows that cannot be used, and for each other row `{id?, prompt, images?, responses: [...]}` one `{id, rewards, best}`; `best`
    counts from 0.

    Shard `(i, n)`, i from 1, takes rows i, i + n, i + 2n, ...; rows with an id in `known` are left out.
    """
    at, of = shard
    rows = Rows(branches, path, images, leave_out, lambda place, id: place % of == at - 1 and id not in known)

    def lines() -> Iterator[dict]:
        for row, _ in rows:
            values = rows.rewards(role, row, tokens)
            yield {"id": row.given_id, "rewards": values, "best": max(range(len(values)), key=values.__getitem__)}

    return rows.unusable, lines()


class ScoreFile:
    """Lines of `score_file` on the disk. What a process that was killed left is kept, but for a last line that was not finished.

    Beside FILE lies FILE.model.json, which tells of which model the rewards are: those of two never come into one file.
    """

    def __init__(self, path: Path, card: dict):
        self.path = path
        #: Ids that have their rewards.
        self.known: set[str] = set()
        note = path.with_name(path.name + ".model.json")
        model = {"model": hashlib.sha256(json.dumps(card, sort_keys=True).encode()).hexdigest()}
        try:
            if path.exists():
                if not note.exists() or json.loads(note.read_text(encoding="utf-8")) != model:
                    message = f"{path.name} has rewards of another model, or is no file of rewards."
                    raise TrainerError("DATA_INVALID", message, "Name another file.", file=str(path))
                self._mend()
            else:
                note.write_text(json.dumps(model) + "\n", encoding="utf-8")
        except OSError as error:
            raise self._failed(error) from error

    def _mend(self) -> None:
        end = 0
        with open(self.path, "rb+") as file:
            for row, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    break
                try:
                    self.known.add(str(json.loads(line)["id"]))
                except (ValueError, KeyError, TypeError) as error:
                    message, remedy = "A line is no reward.", "Put the line back, or name another file."
                    raise TrainerError("DATA_INVALID", message, remedy, file=str(self.path), row=row) from error
                end += len(line)
            file.truncate(end)

    def _failed(self, error: OSError) -> TrainerError:
        message = f"Cannot write {self.path.name}: {error.strerror}."
        remedy = "Free some disk space, then give the same command again: it goes on."
        return TrainerError("WRITE_FAILED", message, remedy, file=str(self.path))

    def write(self, lines: Iterator[dict]) -> int:
        """Appends each line at once, all of them to the disk at the end; gives how many. Raises WRITE_FAILED."""
        count = 0
        try:
            with open(self.path, "ab", buffering=0) as file:
                for line in lines:
                    rest = memoryview(json.dumps(line, allow_nan=False).encode() + b"\n")
                    # A disk that is nearly full takes part of a line before it takes none.
                    while rest:
                        rest = rest[file.write(rest) :]
                    count += 1
                os.fsync(file.fileno())
        except OSError as error:
            raise self._failed(error) from error
        return count
