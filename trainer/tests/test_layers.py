"""The package's rooms: no circle of imports, none against the direction of docs/architecture.md, and a docstring at each file's head."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PACKAGE

NAME = "blindfold_trainer"
FILES = sorted((PACKAGE / NAME).rglob("*.py"))


def module_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(file): ast.parse(file.read_text(encoding="utf-8")) for file in FILES}


def names_in(tree: ast.Module, known: frozenset[str] | set[str]) -> Iterator[str]:
    """The modules of `known` that a file imports, within functions and for its annotations too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if inner in known or node.module in known:
                    yield inner if inner in known else node.module


IMPORTS = {module: set(names_in(tree, MODULES.keys())) for module, tree in MODULES.items()}


def circle_in(imports: dict[str, set[str]]) -> list[str] | None:
    """A way from a module back to itself, or None."""
    done: set[str] = set()

    def walk(module: str, way: list[str]) -> list[str] | None:
        if module in way:
            return [*way[way.index(module) :], module]
        if module in done:
            return None
        for other in sorted(imports.get(module, ())):
            found = walk(other, [*way, module])
            if found:
                return found
        done.add(module)
        return None

    return next(filter(None, (walk(module, []) for module in sorted(imports))), None)


def room_of(module: str) -> str | None:
    """None for the package itself: its version, which every room may ask for, and what `python -m` runs."""
    parts = module.split(".")[1:]
    return parts[0] if parts and parts[0] != "__main__" else None


def allowed() -> dict[str, set[str]]:
    """The rooms and what each may import, as docs/architecture.md has them."""
    text = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.split("\n## The trainer's rooms\n")[1].split("\n## ")[0]
    cells = [line.split("|")[1:-1] for line in section.splitlines() if line.startswith("| `")]
    return {room.strip(" `"): {name.strip() for name in rooms.split(",")} - {"nothing"} for room, _, rooms in cells}


ALLOWED = allowed()


def test_imports_go_round_in_no_circle():
    assert circle_in(IMPORTS) is None


def test_a_circle_is_found_however_it_is_closed():
    known = {"p.a", "p.b", "p.c"}
    hidden = ast.parse("from p.b import x\n\n\ndef later():\n    from p import c\n    import p.a\n")
    assert set(names_in(hidden, known)) == known
    assert circle_in({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]


def test_every_room_is_in_the_table():
    assert {room_of(module) for module in MODULES} - {None} == set(ALLOWED)


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_a_room_imports_only_what_it_may(room):
    wrong = [
        f"{module} imports {other}"
        for module, others in IMPORTS.items()
        if room_of(module) == room
        for other in sorted(others)
        if room_of(other) not in {None, room, *ALLOWED[room]}
    ]
    assert not wrong


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_file_says_its_job_in_its_first_line_and_imports_by_whole_names(module):
    said = ast.get_docstring(MODULES[module]) or ""
    first, *_ = said.split("\n\n")
    assert "\n" not in first and first.endswith((".", ":"))
    assert not [node.lineno for node in ast.walk(MODULES[module]) if isinstance(node, ast.ImportFrom) and node.level]


def test_the_command_line_starts_without_heavy_libraries():
    code = f"import sys, {NAME}.cli; print([name for name in ('torch', 'numpy', 'transformers', 'PIL') if name in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
