"""One row, one reader: every command takes the same rows, sees the images that they name, or says by id, row and field why not."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest
from conftest import COLOURS
from PIL import Image

from blindfold_trainer.cli import main
from blindfold_trainer.data.image_references import Places
from blindfold_trainer.data.pairs import read_snapshot
from blindfold_trainer.data.rows import read_pair, read_responses
from blindfold_trainer.data.run_folder import prepare
from blindfold_trainer.models.opening import open_saved
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.serving.server import Scorer

PROMPT = "Which colour is it?"
TEXT, IMAGE = {"type": "text", "text": PROMPT}, {"type": "image"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    where = tmp_path_factory.mktemp("rows")
    for name, colour in COLOURS.items():
        Image.new("RGB", (30, 20), colour).save(where / f"{name}.png")
    (where / "a b.png").write_bytes((where / "red.png").read_bytes())
    (where / "page.jpg").write_bytes(b"<!doctype html>")
    Image.new("RGB", (4000, 4)).save(where / "strip.png")
    return where


def inline(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def forms(folder: Path) -> dict[str, dict]:
    """The red picture in every form in which a row may name it."""
    red = folder / "red.png"
    named: dict[str, object] = {
        "a path": "red.png",
        "an absolute path": str(red),
        "a file address": red.as_uri(),
        "percent signs": "a%20b.png",
        "a data URL": f"data:image/png;base64,{inline(red)}",
        "plain base64": inline(red),
        "a struct with a path": {"bytes": None, "path": "red.png"},
        "a struct with base64": {"bytes": inline(red), "path": "gone.png"},
        "a struct with numbers": {"bytes": list(red.read_bytes())},
    }
    rows = {what: {"images": [image]} for what, image in named.items()}
    rows |= {f"in {field}": {field: "red.png"} for field in ("image", "img_path", "image_path")}
    rows |= {f"a list in {field}": {field: ["red.png"]} for field in ("image", "img_path")}
    rows["beside an empty list"] = {"images": [], "image": "red.png"}
    rows["twice the same"] = {"images": ["red.png"], "img_path": "red.png"}
    rows["in a part"] = {"prompt": [{"role": "user", "content": [{"type": "image", "image": "red.png"}, TEXT]}]}
    address = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{inline(red)}"}}
    rows["as an address in a part"] = {"prompt": [{"role": "user", "content": [address, TEXT]}]}
    return rows


#: What no row may say, with the field that is to blame.
REFUSED: dict[str, tuple[dict, str]] = {
    "the web": ({"images": ["https://example.org/a.png"]}, "images"),
    "two different images": ({"images": ["red.png"], "image": "blue.png"}, "image"),
    "another name for an image": ({"photo": "red.png"}, "photo"),
    "another name for bytes": ({"picture": {"bytes": "AAAA", "path": None}}, "picture"),
    "bytes that are none": ({"images": [{"bytes": "%%%"}]}, "images"),
    "a number for an image": ({"images": [3]}, "images"),
    "more places than images": ({"prompt": [{"role": "user", "content": [IMAGE, IMAGE, TEXT]}], "images": ["red.png"]}, "images"),
    "more images than places": ({"prompt": [{"role": "user", "content": [IMAGE, TEXT]}], "images": ["red.png"] * 2}, "images"),
    "a strange role": ({"prompt": [{"role": "judge", "content": "x"}]}, "prompt.0.role"),
    "a strange part": ({"prompt": [{"role": "user", "content": [{"type": "video"}]}]}, "prompt.0.content.0"),
    "half a character": ({"prompt": "\ud800"}, "prompt"),
    "an id that is none": ({"id": [1]}, "id"),
}


@pytest.mark.parametrize("reader", [read_pair, read_responses])
def test_every_form_of_an_image_is_the_same_image(folder, reader):
    answers = {"chosen": "Red.", "rejected": "Blue."} if reader is read_pair else {"responses": ["Red.", "Blue."]}
    for what, form in forms(folder).items():
        row = reader({"prompt": PROMPT, **answers, **form}, 1, Places(folder))
        [image] = row.images
        content = image if isinstance(image, bytes) else image.read_bytes()
        assert content == (folder / "red.png").read_bytes(), what
        assert (row.prompt, row.messages, row.id) == (PROMPT, None, "1"), what
    nothing = [{}, {"images": None}, {"images": []}, {"image": ""}, {"images": [None, ""]}, {"image": {"bytes": None, "path": None}}]
    for form in nothing:
        assert reader({"prompt": PROMPT, **answers, **form}, 1, Places(folder)).images == ()
    for what, (form, field) in REFUSED.items():
        with pytest.raises(TrainerError) as caught:
            reader({"id": "p", "prompt": PROMPT, **answers, **form}, 1, Places(folder))
        assert (caught.value.code, caught.value.field) == ("DATA_INVALID", field), what
    for id, wanted in ((None, "7"), ("", "7"), (float("nan"), "7"), (0, "0"), ("x", "x"), (2.5, "2.5")):
        assert reader({"id": id, "prompt": PROMPT, **answers}, 7, Places(folder)).id == wanted


def test_turns_and_places_of_images_are_kept(folder):
    def user(*content: object) -> dict:
        return {"role": "user", "content": [*content]}

    def said(text: str, role: str = "assistant") -> dict:
        return {"role": role, "content": text}

    first, second = {"type": "text", "text": "First:"}, {"type": "text", "text": "Second:"}
    images = ["red.png", "blue.png"]
    between = [user(first, IMAGE, second, IMAGE, TEXT)]
    turns = [said("Be brief.", "system"), user(IMAGE, TEXT), said("Red."), user(IMAGE, {"type": "text", "text": "And it?"})]
    for prompt, text in (
        (between, f"First:\nSecond:\n{PROMPT}"),
        (turns, f"system: Be brief.\n\nuser: {PROMPT}\n\nassistant: Red.\n\nuser: And it?"),
    ):
        sides = {"chosen": [said("Blue.")], "rejected": [said("Red.")]}
        whole = {name: [*prompt, *side] for name, side in sides.items()}
        rows = [{"prompt": prompt, **sides}, whole, {**whole, "prompt": PROMPT}, {"prompt": json.dumps(prompt), **sides}]
        if prompt is turns:
            rows[2]["prompt"] = "And it?"
        else:
            rows[2]["prompt"] = text
        for row in rows:
            found = read_pair({**row, "images": images}, 1, Places(folder))
            assert (found.prompt, found.chosen, found.rejected) == (text, "Blue.", "Red.")
            kinds = [[part["type"] for part in turn["content"]] for turn in found.messages]
            assert kinds == [
                ["text"] if isinstance(turn["content"], str) else [part["type"] for part in turn["content"]]
                for turn in prompt
            ]
            assert [path.name for path in found.images] == images
    # `<image>` in a text is text.
    assert read_pair({"prompt": "<image> is a tag", "chosen": "a", "rejected": "b"}, 1, Places(folder)).messages is None


def test_a_foreign_weight_or_label_is_told_and_taken_only_where_one_says_so(folder, tmp_path):
    rows = [
        {"prompt": f"Q{i}?", "chosen": f"good {i}", "rejected": "bad", "label": 0, "weight": 3, "margin": 0.5} for i in range(4)
    ]
    data = write(tmp_path / "pairs.jsonl", rows)
    told = prepare(tmp_path / "one", data, folder, 0.0, {})
    assert [note.split(" which")[0] for note in told["notes"]] == [f"4 rows have a field {n}," for n in ("label", "margin", "weight")]
    pairs = read_snapshot(tmp_path / "one" / "train.jsonl", tmp_path)
    assert {(p.label, p.weight, p.margin) for p in pairs} == {(1.0, 1.0, 0.0)}
    told = prepare(tmp_path / "two", data, folder, 0.0, {}, frozenset({"weight", "margin"}))
    assert len(told["notes"]) == 1
    pairs = read_snapshot(tmp_path / "two" / "train.jsonl", tmp_path)
    assert {(p.label, p.weight, p.margin) for p in pairs} == {(1.0, 3.0, 0.5)}
    # A run's own snapshot means what it says.
    own = prepare(tmp_path / "three", tmp_path / "two" / "train.jsonl", folder, 0.0, {})
    assert own["notes"] == [] and read_snapshot(tmp_path / "three" / "train.jsonl", tmp_path)[0].weight == 3.0
    with pytest.raises(TrainerError, match="colour"):
        prepare(tmp_path / "four", data, folder, 0.0, {}, frozenset({"colour"}))


def write(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def preflight(tmp_path, monkeypatch):
    """The report of `preflight --data`, which writes to the real stdout."""

    def ask(data: Path, images: Path) -> dict:
        told = tmp_path / "report.json"
        monkeypatch.setattr("blindfold_trainer.cli.run_commands.take_stdout", lambda: os.open(told, os.O_CREAT | os.O_TRUNC | os.O_WRONLY))
        run = tmp_path / "never made"
        assert main(["preflight", str(run), "--data", str(data), "--images", str(images), "--json"]) == 0
        assert not run.exists()
        return json.loads(told.read_text())

    return ask


def test_all_commands_give_every_form_the_same_reward_in_any_order(finished, folder, tmp_path, capsys, preflight):
    chosen, rejected = "It is red.", "It is blue."
    kinds = [{}, *forms(folder).values()]
    for order in (kinds, [kinds[-1], *kinds[:-1]], [{"images": []}, *kinds[1:]]):
        rows = [{"prompt": PROMPT, **form} for form in order]
        pairs = write(tmp_path / "pairs.jsonl", [{**row, "chosen": chosen, "rejected": rejected} for row in rows])
        lists = write(tmp_path / "lists.jsonl", [{**row, "responses": [chosen, rejected], "scores": [1, 0]} for row in rows])
        options = ["--images", str(folder)]
        assert main(["score", str(finished / "mm"), str(lists), *options]) == 0
        rewards = [json.loads(line)["rewards"] for line in capsys.readouterr().out.splitlines()]
        out = tmp_path / "margins.jsonl"
        evaluate = ["evaluate", str(finished / "mm"), str(pairs), *options, "--best-of", str(lists), "--out", str(out)]
        assert main(evaluate) == 0
        told = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert told["without_image"] == 1 and told["best_of"]["prompts"] == len(rows)
        margins = [json.loads(line)["margin"] for line in out.read_text().splitlines()]
        assert margins == pytest.approx([a - b for a, b in rewards], abs=1e-5)
        seen = [margin for row, margin in zip(order, margins) if row and row != {"images": []}]
        blind = [margin for row, margin in zip(order, margins) if not row or row == {"images": []}]
        assert seen == pytest.approx([seen[0]] * len(seen), abs=1e-5) and abs(blind[0] - seen[0]) > 1e-3
        assert main(["inspect", "tiny", "--pairs", str(pairs), "--row", "3", *options]) == 0
        shown = json.loads(capsys.readouterr().out)
        assert shown["id"] == "3" and shown["roles"]["mm"]["image_tokens"] == 16
        assert preflight(pairs, folder)["pairs"]["unusable_count"] == 0


#: What is wrong with a row of each file, by its number, and the code.
def damaged(folder: Path) -> tuple[list[dict], dict[int, str]]:
    good = {"prompt": PROMPT, "images": ["red.png"]}
    rows = [good, {**good, "images": ["gone.png"]}, {**good, "images": ["page.jpg"]}, good, {**good, "photo": "x.png", "images": []}]
    rows += [{**good, "images": [{"bytes": base64.b64encode(b"no image at all, " * 9).decode()}]}, {"prompt": "", "images": ["x" * 5000]}]
    faults = {2: "IMAGE_MISSING", 3: "IMAGE_UNREADABLE", 5: "DATA_INVALID", 6: "IMAGE_UNREADABLE", 7: "IMAGE_MISSING"}
    return [{"id": f"r{i}", **row} for i, row in enumerate(rows, 1)], faults


def test_every_command_names_what_cannot_be_used_and_goes_on_without_it_only_when_asked(finished, folder, tmp_path, capsys, preflight):
    rows, faults = damaged(folder)
    pairs = write(tmp_path / "pairs.jsonl", [{**row, "chosen": "It is red.", "rejected": "No."} for row in rows])
    lists = write(tmp_path / "lists.jsonl", [{**row, "responses": ["It is red.", "No."], "scores": [1, 0]} for row in rows])
    options, mm = ["--images", str(folder)], str(finished / "mm")
    for command in (["score", mm, str(lists)], ["evaluate", mm, str(pairs)]):
        assert main([*command, *options]) == 2
        message = capsys.readouterr().err
        assert "row 2" in message and "r2" in message and "leave-out" in message
    out = tmp_path / "rewards.jsonl"
    left = ["--unusable", "leave-out", *options]
    assert main(["score", mm, str(lists), "--out", str(out), *left]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {u["row"]: u["code"] for u in told["unusable"]} == faults and told["scored"] == 2
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ["r1", "r4"]
    assert main(["evaluate", mm, str(pairs), "--best-of", str(lists), *left]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    for found in (told, told["best_of"]):
        assert {u["row"]: u["code"] for u in found["unusable"]} == faults
    assert told["pairs"] == told["best_of"]["prompts"] == 2
    found = preflight(pairs, folder)
    assert {u["row"]: u["code"] for u in found["pairs"]["unusable"]} == faults and not found["fits"]

    branches, role, _ = open_saved(finished / "mm")
    scorer = Scorer(branches, role, folder, 1000)
    try:
        answer = scorer.score([{**row, "responses": ["It is red.", "No."]} for row in rows])
    finally:
        scorer.close()
    wrong = {i for i, error in enumerate(answer["errors"], 1) if error}
    assert wrong == set(faults) and answer["rewards"][0] == pytest.approx(answer["rewards"][3], abs=1e-6)


def test_a_machine_that_cannot_read_is_no_fault_of_a_pair(folder, tmp_path, monkeypatch):
    data = write(tmp_path / "pairs.jsonl", [{"prompt": PROMPT, "images": ["red.png"], "chosen": "a", "rejected": "b"}])

    def fails(path: Path, flags: int) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("blindfold_trainer.data.image_references.ordinary", fails)
    with pytest.raises(TrainerError) as caught:
        prepare(tmp_path / "run", data, folder, 0.0, {"unusable": "leave-out"})
    assert caught.value.code == "READ_FAILED" and not (tmp_path / "run" / "config.json").exists()
