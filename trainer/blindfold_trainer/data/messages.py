"""Prompts as turns of text and images, and the one text that follows from them: the rule of the app's src/core/messages.ts.

A turn is `{"role", "content": [{"type": "text", "text"} | {"type": "image"}, ...]}`; each image part shows the next image of the pair.
"""

from __future__ import annotations

from collections.abc import Sequence

Message = dict


def turn_text(message: Message) -> str:
    """The text parts of one turn, each on a line of its own; images and empty parts say nothing."""
    return "\n".join(part["text"] for part in message["content"] if part["type"] == "text" and part["text"])


def prompt_text(messages: Sequence[Message]) -> str:
    """A single user turn is its text alone; anything else is every turn as `role: text`, parted by blank lines."""
    if len(messages) == 1 and messages[0]["role"] == "user":
        return turn_text(messages[0])
    return "\n\n".join(f"{message['role']}: {turn_text(message)}" for message in messages)


def response_text(messages: Sequence[Message]) -> str:
    """A single assistant turn is its text alone; more turns are written like a prompt."""
    if len(messages) == 1 and messages[0]["role"] == "assistant":
        return turn_text(messages[0])
    return prompt_text(messages)


def shown_images(messages: Sequence[Message]) -> int:
    return sum(part["type"] == "image" for message in messages for part in message["content"])


def canonical(messages: Sequence[Message], images: int) -> tuple[Message, ...] | None:
    """The turns without their empty texts; None where prompt and images alone tell them: one user turn of all images, then one text."""
    clean = tuple(
        {
            "role": message["role"],
            "content": [part for part in message["content"] if part["type"] == "image" or part["text"]],
        }
        for message in messages
    )
    if not clean:
        return None
    behind = clean[0]["content"][images:]
    texts = len(behind) <= 1 and all(part["type"] == "text" for part in behind)
    return None if len(clean) == 1 and clean[0]["role"] == "user" and texts else clean


def turns_of(prompt: str, images: int) -> list[Message]:
    """The turns that a prompt without turns of its own stands for: all images, then the text."""
    return [{"role": "user", "content": [{"type": "image"}] * images + [{"type": "text", "text": prompt}]}]


def without_images(messages: Sequence[Message]) -> list[Message]:
    """The turns as text alone, each turn one text by the rule of `turn_text`."""
    return [{"role": m["role"], "content": [{"type": "text", "text": turn_text(m)}]} for m in messages]
