"""Attention over packed rows that share prefixes, registered with Transformers as `blindfold_prefix`.

A row is `[prefix | response 1 | response 2 | ...]` for each prompt, one prompt after the other, without padding. Every response sees
its own prefix and itself, never another response; prompts see nothing of each other. The layout travels as the keyword argument
`prefix_layout` through the model, not as a global, so that gradient checkpointing computes the same thing again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import AttentionInterface

NAME = "blindfold_prefix"


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


class _Shapes(torch.autograd.Function):
    """Attention of tensors without data: keeps for the backward pass what kernels keep. PyTorch itself would count a matrix of scores."""

    @staticmethod
    def forward(ctx, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
        out = torch.empty_like(query, memory_format=torch.contiguous_format)
        # Kernels that take a mask want it in numbers, and keep that copy.
        ctx.save_for_backward(query, key, value, out, None if mask is None else mask.to(query.dtype))
        return out

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, ...]:
        return *(torch.empty_like(t, memory_format=torch.contiguous_format) for t in ctx.saved_tensors[:3]), None


def _sdpa(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, scaling: float | None, dropout: float
) -> Tensor:
    if query.is_meta:
        return _Shapes.apply(query, key, value, mask)
    return F.scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=mask,
        is_causal=mask is None,
        dropout_p=dropout,
        scale=scaling,
        enable_gqa=query.shape[1] != key.shape[1],
    )


def _by_spans(query: Tensor, key: Tensor, value: Tensor, layout: Layout, window, scaling, dropout) -> Tensor:
    """[1, heads, length, d] each; runs everywhere."""
    device, out = query.device, []
    # Tensors without data stand for those of a GPU, whose kernel needs no mask for these.
    maskless = query.is_meta and query.dtype != torch.float32 and layout.plain(window)
    for span in layout.spans:
        s, p = span.start, span.prefix
        end = s + p + span.responses[0]
        mask = None if maskless else layout.mask(span, 0, end - s, window, device)
        out.append(_sdpa(query[:, :, s:end], key[:, :, s:end], value[:, :, s:end], mask, scaling, dropout))
        for length in span.responses[1:]:
            at, end = end, end + length
            keys = torch.cat([key[:, :, s : s + p], key[:, :, at:end]], 2)
            values = torch.cat([value[:, :, s : s + p], value[:, :, at:end]], 2)
            mask = None if maskless else layout.mask(span, p, p + length, window, device)
            out.append(_sdpa(query[:, :, at:end], keys, values, mask, scaling, dropout))
    return torch.cat(out, 2)


def _by_kernel(query: Tensor, key: Tensor, value: Tensor, layout: Layout, scaling) -> Tensor:
    """The same in one flash-attention call, for plain layouts in half precision on CUDA."""
    from torch.nn.attention.varlen import varlen_attn

    index, queries_at, keys_at, most_q, most_k = layout.sequences(query.device)
    rows = [t[0].transpose(0, 1) for t in (query, key, value)]
    out = varlen_attn(
        rows[0].contiguous(),
        rows[1][index],
        rows[2][index],
        queries_at,
        keys_at,
        most_q,
        most_k,
        scale=scaling,
        window_size=(-1, 0),
        enable_gqa=query.shape[1] != key.shape[1],
    )
    return out.transpose(0, 1)[None]


def agrees(kernel: Callable[..., Tensor], device: torch.device, dtype: torch.dtype) -> bool:
    """Whether `kernel` in half precision gives what spans give in fp32, attention and gradients, on a small layout."""
    layout = Layout([Span(0, 17, (5, 9)), Span(31, 3, (1, 4))])
    generator = torch.Generator().manual_seed(0)
    drawn = [torch.randn(1, heads, 39, 64, generator=generator).to(device, dtype) for heads in (4, 2, 2, 4)]

    def computed(attend: Callable[..., Tensor], dtype: torch.dtype) -> list[Tensor]:
        *leaves, cotangent = (t.to(dtype).requires_grad_() for t in drawn)
        out = attend(*leaves)
        return [t.float() for t in (out, *torch.autograd.grad(out, leaves, cotangent))]

    with torch.enable_grad():
        exact = computed(lambda q, k, v: _by_spans(q, k, v, layout, None, 0.125, 0.0), torch.float32)
        found = computed(lambda q, k, v: kernel(q, k, v, layout, 0.125), dtype)
    # Rounding to half precision moves the numbers, which are about one, by less than half of that.
    return all(
        (a - b).abs().max().item() < bound for a, b, bound in zip(exact, found, (0.02, 0.1, 0.1, 0.1), strict=True)
    )


#: Whether the kernel gives on this device what spans give; tried once, since kernels differ between versions and cards.
_kernel_works: dict[torch.device, bool] = {}


def kernel_works(device: torch.device, dtype: torch.dtype = torch.bfloat16) -> bool:
    if device.type != "cuda":
        return False
    if device not in _kernel_works:
        try:
            _kernel_works[device] = agrees(_by_kernel, device, dtype)
        except (ImportError, RuntimeError, TypeError, ValueError):
            _kernel_works[device] = False
    return _kernel_works[device]


def prefix_attention(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    sliding_window: int | None = None,
    prefix_layout: Layout | None = None,
    **_: object,
) -> tuple[Tensor, None]:
    """Transformers' attention function: query [1, heads, length, d], key and value [1, key heads, length, d]."""
    if prefix_layout is None or attention_mask is not None:
        raise ValueError("blindfold_prefix attends by a layout: pass prefix_layout and no mask.")
    if getattr(module, "attn_logit_softcapping", None) is not None:
        raise ValueError("Attention with capped logits is not supported.")
    half = query.dtype in (torch.bfloat16, torch.float16)
    if half and dropout == 0.0 and prefix_layout.plain(sliding_window) and kernel_works(query.device, query.dtype):
        out = _by_kernel(query, key, value, prefix_layout, scaling)
    else:
        out = _by_spans(query, key, value, prefix_layout, sliding_window, scaling, dropout)
    return out.transpose(1, 2), None


# No mask function is registered under this name, so Transformers builds no mask.
AttentionInterface.register(NAME, prefix_attention)
