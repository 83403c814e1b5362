"""What sees what in a packed row: every response its own prefix and itself, never another response."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class Span:
    """One prompt in a row: where it starts, and lengths in tokens."""

    start: int
    prefix: int
    responses: tuple[int, ...]
    #: [begin, end) of images in the prefix whose tokens see each other in both directions.
    blocks: tuple[tuple[int, int], ...] = ()

    @property
    def length(self) -> int:
        return self.prefix + sum(self.responses)


@dataclass
class Layout:
    """What sees what in one row. Masks are made once and serve all layers."""

    spans: Sequence[Span]
    _masks: dict = field(default_factory=dict)
    _indices: dict = field(default_factory=dict)

    def plain(self, sliding_window: int | None) -> bool:
        """Whether everything is causal: no image seen in both directions, no window shorter than a sequence."""
        longest = max(s.prefix + max(s.responses) for s in self.spans)
        return not any(s.blocks for s in self.spans) and (sliding_window is None or longest <= sliding_window)

    def mask(
        self, span: Span, first: int, keys: int, sliding_window: int | None, device: torch.device
    ) -> Tensor | None:
        """Bool [keys - first, keys] for the queries `first`.. of a plain sequence of `keys` tokens; None where it is causal from 0."""
        windowed = sliding_window is not None and keys > sliding_window
        blocks = span.blocks if first < span.prefix else ()
        if first == 0 and not windowed and not blocks:
            return None
        key = (first, keys, sliding_window if windowed else None, blocks, device)
        if key not in self._masks:
            query = torch.arange(first, keys, device=device)[:, None]
            other = torch.arange(keys, device=device)[None, :]
            seen = other <= query
            for begin, end in blocks:
                seen |= (begin <= query) & (query < end) & (begin <= other) & (other < end)
            if windowed:
                seen &= other > query - sliding_window
            self._masks[key] = seen
        return self._masks[key]

    def sequences(self, device: torch.device) -> tuple[Tensor, Tensor, Tensor, int, int]:
        """For variable-length kernels: index of each key in the row, borders of queries and of keys, longest of each.

        The first sequence of a span is prefix and first response; every other response is a sequence whose keys repeat the prefix.
        """
        if device not in self._indices:
            keys: list[int] = []
            queries_at, keys_at, most_q, most_k = [0], [0], 0, 0
            for s in self.spans:
                at = s.start + s.prefix
                for number, length in enumerate(s.responses):
                    queries = length + (s.prefix if number == 0 else 0)
                    keys += [*range(s.start, s.start + s.prefix), *range(at, at + length)]
                    queries_at.append(queries_at[-1] + queries)
                    keys_at.append(len(keys))
                    most_q, most_k, at = max(most_q, queries), max(most_k, s.prefix + length), at + length
            borders = [torch.tensor(b, dtype=torch.int32, device=device) for b in (queries_at, keys_at)]
            self._indices[device] = (torch.tensor(keys, device=device), *borders, most_q, most_k)
        return self._indices[device]
