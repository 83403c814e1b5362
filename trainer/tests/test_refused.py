"""What a model's own processor or template refuses is the fault of one pair, by id; and turns stand where the prompt has them."""

from __future__ import annotations

import json

import pytest
from PIL import Image

pytest.importorskip("transformers")

import tiny_vlm  # noqa: E402

from blindfold_trainer.cli import main  # noqa: E402
from blindfold_trainer.data.pairs import Pair  # noqa: E402
from blindfold_trainer.evaluation.scoring import Rows  # noqa: E402
from blindfold_trainer.models.encoding import encode_pairs  # noqa: E402
from blindfold_trainer.models.opening import open_branches  # noqa: E402
from blindfold_trainer.models.options import ModelOptions  # noqa: E402
from blindfold_trainer.protocol.errors import TrainerError  # noqa: E402
from blindfold_trainer.serving.server import Scorer  # noqa: E402

FAMILIES = ("qwen2_5_vl", "qwen3_vl", "internvl", "smolvlm", "gemma3", "llava")
#: As LLaVA's own templates: all images of a turn first.
HOISTS = (
    "{% for m in messages %}{{ m['role'] | upper }}: {% for c in m['content'] if c['type'] == 'image' %}<image>\n{% endfor %}"
    "{% for c in m['content'] if c['type'] == 'text' %}{{ c['text'] }} {% endfor %}{% endfor %}"
)


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    where = tmp_path_factory.mktemp("pictures")
    tiny_vlm.pictures(where, 2)
    for at, path in enumerate(sorted(where.iterdir())):
        path.rename(where / f"{at}.png")
    Image.new("RGB", (6000, 20)).save(where / "strip.png")
    Image.new("RGB", (1, 1), "red").save(where / "dot.png")
    whole = (where / "0.png").read_bytes()
    (where / "cut.png").write_bytes(whole[: len(whole) // 2])
    return where


@pytest.mark.parametrize("family", FAMILIES)
def test_images_and_turns_stand_where_the_prompt_has_them(family, images, tmp_path_factory):
    folder = tiny_vlm.make(family, tmp_path_factory.mktemp(family))
    branches = open_branches(ModelOptions(model=str(folder), roles=("proxy", "mm")))
    chat = branches.chat
    paths = (images / "0.png", images / "1.png")
    text, image = (lambda said: {"type": "text", "text": said}), {"type": "image"}
    turns = (
        {"role": "system", "content": [text("Be brief.")]},
        {"role": "user", "content": [text("First:"), image, text("Second:"), image, text("Which is red?")]},
        {"role": "assistant", "content": [text("The first.")]},
        {"role": "user", "content": [text("Sure? <image>")]},
    )
    pair = Pair("p", "", "Which?", "Yes.", "No.", ("a", "b"), paths, messages=turns)
    templates = [chat.template, *([HOISTS] if family == "llava" else [])]
    for chat.template in templates:
        chat.__dict__.pop("_in_place", None)
        item = branches.encode(pair)
        content = item.content.prompts["mm"]
        pictures = [branches.pictures[key] for key in content.images]
        [shown, _] = branches.show(item, "mm", pair)["texts"]
        order = ["Be brief.", "First:", pictures[0].text, "Second:", pictures[1].text, "Which is red?", "The first.", "Sure?", "Yes."]
        at = 0
        for piece in order:
            found = shown.find(piece.strip(), at)
            assert found >= at, (piece, shown)
            at = found + len(piece.strip())
        assert branches.show(item, "mm", pair)["image_tokens"] == sum(p.text.count(_token(branches)) for p in pictures)
        # The proxy reads the prompt as the one text that the app's proxies read.
        assert "Which?" in branches.show(item, "proxy", pair)["texts"][0]
        # Where an image stands is seen.
        swapped = [{**turns[1], "content": [*turns[1]["content"][:1], *turns[1]["content"][2:4], image, turns[1]["content"][4]]}]
        other = branches.encode_texts("q", "Which?", ("Yes.", "No."), paths, [turns[0], *swapped, *turns[2:]])
        assert other.content.prompts["mm"].tokens != content.tokens


def _token(branches) -> str:
    return branches.chat.tokenizer.convert_ids_to_tokens(branches._image_token)


def test_a_picture_that_a_processor_refuses_costs_its_own_pair_alone(images, tmp_path, tmp_path_factory, capsys):
    folder = tiny_vlm.make("qwen2_5_vl", tmp_path_factory.mktemp("qwen"))
    branches = open_branches(ModelOptions(model=str(folder), roles=("mm",)))
    names = ["0.png", "strip.png", "dot.png", "cut.png", "1.png"]
    pairs = [Pair(f"p{i}", "", "What?", "A", "B", (n,), (images / n,), row=i + 1) for i, n in enumerate(names)]
    data = encode_pairs(branches, pairs)
    assert [p.id for p in data.pairs] == ["p0", "p2", "p4"]
    assert [(u.id, u.row, u.error.code) for u in data.unusable] == [("p1", 2, "IMAGE_UNREADABLE"), ("p3", 4, "IMAGE_UNREADABLE")]
    assert "strip.png (6000 × 20 pixels)" in data.unusable[0].error.message

    rows = [{"id": p.id, "prompt": "What?", "responses": ["A", "B"], "images": list(p.images)} for p in pairs]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(TrainerError) as caught:
        Rows(branches, path, images)
    assert (caught.value.row, caught.value.ids) == (2, ["p1", "p3"])
    kept = Rows(branches, path, images, leave_out=True)
    assert [u.row for u in kept.unusable] == [2, 4] and [row.id for row, _ in kept] == ["p0", "p2", "p4"]
    scorer = Scorer(branches, "mm", images, 1000)
    try:
        answer = scorer.score(rows)
    finally:
        scorer.close()
    assert [error is None for error in answer["errors"]] == [True, False, True, False, True]
    assert [reward is None for reward in answer["rewards"]] == [False, True, False, True, False]

    # A whole run: refused before its first step, or gone on without them.
    lines = "".join(json.dumps({**row, "chosen": "A", "rejected": "B"}) + "\n" for row in rows)
    (tmp_path / "pairs.jsonl").write_text(lines)
    command = ["--data", str(tmp_path / "pairs.jsonl"), "--images", str(images), "--test-share", "0"]
    command += [a for o in (f"model={folder}", "method=standard", "epochs=1", "threads=1", "lora_rank=2") for a in ("--set", o)]
    assert main(["train", str(tmp_path / "one"), *command]) == 2
    assert "p3" in capsys.readouterr().err and not (tmp_path / "one" / "config.json").exists()
    assert main(["train", str(tmp_path / "two"), *command, "--set", "unusable=leave-out"]) == 0
    events = [json.loads(line) for line in (tmp_path / "two" / "events.jsonl").read_text().splitlines()]
    [told] = [e for e in events if e["type"] == "unusable"]
    assert [u["id"] for u in told["pairs"]] == ["p1"] and told["left_out"]
    assert events[-1]["type"] == "done" and [e["n_pairs"] for e in events if e["type"] == "start"] == [4, 3]


def test_turns_that_a_template_refuses_are_the_fault_of_their_pair(images, tmp_path_factory):
    folder = tiny_vlm.make("gemma3", tmp_path_factory.mktemp("gemma"))
    branches = open_branches(ModelOptions(model=str(folder), roles=("mm",)))
    refuses = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system turns') }}{% endif %}"
    branches.chat.template = refuses + branches.chat.template
    turns = ({"role": "system", "content": [{"type": "text", "text": "x"}]}, {"role": "user", "content": [{"type": "text", "text": "y"}]})
    pairs = [Pair("a", "", "y", "A", "B", (), (), messages=turns), Pair("b", "", "y", "A", "B", (), ())]
    data = encode_pairs(branches, pairs)
    assert [u.id for u in data.unusable] == ["a"] and "no system turns" in data.unusable[0].error.message
    assert [p.id for p in data.pairs] == ["b"]
