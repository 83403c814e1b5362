import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from conftest import blindfold, make_run
from safetensors.torch import load_file, save_file

from blindfold_trainer.data.pairs import read_snapshot
from blindfold_trainer.models.tiny import saved_model
from blindfold_trainer.models.tiny.batches import Dataset, load_image
from blindfold_trainer.models.tiny.hashed_vocabulary import REWARD, SEPARATOR, VOCABULARY, encode, words
from blindfold_trainer.models.tiny.network import margins
from blindfold_trainer.protocol.errors import TrainerError


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    run_dir = make_run(tmp_path_factory.mktemp("model"))
    return Dataset(read_snapshot(run_dir / "train.jsonl", run_dir / "media"), max_length=64)


def test_any_text_becomes_numbers_in_range():
    rng = random.Random(0)
    texts = [
        "".join(chr(rng.choice((rng.randrange(32, 127), rng.randrange(0x10FFFF)))) for _ in range(30))
        for _ in range(300)
    ]
    for text in [*texts, "", "中文字", "\ud800"]:
        assert all(3 <= w < VOCABULARY for w in words(text))
    assert words("Red, RED!") == [*words("red"), *words(","), *words("red"), *words("!")]
    assert len(words("中文字")) == 3


def test_numbers_of_words_never_change():
    # The shipped weights mean nothing under another rule.
    assert words("red circle 12.") == [6884, 6282, 3480, 598, 1627]


def test_a_text_that_is_too_long_is_cut_and_says_so():
    assert encode("a b", "c d", 4) == ([REWARD, *words("a b"), SEPARATOR, *words("c d")], False)
    tokens, cut = encode("p " * 500, "r " * 500, 100)
    assert cut and len(tokens) == 102
    assert tokens.count(words("r")[0]) == 50, "a long prompt may not hide the response"
    tokens, cut = encode("p " * 95, "r " * 10, 100)
    assert cut and tokens.count(words("r")[0]) == 10


def test_base_weights_are_small_and_complete():
    model = saved_model.load_base()
    assert sum(p.numel() for p in model.parameters()) < 1_000_000
    assert len(saved_model._base_bytes()) < 3_000_000


def test_margins_do_not_depend_on_the_rest_of_the_batch(data):
    model = saved_model.load_base()
    with torch.no_grad():
        together = margins(model, data.batch(list(range(20))))
        alone = torch.cat([margins(model, data.batch([i])) for i in range(20)])
    assert torch.allclose(together, alone, atol=1e-5)
    assert together.std() > 1e-3


def test_several_images_and_none_fit_into_one_batch(data):
    pairs = [replace(data.pairs[0], paths=data.pairs[0].paths * 2), replace(data.pairs[1], paths=()), data.pairs[2]]
    mixed = Dataset(pairs, max_length=64)
    model = saved_model.load_base()
    with torch.no_grad():
        together = margins(model, mixed.batch([0, 1, 2]))
        alone = torch.cat([margins(model, mixed.batch([i])) for i in range(3)])
    assert torch.allclose(together, alone, atol=1e-5)


def test_the_model_sees_the_image_and_the_proxy_does_not(data):
    model = saved_model.load_base()
    batch = data.batch(list(range(8)))
    other = data.batch(list(range(8)))
    other.images = other.images.flip(0)
    with torch.no_grad():
        assert not torch.allclose(margins(model, batch), margins(model, other), atol=1e-3)
        for way in ("drop", "blank"):
            assert torch.equal(margins(model, blindfold(batch, way)), margins(model, blindfold(other, way)))
        assert not torch.allclose(
            margins(model, blindfold(batch, "drop")), margins(model, blindfold(batch, "blank")), atol=1e-4
        )


def test_a_saved_model_scores_as_before_and_refuses_what_does_not_fit(data, tmp_path: Path):
    model = saved_model.load_base()
    saved_model.save_model(
        model,
        tmp_path / "mm",
        role="mm",
        options={"max_length": 64, "proxy_input": "drop"},
        config_hash="c",
        data_hash="d",
    )
    again, card = saved_model.load_model(tmp_path / "mm")
    with torch.no_grad():
        assert torch.equal(margins(model, data.batch([0, 1])), margins(again, data.batch([0, 1])))
    assert (card.role, card.max_length) == ("mm", 64)
    file = tmp_path / "mm" / "model.safetensors"
    tensors = load_file(file)
    for broken in (
        {k: v for k, v in tensors.items() if k != "head.weight"},
        {**tensors, "more": torch.zeros(1)},
        {**tensors, "norm.bias": torch.zeros(3)},
    ):
        save_file(broken, file)
        with pytest.raises(TrainerError) as caught:
            saved_model.load_model(tmp_path / "mm")
        assert caught.value.code == "MODEL_INVALID"


def test_transparent_parts_of_an_image_are_white(tmp_path: Path):
    from PIL import Image

    Image.new("RGBA", (40, 20), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert (load_image(tmp_path / "clear.png", 32) == 255).all()
