"""Prompt, images and responses as the tokens that the model sees, by the model's own chat template, tokenizer and image processor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from .errors import TrainerError
from .families.base import Family, Pixels
from .packing import shared_prefix

#: Stands where the response goes, to find what the template writes before and after it.
_MARK = "RESPONSE7f3a"


@dataclass(frozen=True)
class Picture:
    """One image as the model takes it, and the text that stands in its place."""

    pixels: Pixels
    text: str


@dataclass(frozen=True)
class Rendered:
    """What all responses have in common, and each alone, in tokens; every response has at least one."""

    prefix: tuple[int, ...]
    responses: tuple[tuple[int, ...], ...]
    #: Whether text of the pair looked like a control token and was broken up.
    broken: bool


class Chat:
    def __init__(self, family: Family, tokenizer, image_processor, settings: dict):
        """`settings` are those of the model's processor: `chat_template`, and what its family needs to lay out an image."""
        self.family, self.tokenizer, self.image_processor, self.settings = family, tokenizer, image_processor, settings
        self.template: str | None = settings.get("chat_template") or tokenizer.chat_template
        if not self.template:
            raise TrainerError(
                "MODEL_INVALID",
                "The model has no chat template.",
                "Use an instruction-tuned model, with chat_template.jinja.",
            )
        self.marker = family.marker(tokenizer)
        marks = {str(t) for t in tokenizer.all_special_tokens} | {self.marker}
        marks |= {str(t) for t in tokenizer.added_tokens_decoder.values() if t.special}
        #: Longest first, so that no mark hides in another.
        self._marks = sorted((m for m in marks if len(m) > 1), key=len, reverse=True)
        first = tokenizer("a")["input_ids"][:1]
        #: The beginning-of-text token, where the tokenizer puts one.
        self._bos = first if tokenizer.bos_token and first == [tokenizer.bos_token_id] else []
        self.ending = self._around(0, "question")[1]

    def _around(self, images: int, prompt: str) -> tuple[str, str]:
        """What the template writes before and after the response. Raises MODEL_INVALID where it has no place for one."""
        user = [{"type": "image"}] * images + [{"type": "text", "text": prompt}]
        messages = [
            {"role": "user", "content": user},
            {"role": "assistant", "content": [{"type": "text", "text": _MARK}]},
        ]
        text = self.tokenizer.apply_chat_template(messages, chat_template=self.template, tokenize=False)
        before, mark, after = text.rpartition(_MARK)
        if not mark or _MARK in before or before.count(self.marker) != images:
            raise TrainerError(
                "MODEL_INVALID",
                "The chat template does not show every image and the response once.",
                "Use the chat template that came with the model.",
            )
        # What follows the mark that ends a turn belongs to the next turn.
        return before, after.rstrip() or (self.tokenizer.eos_token or "")

    def plain(self, text: str) -> str:
        """The text with everything broken up that the tokenizer would take for a control token or the place of an image."""
        for mark in self._marks:
            if mark in text:
                text = text.replace(mark, f"{mark[0]} {mark[1:]}")
        return text

    def picture(self, image: Image.Image) -> Picture:
        """An image in RGB, prepared by the model's image processor."""
        processed = self.image_processor(images=[image], return_tensors="pt", **self.family.image_options)
        return Picture(self.family.pixels(processed), self.family.placeholder(processed, self.tokenizer, self.settings))

    def texts(self, prompt: str, responses: Sequence[str], pictures: Sequence[Picture]) -> list[str]:
        """The whole conversation with each response, as it is tokenised."""
        before, after = self._around(len(pictures), self.plain(prompt))
        parts = before.split(self.marker)
        head = parts[0] + "".join(picture.text + part for picture, part in zip(pictures, parts[1:]))
        return [head + self.plain(response) + after for response in responses]

    def render(self, prompt: str, responses: Sequence[str], pictures: Sequence[Picture]) -> Rendered:
        """Tokens of the whole conversation with each response, cut where they part.

        Each is tokenised as one text, so the tokens are those the model would see anywhere else; cutting tokens instead of text also
        shares the words with which responses begin alike.
        """
        rows = [self._ids(text) for text in self.texts(prompt, responses, pictures)]
        shared = shared_prefix(rows)
        broken = any(self.plain(text) != text for text in (prompt, *responses))
        return Rendered(tuple(rows[0][:shared]), tuple(tuple(r[shared:]) for r in rows), broken)

    def _ids(self, text: str) -> list[int]:
        # A template may write the beginning-of-text token itself: it must stand there once.
        ids = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids if ids[: len(self._bos)] == self._bos else self._bos + ids
