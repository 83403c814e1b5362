"""Bounds on what a chat template may ask for, which comes with a model, and so perhaps from strangers.

Transformers runs templates in Jinja's sandbox, which keeps them from files and code, but neither from loops without end nor from texts
that fill the memory.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from jinja2 import Environment, TemplateError, nodes

#: Characters of a template; the longest known ones have some ten thousand.
MOST_CHARACTERS = 2**20
#: Lines of a template that one rendering runs. A conversation of a hundred turns takes some thousand.
MOST_LINES = 200_000
#: What makes a text of any length out of a number.
_GROWING = ("center", "format", "indent", "wordwrap", "truncate")


def problem(source: str) -> str | None:
    """Why a template is not run, without running any of it; None where nothing is wrong."""
    if len(source) > MOST_CHARACTERS:
        return f"it is longer than {MOST_CHARACTERS} characters"
    try:
        tree = Environment(extensions=["jinja2.ext.loopcontrols"]).parse(_without_generation(source))
    except (TemplateError, RecursionError) as error:
        return str(error) or type(error).__name__
    # Jinja computes constants when it compiles: these are refused before.
    for node in tree.find_all((nodes.Pow, nodes.Mul, nodes.Mod, nodes.Filter, nodes.Name)):
        if isinstance(node, nodes.Pow):
            return "it raises numbers to powers"
        if isinstance(node, nodes.Mul) and not _small(node.left) & _small(node.right):
            return "it multiplies a text or a large number"
        if isinstance(node, nodes.Mod) and isinstance(node.left, nodes.Const) and isinstance(node.left.value, str):
            return "it formats a text"
        if isinstance(node, nodes.Filter) and node.name in _GROWING:
            return f"it uses the filter {node.name}"
        if isinstance(node, nodes.Name) and node.name == "lipsum":
            return "it uses lipsum"
    return None


def _small(node: nodes.Expr) -> bool:
    """Whether a factor can be that of a sum over turns: anything but a text, a list and a large number."""
    if isinstance(node, nodes.Const):
        return isinstance(node.value, int) and abs(node.value) < 1000
    return isinstance(node, (nodes.Name, nodes.Getattr)) and (getattr(node, "attr", node) in ("index", "index0", "length"))


def _without_generation(source: str) -> str:
    """Transformers' own block marks what an assistant wrote; as `if true` it parses the same."""
    import re

    source = re.sub(r"\{%(-?)\s*generation\s*(-?)%\}", r"{%\1 if true \2%}", source)
    return re.sub(r"\{%(-?)\s*endgeneration\s*(-?)%\}", r"{%\1 endif \2%}", source)


@contextmanager
def counted() -> Iterator[None]:
    """Raises TemplateError within where templates run more than `MOST_LINES` lines. Counts lines and not seconds: a busy machine changes nothing."""
    lines = 0

    def line(frame: FrameType, event: str, _: object):
        nonlocal lines
        if event == "line":
            lines += 1
            if lines > MOST_LINES:
                raise TemplateError("it does not come to an end")
        return line

    before = sys.gettrace()
    sys.settrace(lambda frame, event, _: line if frame.f_code.co_filename == "<template>" else None)
    try:
        yield
    finally:
        sys.settrace(before)
