"""The trainer as a process among others: killed, cancelled, orphaned, started twice."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import PACKAGE, command, events_of, execute, make_run, start, trajectory, weights

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def read_until_step(process, step: int) -> list[dict]:
    """Reads the stream up to a step, as an app would."""
    seen = []
    for line in process.stdout:
        seen.append(json.loads(line))
        if seen[-1]["type"] == "step" and seen[-1]["step"] >= step:
            return seen
    raise AssertionError(process.stderr.read())


@posix
def test_killed_at_a_random_step_and_resumed_it_ends_the_same(tmp_path, finished):
    step = random.SystemRandom().randrange(2, 21)
    run_dir = make_run(tmp_path / "run", pairs=84)
    process = start("train", run_dir)
    read_until_step(process, step)
    process.send_signal(signal.SIGKILL)
    assert process.wait(30) == -signal.SIGKILL
    # A kill can also leave half a line; the reader's offset lies before it.
    with open(run_dir / "events.jsonl", "ab") as file:
        file.write(b'{"v":1,"seq":')
    shutil.rmtree(run_dir / "mm", ignore_errors=True)
    result = execute("train", run_dir, "--resume")
    assert result.returncode == 0, f"killed at step {step}: {result.stderr}"
    assert weights(run_dir) == weights(finished), f"killed at step {step}"
    events = events_of(run_dir)
    assert [e["seq"] for e in events] == list(range(1, len(events) + 1))
    assert trajectory(events) == trajectory(events_of(finished)), f"killed at step {step}"
    resumed = next(e for e in events if e["type"] == "resumed")
    # Lines that were written twice say the same twice.
    before = [e for e in events if e["seq"] < resumed["seq"]]
    again = trajectory([e for e in events if e["seq"] > resumed["seq"]])
    assert all(again[k] == v for k, v in trajectory(before).items() if k in again)


def check_cancelled(run_dir: Path, process, at: int, reason: str) -> None:
    assert process.wait(30) == 130
    events = events_of(run_dir)
    last = events[-1]
    assert (last["type"], last["reason"]) == ("cancelled", reason)
    done = max(e["step"] for e in events if e["type"] == "step")
    # The step that ran when the request came, and what was done while it travelled to the process.
    assert at <= done <= at + 40
    assert last["step"] == done
    assert (run_dir / last["path"]).is_dir()


@posix
@pytest.mark.parametrize("way", ["file", "stdin", "SIGTERM"])
def test_cancel_stops_within_a_step(tmp_path, way):
    run_dir = make_run(tmp_path / "run", pairs=84, epochs=100)
    process = start("train", run_dir)
    read_until_step(process, 3)
    if way == "file":
        (run_dir / "cancel").touch()
    elif way == "stdin":
        process.stdin.write('what?\n{"cmd":"cancel"}\n')
        process.stdin.flush()
    else:
        process.send_signal(signal.SIGTERM)
    asked = time.monotonic()
    process.stdout.read()
    check_cancelled(run_dir, process, 3, {"SIGTERM": "signal"}.get(way, way))
    assert time.monotonic() - asked < 10
    for pipe in (process.stdin, process.stderr):
        pipe.close()


def test_a_cancel_file_that_is_there_first_stops_before_the_first_step(tmp_path):
    run_dir = make_run(tmp_path / "run")
    (run_dir / "cancel").touch()
    assert execute("train", run_dir).returncode == 130
    events = events_of(run_dir)
    assert (events[-1]["type"], events[-1]["step"], events[-1]["path"]) == ("cancelled", 0, None)


@posix
def test_a_run_outlives_its_parent(tmp_path, finished):
    """The parent starts the trainer with pipes and dies at once: stdin ends, stdout and stderr are closed, and the run goes on."""
    run_dir = make_run(tmp_path / "run", pairs=84)
    parent = (
        "import subprocess, sys\n"
        f"p = subprocess.Popen({command('train', run_dir)!r}, cwd={str(PACKAGE)!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,"
        " stderr=subprocess.PIPE, start_new_session=True)\n"
        "p.stdout.readline(); print(p.pid, flush=True); import os; os._exit(0)\n"
    )
    subprocess.run(
        [sys.executable, "-c", parent],
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        check=True,
        capture_output=True,
        timeout=60,
    )
    deadline = time.monotonic() + 60
    while events_of(run_dir)[-1]["type"] != "done":
        assert time.monotonic() < deadline, events_of(run_dir)[-1]
        time.sleep(0.2)
    assert weights(run_dir) == weights(finished)
    assert "Traceback" not in (run_dir / "log.txt").read_text()


def test_two_trainers_cannot_work_in_one_folder_and_a_finished_run_stays_as_it_is(tmp_path, finished):
    before = (finished / "events.jsonl").read_bytes()
    for args in (("train", finished), ("train", finished, "--resume")):
        result = execute(*args)
        assert result.returncode == 2
        assert "RUN_STARTED" in result.stderr
    assert (finished / "events.jsonl").read_bytes() == before
    run_dir = make_run(tmp_path / "run", pairs=84, epochs=100)
    process = start("train", run_dir)
    read_until_step(process, 1)
    second = execute("train", run_dir, "--resume")
    assert second.returncode == 2 and "RUN_BUSY" in second.stderr
    process.terminate()
    process.stdout.read()
    process.wait(30)
    for pipe in (process.stdin, process.stdout, process.stderr):
        pipe.close()
    again = execute("train", run_dir)
    assert again.returncode == 2 and "--resume" in again.stderr
