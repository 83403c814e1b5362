"""What the app sees, the trainer sees: pictures and tokens of test/fixtures/golden, which the app's tests read too (golden.py writes them)."""

from __future__ import annotations

import base64
import json
import zlib

import numpy as np
import pytest
from golden import OUT

from blindfold_trainer.data.image_references import Places
from blindfold_trainer.data.picture_decoder import decode
from blindfold_trainer.data.rows import read_pair
from blindfold_trainer.models.tiny.batches import load_image
from blindfold_trainer.protocol.errors import TrainerError

SEEN = json.loads((OUT / "pictures" / "seen.json").read_text(encoding="utf-8"))
TOKENS = json.loads((OUT / "tokens" / "cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("seen", SEEN["pictures"], ids=lambda seen: seen["file"])
def test_a_picture_is_seen_as_it_is_shown(seen):
    wanted = np.frombuffer(zlib.decompress(base64.b64decode(seen["rgb"])), np.uint8)
    wanted = wanted.reshape(seen["height"], seen["width"], 3).astype(int)
    found = decode((OUT / "pictures" / seen["file"]).read_bytes(), seen["file"])
    assert found.mode == "RGB" and found.size == (seen["width"], seen["height"])
    assert np.abs(np.asarray(found).astype(int) - wanted).max() <= seen["tolerance"]
    # The tiny model has no decoder of its own.
    small = load_image(OUT / "pictures" / seen["file"], 32)
    assert small.shape == (3, 32, 32)
    assert np.abs(small.mean((1, 2)) - wanted.mean((0, 1))).max() < 12


@pytest.mark.parametrize("name", SEEN["damaged"])
def test_a_damaged_picture_is_refused_by_name(name):
    with pytest.raises(TrainerError, match=name) as caught:
        decode((OUT / "pictures" / name).read_bytes(), name)
    assert caught.value.code == "IMAGE_UNREADABLE" and caught.value.of_row


def test_text_that_looks_like_a_control_token_is_broken_up_into_the_same_tokens():
    tf = pytest.importorskip("transformers")
    from blindfold_trainer.data.chat import broken_up, control_marks

    tokenizer = tf.AutoTokenizer.from_pretrained(OUT / "tokens")
    added = {str(t): number for number, t in tokenizer.added_tokens_decoder.items()}
    marks = control_marks(added)
    assert marks == TOKENS["marks"] and {"<image>", "<|im_end|>", "[INST]", "</think>"} <= set(marks)
    assert not {"  ", "\n\n"} & set(marks)
    for case in TOKENS["cases"]:
        plain = [broken_up(text, marks) for text in (case["prompt"], case["response"])]
        assert plain == case["plain"]
        # Nothing is lost: without blanks the text is what it was.
        texts = [case["prompt"], case["response"]]
        assert [text.replace(" ", "") for text in plain] == [text.replace(" ", "") for text in texts]
        for text in plain:
            assert not set(tokenizer(text, add_special_tokens=False)["input_ids"]) & {added[mark] for mark in marks}
        messages = [{"content": text} for text in plain]
        whole = tokenizer.apply_chat_template(messages, chat_template=TOKENS["template"], tokenize=False)
        assert tokenizer(whole, add_special_tokens=False)["input_ids"] == case["ids"]


def test_rows_say_the_same_here_as_in_the_app(tmp_path):
    for golden in json.loads((OUT / "rows.json").read_text(encoding="utf-8")):
        try:
            row = read_pair(golden["row"], 1, Places(tmp_path))
        except TrainerError as error:
            assert error.of_row and golden["pair"] is None, golden
            continue
        found = {name: getattr(row, name) for name in ("prompt", "chosen", "rejected")}
        images = [image.name for image in row.images]
        assert {**found, "messages": row.messages and [*row.messages], "images": images} == golden["pair"]
