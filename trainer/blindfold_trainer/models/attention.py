"""Attention over packed rows that share prefixes, registered with Transformers as `blindfold_prefix`.

A row is `[prefix | response 1 | response 2 | ...]` for each prompt, one prompt after the other, without padding. Every response sees
its own prefix and itself, never another response; prompts see nothing of each other. The layout travels as the keyword argument
`prefix_layout` through the model, not as a global, so that gradient checkpointing computes the same thing again.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import AttentionInterface

from blindfold_trainer.data.packed_layout import Layout, Span

NAME = "blindfold_prefix"


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
