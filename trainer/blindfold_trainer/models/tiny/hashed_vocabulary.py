"""Text as numbers. The vocabulary is a hash, so that any text in any language works without a fitted tokenizer."""

from __future__ import annotations

import re
import zlib

VOCABULARY = 8192
PADDING, REWARD, SEPARATOR = 0, 1, 2
_RESERVED = 3
#: Recorded with every saved model: what must hold for its embeddings to mean anything.
RULE = "casefold; words, digits, CJK letters and marks one by one; 3 + crc32(utf-8) mod 8189"

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_CJK}]|[^\W\d_{_CJK}]+|\d|[^\w\s]|_")


def words(text: str) -> list[int]:
    """The word numbers of a text, each in 3 .. 8191. Two words may share a number."""
    return [
        _RESERVED + zlib.crc32(w.encode("utf-8", "surrogatepass")) % (VOCABULARY - _RESERVED)
        for w in _WORD.findall(text.casefold())
    ]


def encode(prompt: str, response: str, max_length: int) -> tuple[list[int], bool]:
    """`[REWARD, prompt..., SEPARATOR, response...]` with at most `max_length` words, and whether something was cut off.

    A prompt may take half of the room at most where the response needs the rest, so that a long prompt never hides the
    response. Of prompt and response the end is cut.
    """
    p, r = words(prompt), words(response)
    if len(p) + len(r) <= max_length:
        return [REWARD, *p, SEPARATOR, *r], False
    room = max(max_length - len(r), max_length // 2)
    p = p[:room]
    return [REWARD, *p, SEPARATOR, *r[: max_length - len(p)]], True
