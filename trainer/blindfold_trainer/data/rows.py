"""One row, one reader: what every command takes from a line of JSONL, whatever the lines before it were.

A row asks: `id`, `prompt` (a text, or turns), images (see `image_references`). It answers with `chosen` and `rejected`, or with `responses`. Turns
and texts follow the rules of docs/formats.md, TRL. What cannot be read raises DATA_INVALID with its field.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from blindfold_trainer.data.image_references import Image, Places, bad, one_image, row_images
from blindfold_trainer.data.messages import Message, canonical, prompt_text, response_text, turns_of
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.protocol.schema import problem

#: Characters of a row, the images that it carries included.
MOST_CHARACTERS = 256 * 2**20
#: Fields of a pair that change how it is trained on: with what a number of that name may be at most.
NUMBERS = {"weight": math.inf, "label": 1.0, "margin": math.inf}
_ROLES = {"developer": "system", "human": "user", "gpt": "assistant", "model": "assistant"}
_ROLES |= dict.fromkeys(("tool_response", "observation", "function"), "tool")
_ROLES |= dict.fromkeys(("function_call", "tool_call"), "assistant")
_ROLES |= {role: role for role in ("system", "user", "assistant", "tool")}
#: What others call a prompt: a row with one of them and no prompt says something that would be lost.
_PROMPTS = ("question", "query", "instruction", "input", "problem", "conversations", "messages")


@dataclass(frozen=True)
class Asked:
    """What responses answer; `row` counts from 1."""

    row: int
    id: str
    prompt: str
    #: Turns, where prompt and images do not tell them.
    messages: tuple[Message, ...] | None
    images: tuple[Image, ...]


@dataclass(frozen=True)
class PairRow(Asked):
    chosen: str = ""
    rejected: str = ""
    #: Weight, label and margin that were taken.
    numbers: dict[str, float] = field(default_factory=dict)
    #: Fields of those names that were not.
    foreign: tuple[str, ...] = ()
    #: The group of a row of a run's snapshot.
    group: str | None = None


@dataclass(frozen=True)
class ResponsesRow(Asked):
    #: As the file has it, or the number of the row.
    given_id: str | int = 0
    responses: tuple[str, ...] = ()


def read_rows(path: Path) -> Iterator[tuple[int, dict]]:
    """The records of a JSONL file with their number, from 1. Empty lines are skipped."""

    def wrong(message: str, row: int) -> TrainerError:
        return TrainerError("DATA_INVALID", message, "Write one JSON object per line.", file=str(path), row=row)

    try:
        file = open(path, encoding="utf-8-sig")
    except OSError as error:
        message = f"Cannot read {path.name}: {error.strerror}."
        raise TrainerError("DATA_MISSING", message, "Check the path.", file=str(path)) from error
    with file:
        row = 0
        try:
            for row, line in enumerate(iter(lambda: file.readline(MOST_CHARACTERS + 1), ""), 1):
                if len(line) > MOST_CHARACTERS:
                    raise wrong(f"A row is longer than {MOST_CHARACTERS} characters.", row)
                if line.strip():
                    value = json.loads(line)
                    if not isinstance(value, dict):
                        raise wrong("A row is not an object.", row)
                    yield row, value
        except RecursionError as error:
            raise wrong("A row is nested too deeply.", row) from error
        except ValueError as error:  # no JSON, no UTF-8, or a number of thousands of digits
            at = row + 1 if isinstance(error, UnicodeDecodeError) else row
            raise wrong(f"Not JSON in UTF-8: {error}.", at) from error


class Ids:
    """Ids that were seen: one that comes twice is a fault of the second row."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}

    def add(self, row: Asked) -> None:
        first = self._rows.setdefault(row.id, row.row)
        if first != row.row:
            message = f"The id {row.id} stands in row {first} too."
            raise bad(message, "id", "Give every row an id of its own, or none an id.")


def id_of(value: dict, row: int) -> str | int:
    """The id of a row, or its number where it has none: a text or a number, neither `null` nor empty."""
    given = value.get("id")
    if given is None or given == "" or (isinstance(given, float) and math.isnan(given)):
        return row
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise bad("id is neither text nor a number.", "id", "Give every row an id of its own, or none an id.")
    return str(given) if isinstance(given, float) else _well_formed(given, "id") if isinstance(given, str) else given


def name_of(value: dict, row: int) -> str:
    """What a row is called in messages, whatever its id may be."""
    try:
        return str(id_of(value, row))
    except TrainerError:
        return str(row)


def read_pair(value: dict, row: int, places: Places, take: frozenset[str] = frozenset()) -> PairRow:
    """A preference pair. `take` names the fields of `NUMBERS` that mean here what they mean in a run; a row of a run's own snapshot, told
    by its schema, has them anyway."""
    for name in ("chosen", "rejected"):
        if value.get(name) in (None, "", []):
            raise bad(f"{name} is missing or empty.", name)
    own = "group" in value and problem("pair.json", value) is None
    sides = {name: _side(value.get(name), name, "assistant", places) for name in ("chosen", "rejected")}
    prompt, turns = _prompt(value, sides, places)
    if own and "messages" in value:
        turns = value["messages"]
    texts = {name: response_text(_plain(turns, name)) for name, turns in sides.items()}
    for name, text in texts.items():
        if not text.strip():
            raise bad(f"{name} is missing or empty.", name)
    if texts["chosen"].strip() == texts["rejected"].strip():
        raise bad("The two responses are the same text.", "rejected")
    numbers = {name: value[name] for name in NUMBERS if value.get(name) is not None}
    taken = {name: number for name, number in numbers.items() if own or name in take}
    for name, number in taken.items():
        most = NUMBERS[name]
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= most:
            raise bad(f"{name} is no number {'from 0 to 1' if most == 1 else 'of at least 0'}.", name)
    return PairRow(
        **_asked(value, row, prompt, turns, places),
        **texts,
        numbers={name: float(number) for name, number in taken.items()},
        foreign=tuple(name for name in numbers if name not in taken),
        group=value["group"] if own else None,
    )


def read_responses(value: dict, row: int, places: Places) -> ResponsesRow:
    """A prompt with any number of responses, at least one."""
    if value.get("prompt") is None:
        raise bad("prompt is missing.", "prompt", "Give prompt, responses and images.")
    given = value.get("responses")
    if not isinstance(given, list) or not given:
        raise bad("responses is no list, or an empty one.", "responses", "Give every row a list of responses.")
    responses = []
    for one in given:
        if not isinstance(one, str | list) or not one:
            raise bad("A response is no text.", "responses", "Give responses as texts.")
        responses.append(response_text(_plain(_side(one, "responses", "assistant", places), "responses")))
    prompt, turns = _prompt(value, {}, places)
    asked = _asked(value, row, prompt, turns, places)
    return ResponsesRow(**asked, given_id=id_of(value, row), responses=tuple(responses))


def _asked(value: dict, row: int, prompt: str | None, turns: list[Message], places: Places) -> dict:
    """Id, prompt, turns and images of a row: each image part that carries none takes the next of the row's own."""
    named, listed = row_images(value, places)
    parts = [part for turn in turns for part in turn["content"] if part["type"] == "image"]
    bare = sum(part.get("image") is None for part in parts)
    if len(listed) < bare or (len(listed) > bare and parts):
        message = f"The prompt shows {bare} of the row's own images, and {named} names {len(listed)}."
        raise bad(message, named, "Name as many images as the prompt shows.")
    if prompt is not None and not turns:
        turns = turns_of(prompt, 0)
    if listed and not parts:
        opening = next((turn for turn in turns if turn["role"] == "user"), turns[0] if turns else None)
        if opening is None:
            turns = [opening := {"role": "user", "content": []}]
        opening["content"] = [{"type": "image"}] * len(listed) + opening["content"]
    left = iter(listed)
    images = tuple(
        next(left) if part.get("image") is None else part["image"]
        for turn in turns
        for part in turn["content"]
        if part["type"] == "image"
    )
    clean = [
        {"role": turn["role"], "content": [{k: v for k, v in part.items() if k != "image"} for part in turn["content"]]}
        for turn in turns
    ]
    return {
        "row": row,
        "id": str(id_of(value, row)),
        "prompt": prompt_text(clean) if prompt is None else prompt,
        "messages": canonical(clean, len(images)),
        "images": images,
    }


def _prompt(value: dict, sides: dict[str, list[Message]], places: Places) -> tuple[str | None, list[Message]]:
    """(text, []) of a prompt that is a text, else (None, turns); what both conversations open with is taken off them where it is the
    prompt."""
    given = value.get("prompt")
    conversations = all(isinstance(_listed(value.get(name)), list) for name in ("chosen", "rejected"))
    whole = bool(sides) and all(len(s) > 1 and s[0]["role"] != "assistant" for s in sides.values())
    if given is None and "prompt" not in value and not conversations:
        other = next((name for name in _PROMPTS if value.get(name)), None)
        if other is not None:
            raise bad(f"prompt is missing, and {other} is no field that is read.", other, f"Call {other} prompt.")
    if given is not None and not (whole and given == ""):
        turns = _side(given, "prompt", "user", places)
        if whole and isinstance(given, str):
            opening = _opening(sides)
            texts = [prompt_text(opening), *(prompt_text([turn]) for turn in opening if turn["role"] == "user")]
            if opening and given.strip() not in (text.strip() for text in texts):
                raise bad("prompt is not the prompt that chosen and rejected begin with.", "prompt")
            if opening:
                return None, opening
        return (given, []) if isinstance(given, str) and not isinstance(_listed(given), list) else (None, turns)
    return (None, _opening(sides)) if sides and conversations else ("", [])


def _opening(sides: dict[str, list[Message]]) -> list[Message]:
    """Takes the turns that both begin with off them. At least one stays on each side: it is the response."""
    chosen, rejected = sides["chosen"], sides["rejected"]
    shared, limit = 0, min(len(chosen), len(rejected)) - 1
    while shared < limit and chosen[shared] == rejected[shared]:
        shared += 1
    opening = chosen[:shared]
    del chosen[:shared], rejected[:shared]
    return opening


def _listed(value: object) -> object:
    """Turns may stand as JSON in a text, as in CSV, and one may stand alone; a text that is anything else is a text."""
    if isinstance(value, dict) and "role" in value:
        return [value]
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            inner = json.loads(value)
        except ValueError:
            return value
        turns = isinstance(inner, list) and inner
        if turns and all(isinstance(turn, dict) and {"role", "content"} <= turn.keys() for turn in inner):
            return inner
    return value


def _side(value: object, name: str, role: str, places: Places) -> list[Message]:
    """Messages where a field holds them, else its text as one turn of `role`."""
    value = _listed(value)
    if value is None:
        return []
    if isinstance(value, str):
        return [{"role": role, "content": [{"type": "text", "text": _well_formed(value, name)}]}]
    if not isinstance(value, list) or not value:
        raise bad(f"{name} is neither text nor messages.", name)
    return [_turn(turn, f"{name}.{at}", places) for at, turn in enumerate(value)]


def _turn(turn: object, at: str, places: Places) -> Message:
    role = _ROLES.get(turn.get("role")) if isinstance(turn, dict) and isinstance(turn.get("role"), str) else None
    if role is None:
        raise bad("A message has no role that is known.", f"{at}.role", "Roles are system, user, assistant and tool.")
    content = turn.get("content")
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    if not isinstance(content, list):
        raise bad("A message has no content.", f"{at}.content")
    return {"role": role, "content": [_part(part, f"{at}.content.{i}", places) for i, part in enumerate(content)]}


def _part(part: object, at: str, places: Places) -> dict:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind in ("text", "input_text") and isinstance(part.get("text"), str):
        return {"type": "text", "text": _well_formed(part["text"], at)}
    if kind in ("image", "image_url", "input_image"):
        url = part.get("image_url")
        carried = url.get("url") if isinstance(url, dict) else None
        if carried is None and isinstance(part.get("base64"), str):
            carried = {"bytes": part["base64"]}
        carried = carried or part.get("image") or part.get("path") or part.get("url") or (url if isinstance(url, str) else None)
        return {"type": "image", "image": one_image(carried, at, places)}
    raise bad("A part of a message is neither text nor image.", at, 'Write {"type": "text", "text"} or {"type": "image"}.')


def _plain(turns: list[Message], name: str) -> list[Message]:
    """Turns of a response: an image in it would not be seen."""
    if any(part["type"] == "image" for turn in turns for part in turn["content"]):
        raise bad(f"{name} shows an image; images in responses are not read.", name, "Leave it out.")
    return turns


def _well_formed(text: str, at: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise bad(f"The text holds half a character at {error.start + 1}.", at) from error
    return text
