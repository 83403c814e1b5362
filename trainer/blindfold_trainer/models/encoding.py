"""All pairs of a set made ready for the model before the first step, so that nothing is found wanting after an hour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from blindfold_trainer.data.pairs import Pair, Unusable
from blindfold_trainer.models.branches import Branches, Encoded
from blindfold_trainer.protocol.errors import TrainerError


@dataclass
class Dataset:
    """Pairs and what the model made of them, position by position."""

    pairs: list[Pair] = field(default_factory=list)
    items: list[Encoded] = field(default_factory=list)
    unusable: list[Unusable] = field(default_factory=list)
    #: Ids by note, as `Encoded.notes` has them.
    notes: dict[str, list[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.pairs)


def encode_pairs(branches: Branches, pairs: Sequence[Pair], tick: Callable[[], None] = lambda: None) -> Dataset:
    """Encodes each pair; what cannot be encoded stands in `unusable`. `tick` is called now and then and may raise to stop."""
    data = Dataset()
    for row, pair in enumerate(pairs, 1):
        if row % 64 == 0:
            tick()
        try:
            item = branches.encode(pair)
        except TrainerError as error:
            if not error.of_row:
                raise
            data.unusable.append(Unusable(pair.id, pair.row or row, error))
            continue
        data.pairs.append(pair)
        data.items.append(item)
        for note in item.notes:
            data.notes.setdefault(note, []).append(pair.id)
    return data
