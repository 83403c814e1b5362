"""Prompt, images and responses as the tokens that the model sees, by the model's own chat template, tokenizer and image processor."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from jinja2 import TemplateError
from PIL import Image

from blindfold_trainer.data import chat_templates
from blindfold_trainer.data.messages import Message, shown_images, turns_of
from blindfold_trainer.data.model_images import ImageForm, Picture
from blindfold_trainer.data.packing import shared_prefix
from blindfold_trainer.protocol.errors import TrainerError

#: Turns, or one text that stands below all images.
Prompt = str | Sequence[Message]

#: Stands where the response goes, to find what the template writes before and after it.
_MARK = "RESPONSE7f3a"


@dataclass(frozen=True)
class Rendered:
    """What all responses have in common, and each alone, in tokens; every response has at least one."""

    prefix: tuple[int, ...]
    responses: tuple[tuple[int, ...], ...]
    #: Whether text of the pair looked like a control token and was broken up.
    broken: bool


def control_marks(added: Iterable[str]) -> list[str]:
    """What text must not say in one piece: the tokens that were added to a vocabulary, but for blanks and single characters. Longest first,
    so that no mark hides in another. The app has the same rule (src/scoring/reading/control-marks.ts)."""
    return sorted((mark for mark in added if len(mark.strip()) > 1), key=lambda mark: (-len(mark), mark))


def broken_up(text: str, marks: Sequence[str]) -> str:
    """The text with a blank behind the first character of every mark in it."""
    for mark in marks:
        if mark in text:
            at = len(mark) - len(mark.lstrip()) + 1
            text = text.replace(mark, f"{mark[:at]} {mark[at:]}")
    return text


class Chat:
    def __init__(self, family: ImageForm, tokenizer, image_processor, settings: dict):
        """`settings` are those of the model's processor: `chat_template`, and what its family needs to lay out an image."""
        self.family, self.tokenizer, self.image_processor, self.settings = family, tokenizer, image_processor, settings
        self.template: str | None = settings.get("chat_template") or tokenizer.chat_template
        if not self.template:
            raise TrainerError(
                "MODEL_INVALID",
                "The model has no chat template.",
                "Use an instruction-tuned model, with chat_template.jinja.",
            )
        wrong = chat_templates.problem(self.template)
        if wrong:
            message = f"The model's chat template is not run: {wrong}."
            raise TrainerError("MODEL_INVALID", message, "Use the chat template that came with the model.")
        self.marker = family.marker(tokenizer)
        marks = {self.marker, *map(str, tokenizer.all_special_tokens)}
        self._marks = control_marks({*marks, *map(str, tokenizer.added_tokens_decoder.values())})
        first = tokenizer("a")["input_ids"][:1]
        #: The beginning-of-text token, where the tokenizer puts one.
        self._bos = first if tokenizer.bos_token and first == [tokenizer.bos_token_id] else []
        self.ending = self._around(turns_of("question", 0))[1]

    def _around(self, messages: Sequence[Message]) -> tuple[str, str]:
        """What the template writes before and after the response to these turns. Raises MODEL_INVALID where it has no place for one,
        DATA_INVALID for turns that it does not take."""
        try:
            before, mark, after = self._rendered(messages).rpartition(_MARK)
            if before.count(self.marker) != shown_images(messages) or not (self._in_place or _images_first(messages)):
                before, mark, after = self._rendered([self._inlined(message) for message in messages]).rpartition(_MARK)
        except (TemplateError, OverflowError, MemoryError, RecursionError) as error:
            message = f"The model's chat template does not take these turns: {error}."
            raise TrainerError("DATA_INVALID", message, "Choose another model, or exclude the pair.", field="prompt") from error
        if not mark or _MARK in before or before.count(self.marker) != shown_images(messages):
            raise TrainerError(
                "MODEL_INVALID",
                "The chat template does not show every image and the response once.",
                "Use the chat template that came with the model.",
            )
        # What follows the mark that ends a turn belongs to the next turn.
        return before, after.rstrip() or (self.tokenizer.eos_token or "")

    def _rendered(self, messages: Sequence[Message]) -> str:
        answer = {"role": "assistant", "content": [{"type": "text", "text": _MARK}]}
        with chat_templates.counted():
            return self.tokenizer.apply_chat_template([*messages, answer], chat_template=self.template, tokenize=False)

    @cached_property
    def _in_place(self) -> bool:
        """Whether the template writes images where they stand among texts: some write all of them first."""
        parts = [{"type": "text", "text": "A7f3a"}, {"type": "image"}, {"type": "text", "text": "B7f3a"}]
        text = self._rendered([{"role": "user", "content": parts}])
        at = [text.find(sign) for sign in ("A7f3a", self.marker, "B7f3a")]
        return -1 not in at and at == sorted(at)

    @cached_property
    def _one_image(self) -> str:
        """What the template writes for an image, which stands first in its turn."""
        with_one, without = (self._rendered(turns_of("A7f3a", count)).partition("A7f3a")[0] for count in (1, 0))
        begins = len(os.path.commonprefix([with_one, without]))
        ends = len(os.path.commonprefix([with_one[begins:][::-1], without[begins:][::-1]]))
        return with_one[begins : len(with_one) - ends]

    def _inlined(self, message: Message) -> Message:
        """The turn as one text, with what the template writes for an image in each image's place."""
        texts = (self._one_image if part["type"] == "image" else part["text"] for part in message["content"])
        return {"role": message["role"], "content": [{"type": "text", "text": "".join(texts)}]}

    def plain(self, text: str) -> str:
        """The text with everything broken up that the tokenizer would take for a control token or the place of an image."""
        return broken_up(text, self._marks)

    def picture(self, image: Image.Image, name: str = "that is given") -> Picture:
        """An image in RGB, prepared by the model's image processor. Raises IMAGE_UNREADABLE, with `name`, where that refuses it."""
        try:
            processed = self.image_processor(images=[image], return_tensors="pt", **self.family.image_options)
            text = self.family.placeholder(processed, self.tokenizer, self.settings)
            return Picture(self.family.pixels(processed), text)
        except MemoryError:
            raise
        except Exception as error:
            why = str(error).strip().split("\n")[0].rstrip(".") or type(error).__name__
            size = f"{image.width} × {image.height} pixels"
            message = f"The model's image processor refuses the image {name} ({size}): {why}."
            raise TrainerError("IMAGE_UNREADABLE", message, "Replace or scale the image, or discard its pair.") from error

    def texts(self, prompt: Prompt, responses: Sequence[str], pictures: Sequence[Picture]) -> list[str]:
        """The whole conversation with each response, as it is tokenised; turns show as many images as there are pictures."""
        before, after = self._around([self._plain_turn(turn) for turn in _turns(prompt, pictures)])
        parts = before.split(self.marker)
        head = parts[0] + "".join(picture.text + part for picture, part in zip(pictures, parts[1:]))
        return [head + self.plain(response) + after for response in responses]

    def _plain_turn(self, turn: Message) -> Message:
        """The turn with its texts broken up, those side by side on lines of their own, as everywhere."""
        content: list[dict] = []
        for part in turn["content"]:
            if part["type"] == "image":
                content.append(part)
            elif content and content[-1]["type"] == "text":
                content[-1] = {"type": "text", "text": f"{content[-1]['text']}\n{self.plain(part['text'])}"}
            else:
                content.append({"type": "text", "text": self.plain(part["text"])})
        return {"role": turn["role"], "content": content}

    def render(self, prompt: Prompt, responses: Sequence[str], pictures: Sequence[Picture]) -> Rendered:
        """Tokens of the whole conversation with each response, cut where they part.

        Each is tokenised as one text, so the tokens are those the model would see anywhere else; cutting tokens instead of text also
        shares the words with which responses begin alike.
        """
        rows = [self._ids(text) for text in self.texts(prompt, responses, pictures)]
        shared = shared_prefix(rows)
        said = [part["text"] for turn in _turns(prompt, pictures) for part in turn["content"] if part["type"] == "text"]
        broken = any(self.plain(text) != text for text in (*said, *responses))
        return Rendered(tuple(rows[0][:shared]), tuple(tuple(r[shared:]) for r in rows), broken)

    def _ids(self, text: str) -> list[int]:
        # A template may write the beginning-of-text token itself: it must stand there once.
        try:
            ids = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        except BaseException as error:
            # What the tokenizer's Rust gives up at is no Exception: a pattern that does not come to an end on this text.
            if type(error).__name__ != "PanicException":
                raise
            message = f"The model's tokenizer does not take this text: {str(error).splitlines()[0]}."
            raise TrainerError("DATA_INVALID", message, "Choose another model, or exclude the pair.", field="prompt") from error
        return ids if ids[: len(self._bos)] == self._bos else self._bos + ids


def _turns(prompt: Prompt, pictures: Sequence[Picture]) -> Sequence[Message]:
    return turns_of(prompt, len(pictures)) if isinstance(prompt, str) else prompt


def _images_first(messages: Sequence[Message]) -> bool:
    """Whether images stand where every template writes them: before the texts of their turn."""
    kinds = [[part["type"] for part in message["content"]] for message in messages]
    return all("image" not in kind[kind.count("image") :] for kind in kinds)
