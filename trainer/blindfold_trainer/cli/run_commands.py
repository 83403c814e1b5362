"""The commands `train` and `preflight`: on the folder of a run, or on a file of pairs that one is made from."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from blindfold_trainer.protocol.config import PROTOCOL_VERSION, load_config
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.protocol.events import take_stdout
from blindfold_trainer.training.runner import REFUSED, run


def _prepare(args: argparse.Namespace, run_dir: Path, **more: str) -> dict:
    """Makes the run folder from --data, with options of its own or `more`, and says on stderr what became of it."""
    from blindfold_trainer.data.run_folder import parse_options, prepare

    images, options = args.images or args.data.parent, {**parse_options(args.set), **more}
    found = prepare(run_dir, args.data, images, args.test_share, options, frozenset(args.take))
    told = "{train} pairs to train on, {test} held out, {groups} groups, {left_out} left out".format(**found)
    for line in (told, *found["notes"]):
        print(line, file=sys.stderr)
    return found


def _within(args: argparse.Namespace) -> list[Path]:
    """Folders that paths of a config may lead into: those of --within, and what --set names itself."""
    from blindfold_trainer.data.run_folder import parse_options

    said = parse_options(args.set)
    return [*args.within, *(Path(said[name]) for name in ("model", "vision_cache") if isinstance(said.get(name), str))]


def _alone(args: argparse.Namespace) -> None:
    if args.set or args.images or args.take:
        message = "--set, --take and --images go with --data."
        raise TrainerError("CONFIG_INVALID", message, "Change config.json instead.")


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError("must be at least 0 and below 1")
    return value


def _from_data(sub: argparse.ArgumentParser, makes: str) -> None:
    """The options of commands that take a file of pairs in place of a run folder."""
    help = f"{makes} this JSONL file: TRL or {{prompt, images, chosen, rejected}}"
    sub.add_argument("--data", type=Path, metavar="PAIRS", help=help)
    sub.add_argument("--images", type=Path, metavar="DIR", help="images folder (default: that of the pairs)")
    sub.add_argument(
        "--within",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="also allow paths of config.json in this folder (default: the run folder only)",
    )
    sub.add_argument(
        "--test-share", type=_share, default=0.2, metavar="X", help="share of groups to hold out (default: 0.2)"
    )
    for flag, value, help in (
        ("set", "KEY=VALUE", "with --data, an option of config.json, such as method=standard"),
        ("take", "FIELD", "with --data, use weight, label or margin of its rows (default: none)"),
    ):
        sub.add_argument(f"--{flag}", action="append", default=[], metavar=value, help=help)


def _train(args: argparse.Namespace) -> int:
    within = _within(args)
    if args.data:
        _prepare(args, args.run_dir)
    else:
        _alone(args)
    # A person at a terminal reads the log on stderr; the event stream is for a program or a file.
    watched = os.isatty(1)
    stdout = take_stdout()
    return run(args.run_dir.absolute(), args.resume, None if watched else stdout, within)


def _preflight(args: argparse.Namespace) -> int:
    stdout = take_stdout()  # libraries print while a model is opened
    logging.basicConfig(level=logging.WARNING, format="%(message)s")

    def tell(text: str) -> None:
        if stdout is not None:
            os.write(stdout, f"{text}\n".encode())

    try:
        from blindfold_trainer.data.run_folder import parse_options
        from blindfold_trainer.preflight.report import as_text, preflight

        memory = None if args.memory is None else int(args.memory * 2**30)
        with tempfile.TemporaryDirectory() as scratch:
            run_dir = args.run_dir.absolute()
            if args.data:
                # All that is wrong is told at once; whether it would end the run is told with it.
                rows = _prepare(args, Path(scratch) / "run", unusable="leave-out")["unusable"]
                config = load_config(Path(scratch) / "run", _within(args))
                config = replace(config, unusable=parse_options(args.set).get("unusable", "refuse"))
            else:
                _alone(args)
                rows, config = [], load_config(run_dir, args.within)
            report = preflight(run_dir, config, args.measure, memory, rows)
    except TrainerError as error:
        if not args.json:
            raise
        told = {key: value for key, value in error.data().items() if key != "ids"}
        tell(json.dumps({"v": PROTOCOL_VERSION, "error": told}))
        return REFUSED
    tell(json.dumps(report, allow_nan=False) if args.json else as_text(report))
    return 0


def add_runs(command: Callable[..., argparse.ArgumentParser]) -> None:
    train = command(
        "train",
        _train,
        "train the run that a run folder describes",
        "Trains what RUN_DIR/config.json says, appends events to RUN_DIR/events.jsonl (and stdout, where it is no terminal), saves the "
        'models in RUN_DIR/mm and RUN_DIR/proxy. Stop it by a file RUN_DIR/cancel, a line {"cmd":"cancel"} on stdin, or Ctrl-C.',
    )
    train.add_argument("run_dir", type=Path, metavar="RUN_DIR")
    train.add_argument("--resume", action="store_true", help="resume from the newest checkpoint")
    _from_data(train, "create the run folder first from")

    pre = command(
        "preflight",
        _preflight,
        "check whether a run fits this machine",
        "Tells what RUN_DIR/config.json needs of memory and disk, which pairs cannot be used, and what would make it fit. Reads no weights of "
        "a vision-language model unless there is a GPU, on which it takes real steps. Writes nothing.",
    )
    pre.add_argument("run_dir", type=Path, metavar="RUN_DIR")
    _from_data(pre, "check a run created from")
    pre.add_argument("--json", action="store_true", help="print the report as one line of JSON (protocol/schema/preflight.json)")
    pre.add_argument("--measure", action="store_true", help="also take real steps on a CPU")
    pre.add_argument(
        "--memory", type=float, metavar="GIB", help="assume this much free memory instead of this machine's"
    )
