"""The protocol's JSON Schemas. The .json files are generated from the app's contract by `npm run gen`: do not edit them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

from jsonschema import Draft202012Validator


@dataclass(frozen=True)
class Problem:
    #: Dotted path to the field, `None` for the whole value.
    field: str | None
    message: str


@cache
def load(name: str) -> dict:
    """One of config.json, pair.json, events.json, command.json."""
    return json.loads(resources.files(__name__).joinpath(name).read_text(encoding="utf-8"))


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(load(name))


@cache
def _event_validators() -> dict[str, Draft202012Validator]:
    # By type, so that a message names the field and not "none of eleven alternatives".
    return {s["properties"]["type"]["const"]: Draft202012Validator(s) for s in load("events.json")["oneOf"]}


def _first(validator: Draft202012Validator, value: object) -> Problem | None:
    error = next(iter(validator.iter_errors(value)), None)
    if error is None:
        return None
    field = ".".join(str(part) for part in error.absolute_path) or None
    message = error.message if len(error.message) < 300 else f"{error.message[:300]} ..."
    return Problem(field, message)


def problem(name: str, value: object) -> Problem | None:
    """The first way in which a value breaks a schema."""
    return _first(_validator(name), value)


def event_problem(event: dict) -> Problem | None:
    """The first way in which an event breaks the protocol; an unknown type is one."""
    validator = _event_validators().get(event.get("type", ""))
    return Problem("type", f"unknown type {event.get('type')!r}") if validator is None else _first(validator, event)
