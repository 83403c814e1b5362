"""The event stream against the schema that is generated from the app's contract."""

import errno
import io
import json

import pytest
from conftest import events_of, make_run, trajectory

from blindfold_trainer.protocol import schema
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.protocol.events import Events


def test_every_line_of_a_real_run_fits_the_schema(finished):
    events = events_of(finished)
    for event in events:
        assert schema.event_problem(event) is None, event
        assert schema.problem("events.json", event) is None
    assert [e["seq"] for e in events] == list(range(1, len(events) + 1))
    kinds = [e["type"] for e in events]
    assert kinds[0] == "start" and kinds[-1] == "done"
    assert set(kinds) == {"start", "phase", "step", "samples", "eval", "checkpoint", "done"}
    assert [e["phase"] for e in events if e["type"] == "phase"] == ["loading", "training", "saving", "evaluating"]
    start = events[0]
    assert (start["total_steps"], start["n_pairs"]) == (22, 84)
    assert [e["step"] for e in events if e["type"] == "step"] == list(range(1, 23))


def test_stdout_carries_the_same_lines_and_nothing_else(finished):
    assert (finished / "stdout.jsonl").read_text() == (finished / "events.jsonl").read_text()


def test_samples_are_on_the_disk_before_the_checkpoint_that_counts_them(finished):
    told = 0
    for event in events_of(finished):
        if event["type"] == "samples":
            told += len(event["ids"])
        if event["type"] == "checkpoint":
            epochs, rest = divmod(event["step"], 11)
            assert told == 84 * epochs + min(84, 8 * rest)


def test_a_replay_changes_nothing(finished):
    events = events_of(finished)
    assert trajectory(events + events) == trajectory(events)


def test_a_malformed_event_is_never_written(tmp_path):
    events = Events(make_run(tmp_path / "run"), "r", None)
    for fields in ({"phase": "resting", "total": 1}, {"phase": "loading"}, {"phase": "loading", "total": 1, "more": 1}):
        with pytest.raises(ValueError, match="breaks the protocol"):
            events.emit("phase", **fields)
    with pytest.raises(ValueError):
        events.emit("eval", set="s", ids=["a"], mm_margin=[float("nan")], text_margin=None)
    assert events.path.read_text() == ""


def test_numbers_go_on_and_half_a_line_is_cut_off(tmp_path):
    run_dir = make_run(tmp_path / "run")
    first = Events(run_dir, "r", None)
    first.emit("phase", phase="loading", total=None)
    first.close()
    whole = first.path.read_bytes()
    first.path.write_bytes(whole + whole[:20])
    second = Events(run_dir, "r", None)
    assert second.path.read_bytes() == whole
    second.emit("phase", phase="saving", total=None)
    assert [json.loads(line)["seq"] for line in second.path.read_text().splitlines()] == [1, 2]


def test_a_full_disk_leaves_whole_lines(tmp_path):
    class Full(io.FileIO):
        """Takes ten bytes, then refuses."""

        def write(self, data):
            if len(data) > 10 and self.full:
                super().write(data[:10])
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data)

    events = Events(make_run(tmp_path / "run"), "r", None)
    events._file = Full(events.path, "ab")
    events._file.full = False
    events.emit("phase", phase="loading", total=None)
    events._file.full = True
    with pytest.raises(TrainerError) as caught:
        events.emit("phase", phase="saving", total=None)
    assert caught.value.code == "WRITE_FAILED"
    events._file.full = False
    events.emit("phase", phase="saving", total=None)
    assert [json.loads(line)["seq"] for line in events.path.read_text().splitlines()] == [1, 2]
