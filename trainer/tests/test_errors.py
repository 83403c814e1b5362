"""Bad input ends a run with an error event that names the place, and with exit code 2."""

import json
from pathlib import Path

import pytest
from conftest import events_of, make_run, write_snapshot

from blindfold_trainer.protocol import schema
from blindfold_trainer.training import runner


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("blindfold_trainer.training.control.Control.listen", lambda self: None)


def edit(run_dir: Path, change) -> None:
    pairs = [json.loads(line) for line in (run_dir / "train.jsonl").read_text().splitlines()]
    change(pairs)
    write_snapshot(run_dir, "train", pairs)


def configure(run_dir: Path, **options) -> None:
    config = json.loads((run_dir / "config.json").read_text())
    (run_dir / "config.json").write_text(json.dumps({**config, **options}))


def image_of(run_dir: Path, name: str, row: int) -> Path:
    digest = json.loads((run_dir / f"{name}.jsonl").read_text().splitlines()[row - 1])["images"][0]
    return run_dir / "media" / digest[:2] / digest


CASES = {
    "no config": (lambda d: (d / "config.json").unlink(), "CONFIG_MISSING", {}),
    "config is no JSON": (lambda d: (d / "config.json").write_text("{"), "CONFIG_INVALID", {}),
    "config is a list": (lambda d: (d / "config.json").write_text("[]"), "CONFIG_INVALID", {}),
    "unknown version": (lambda d: configure(d, v=2), "VERSION_UNKNOWN", {"field": "v"}),
    "unknown model": (lambda d: configure(d, model="no such/model/here"), "MODEL_UNKNOWN", {"field": "model"}),
    "unknown method": (lambda d: configure(d, method="magic"), "CONFIG_INVALID", {"field": "method"}),
    "misspelt option": (lambda d: configure(d, epoch=3), "CONFIG_INVALID", {}),
    "impossible batch": (lambda d: configure(d, batch_size=0), "CONFIG_INVALID", {"field": "batch_size"}),
    "no training file": (lambda d: (d / "train.jsonl").unlink(), "DATA_MISSING", {}),
    "empty training file": (lambda d: (d / "train.jsonl").write_text(""), "DATA_INVALID", {}),
    "no evaluation file": (lambda d: (d / "test.jsonl").unlink(), "DATA_MISSING", {}),
    "row without a field": (lambda d: edit(d, lambda p: p[6].pop("chosen")), "DATA_INVALID", {"row": 7}),
    "row with a wrong type": (
        lambda d: edit(d, lambda p: p[2].update(prompt=5)),
        "DATA_INVALID",
        {"row": 3, "field": "prompt"},
    ),
    "row that is no JSON": (lambda d: (d / "train.jsonl").write_text("{}}\n"), "DATA_INVALID", {"row": 1}),
    "bytes that are no UTF-8": (lambda d: (d / "train.jsonl").write_bytes(b"\xff\xfe\n"), "DATA_INVALID", {}),
    "two pairs with one id": (
        lambda d: edit(d, lambda p: p[4].update(id=p[1]["id"])),
        "DATA_INVALID",
        {"row": 5, "field": "id"},
    ),
    "missing image": (lambda d: image_of(d, "train", 9).unlink(), "IMAGE_MISSING", {"row": 9}),
    "image that is none": (lambda d: image_of(d, "train", 2).write_bytes(b"no image"), "IMAGE_UNREADABLE", {"row": 2}),
    "truncated image": (
        lambda d: image_of(d, "train", 2).write_bytes(image_of(d, "train", 2).read_bytes()[:60]),
        "IMAGE_UNREADABLE",
        {"row": 2},
    ),
    "missing image of an evaluation set": (lambda d: image_of(d, "test", 4).unlink(), "IMAGE_MISSING", {"row": 4}),
    "learning rate that diverges": (lambda d: configure(d, lr=1e30), "DIVERGED", {}),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_told_with_its_place(tmp_path, name):
    damage, code, place = CASES[name]
    run_dir = make_run(tmp_path / "run")
    damage(run_dir)
    assert runner.run(run_dir, False, None) == runner.REFUSED
    event = events_of(run_dir)[-1]
    assert schema.event_problem(event) is None
    assert (event["type"], event["code"]) == ("error", code)
    assert event["message"] and event["remedy"]
    for field, value in place.items():
        assert event[field] == value
    assert code in (run_dir / "log.txt").read_text()
    assert not (run_dir / "mm").exists()


def test_a_text_only_run_needs_no_image(tmp_path):
    run_dir = make_run(tmp_path / "run", method="text-only", epochs=1)
    image_of(run_dir, "train", 1).unlink()
    assert runner.run(run_dir, False, None) == runner.DONE


@pytest.mark.parametrize(
    "change", [lambda d: configure(d, seed=9), lambda d: edit(d, lambda p: p.reverse())], ids=["options", "pairs"]
)
def test_a_run_resumes_only_with_what_it_began_with(tmp_path, change, monkeypatch):
    import blindfold_trainer.training.loop as module

    run_dir = make_run(tmp_path / "run")
    original = module.Training._emit_step

    def cancel_at_five(self, *args):
        original(self, *args)
        if self.at.step == 5:
            (run_dir / "cancel").touch()

    monkeypatch.setattr(module.Training, "_emit_step", cancel_at_five)
    assert runner.run(run_dir, False, None) == runner.CANCELLED
    change(run_dir)
    assert runner.run(run_dir, True, None) == runner.REFUSED
    assert events_of(run_dir)[-1]["code"] == "RESUME_MISMATCH"
