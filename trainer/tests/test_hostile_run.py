"""A run folder that came from strangers: what it names is not read, what it links is not written, what it holds is not run."""

import json
import os
import pickle
from pathlib import Path

import pytest
from conftest import events_of, execute, make_run

from blindfold_trainer.data.rows import read_rows
from blindfold_trainer.evaluation.inspection import inspect
from blindfold_trainer.models.vision_cache import VisionCache
from blindfold_trainer.protocol.config import load_config
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.training import checkpoint, runner


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("blindfold_trainer.training.control.Control.listen", lambda self: None)


@pytest.fixture
def outside(tmp_path):
    """A folder with somebody's files, and what it must still be in the end."""
    folder = tmp_path / "outside"
    make_run(folder, pairs=4)
    (folder / "step-000001").mkdir()
    (folder / "notes").write_text("mine")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    yield folder
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert (folder / "step-000001").is_dir()


def configure(run_dir: Path, **options: object) -> None:
    config = json.loads((run_dir / "config.json").read_text())
    (run_dir / "config.json").write_text(json.dumps({**config, **options}))


OUTSIDE = "../outside"
PATHS = {
    "training pairs above": ("train", f"{OUTSIDE}/train.jsonl"),
    "evaluation pairs above": ("eval_sets", [{"name": "a", "path": f"{OUTSIDE}/test.jsonl"}]),
    "images above": ("media_dir", f"{OUTSIDE}/media"),
    "images by an absolute path": ("media_dir", "/etc"),
    "features above": ("vision_cache", f"{OUTSIDE}/cache"),
    "a model above": ("model", OUTSIDE),
    "a model by an absolute path": ("model", "/usr/share/model"),
    "a hub id that leads up": ("model", "owner/../../etc"),
    "a revision that leads up": ("revision", "../../main"),
    "a path with NUL": ("train", "train\0.jsonl"),
    "code of the model": ("trust_remote_code", True),
}


@pytest.mark.parametrize("case", PATHS)
def test_a_config_leads_nowhere_else(case, tmp_path, outside):
    field, value = PATHS[case]
    run_dir = make_run(tmp_path / "run", pairs=4)
    configure(run_dir, **{field: value})
    with pytest.raises(TrainerError) as caught:
        load_config(run_dir)
    assert (caught.value.code, caught.value.field) == ("CONFIG_INVALID", field)
    assert runner.run(run_dir, False, None) == runner.REFUSED
    assert events_of(run_dir)[-1]["code"] == "CONFIG_INVALID"


def test_links_are_followed_before_a_path_is_judged_and_a_folder_can_be_allowed(tmp_path, outside):
    run_dir = make_run(tmp_path / "run", pairs=4)
    (run_dir / "linked").symlink_to(outside)
    configure(run_dir, train="linked/train.jsonl", media_dir="linked/media", eval_sets=[])
    with pytest.raises(TrainerError, match="outside"):
        load_config(run_dir)
    assert load_config(run_dir, [outside]).train == outside / "train.jsonl"
    assert execute("train", run_dir).returncode == 2
    run_dir = make_run(tmp_path / "again", pairs=4)
    configure(run_dir, train=str(outside / "train.jsonl"), media_dir=str(outside / "media"), eval_sets=[], epochs=1)
    done = execute("train", run_dir, "--within", outside)
    assert done.returncode == 0, done.stderr


def test_a_folder_where_one_is_does_not_stand_for_a_model_of_the_hub(tmp_path, monkeypatch):
    run_dir = make_run(tmp_path / "run", pairs=4)
    (run_dir / "owner" / "name").mkdir(parents=True)
    configure(run_dir, model="owner/name")
    assert load_config(run_dir).model == "owner/name"
    configure(run_dir, model="https://hub.example/owner/name")
    with pytest.raises(TrainerError, match="neither a folder nor OWNER/NAME"):
        load_config(run_dir)
    configure(run_dir, model="owner/name")
    monkeypatch.chdir(run_dir)
    with pytest.raises(TrainerError, match="folder where you are"):
        load_config(run_dir)


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="links need rights here")
@pytest.mark.parametrize("name", ["config.json", "events.jsonl", "log.txt", "trainer.lock", "checkpoints", "samples", "mm", "mm.tmp"])
def test_nothing_is_written_through_a_link(name, tmp_path, outside):
    run_dir = make_run(tmp_path / "run", pairs=4, epochs=1, checkpoint_every=1)
    target = outside / "config.json" if name == "config.json" else outside / "notes" if "." in name[:-4] else outside
    (run_dir / name).unlink(missing_ok=True)
    (run_dir / name).symlink_to(target)
    with pytest.raises(TrainerError, match="is a link"):
        runner.run(run_dir, False, None)


def test_a_link_among_checkpoints_is_refused(tmp_path, outside):
    run_dir = make_run(tmp_path / "run", pairs=4)
    (run_dir / "checkpoints").mkdir()
    (run_dir / "checkpoints" / "step-000001").symlink_to(outside / "step-000001")
    with pytest.raises(TrainerError, match="is a link"):
        runner.run(run_dir, True, None)


def test_a_cache_makes_room_among_its_own_files_alone(tmp_path, outside):
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / "ab").symlink_to(outside)
    (outside / "model.safetensors").write_bytes(b"weights" * 100)
    (outside / f"{'0' * 64}.safetensors").write_bytes(b"weights" * 100)
    (folder / "cd").mkdir()
    (folder / "cd" / "model.safetensors").write_bytes(b"weights" * 100)
    cache = VisionCache(folder, 10, "x")
    cache._make_room(10)
    assert (folder / "cd" / "model.safetensors").exists() and (outside / "model.safetensors").exists()
    assert (outside / f"{'0' * 64}.safetensors").exists()
    for name in ("model.safetensors", f"{'0' * 64}.safetensors"):
        (outside / name).unlink()


class Evil:
    def __reduce__(self):
        return os.system, ("touch /tmp/blindfold-pickle-was-run",)


def interrupted(run_dir: Path) -> Path:
    """A run that was cancelled, with its checkpoint."""
    make_run(run_dir, pairs=8, epochs=3, batch_size=4)
    import blindfold_trainer.training.loop as module

    original = module.Training._emit_step

    def emit_and_cancel(self, *args):
        original(self, *args)
        (run_dir / "cancel").touch()

    module.Training._emit_step = emit_and_cancel
    try:
        assert runner.run(run_dir, False, None) == runner.CANCELLED
    finally:
        module.Training._emit_step = original
    return next((run_dir / "checkpoints").iterdir())


DEEP = "[" * 100_000 + "]" * 100_000
STATES = {
    "a pickle in place of weights": ("model.safetensors", pickle.dumps(Evil())),
    "a pickle in place of the optimiser": ("optimiser.safetensors", pickle.dumps(Evil())),
    "a header of 2^63 bytes": ("model.safetensors", b"\xff" * 7 + b"\x7f{}"),
    "no header": ("model.safetensors", b""),
    "tensors that overlap": (
        "model.safetensors",
        (lambda h: len(h).to_bytes(8, "little") + h + bytes(8))(
            b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
        ),
    ),
    "a tensor beyond the file": (
        "model.safetensors",
        (lambda h: len(h).to_bytes(8, "little") + h)(b'{"a":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]}}'),
    ),
    "a state that is too deep": ("state.json", DEEP.encode()),
    "a state of words": ("state.json", b'{"step": "one", "epoch": 0, "position": 0}'),
    "a state below zero": ("state.json", b'{"step": -1, "epoch": 0, "position": 0}'),
    "a state that is a list": ("state.json", b"[]"),
    "a state without end": ("state.json", b'{"step": 1' + b"0" * 5000 + b"}"),
    "a state of megabytes": ("state.json", b'{"a":"' + b"x" * 9_000_000 + b'"}'),
}


@pytest.mark.parametrize("case", STATES)
def test_a_checkpoint_is_read_or_refused_and_never_run(case, tmp_path):
    name, content = STATES[case]
    step = interrupted(tmp_path / "run")
    (step / name).write_bytes(content)
    assert runner.run(tmp_path / "run", True, None) == runner.REFUSED
    assert events_of(tmp_path / "run")[-1]["code"] == "CHECKPOINT_INVALID"
    assert not Path("/tmp/blindfold-pickle-was-run").exists()


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    step = interrupted(tmp_path / "run")
    from safetensors.torch import load_file, save_file

    tensors = load_file(step / "optimiser.safetensors")
    save_file({"99999.exp_avg": next(iter(tensors.values())).clone(), **tensors}, step / "optimiser.safetensors")
    assert runner.run(tmp_path / "run", True, None) == runner.REFUSED
    assert events_of(tmp_path / "run")[-1]["code"] == "CHECKPOINT_INVALID"


def test_folders_beside_checkpoints_are_none(tmp_path):
    (tmp_path / "checkpoints" / "step-abc").mkdir(parents=True)
    assert checkpoint._complete(tmp_path) == []


@pytest.mark.parametrize("content", [DEEP, "9" * 5000, '{"v": NaN}', "\ufeff[", '{"v":1,"x":"' + "x" * 9_000_000 + '"}'])
def test_a_config_that_no_reader_should_meet_is_refused(content, tmp_path):
    run_dir = make_run(tmp_path / "run", pairs=4)
    (run_dir / "config.json").write_text(content)
    with pytest.raises(TrainerError) as caught:
        load_config(run_dir)
    assert caught.value.code == "CONFIG_INVALID"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path):
    run_dir = make_run(tmp_path / "run", pairs=4)
    for name in ("config.json", "train.jsonl"):
        kept = (run_dir / name).read_bytes()
        (run_dir / name).unlink()
        os.mkfifo(run_dir / name)
        with pytest.raises(TrainerError, match="ordinary file|neither a file"):
            load_config(run_dir)
        (run_dir / name).unlink()
        (run_dir / name).write_bytes(kept)


@pytest.mark.parametrize("line", [f'{{"a": {DEEP}}}', '{"a": ' + "9" * 5000 + "}", "[1]", '{"a"'])
def test_a_row_that_no_reader_should_meet_is_named(line, tmp_path):
    (tmp_path / "rows.jsonl").write_text(f"{{}}\n{line}\n")
    with pytest.raises(TrainerError) as caught:
        list(read_rows(tmp_path / "rows.jsonl"))
    assert (caught.value.code, caught.value.row) == ("DATA_INVALID", 2)


def test_events_that_no_trainer_wrote_end_a_resumed_run(tmp_path):
    for line in (DEEP, "[]", '{"seq": "x"}', "{"):
        run_dir = make_run(tmp_path / f"run-{len(line)}", pairs=4)
        (run_dir / "events.jsonl").write_text(line + "\n")
        with pytest.raises(TrainerError) as caught:
            runner.run(run_dir, True, None)
        assert caught.value.code == "CHECKPOINT_INVALID"
        if not line.startswith('{"'):
            with pytest.raises(TrainerError):
                inspect(run_dir)
