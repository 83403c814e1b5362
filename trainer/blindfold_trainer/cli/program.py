"""The program: its commands, and what it exits with."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from blindfold_trainer.cli.model_commands import add_models
from blindfold_trainer.cli.run_commands import add_runs
from blindfold_trainer.cli.scoring_commands import add_scoring
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.training.runner import REFUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="blindfold_trainer",
        description="Trains multimodal reward models with shortcut-prone pairs weighted down.",
        epilog="Exit codes: 0 done, 1 defect, 2 refused (bad input), 130 cancelled.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run, help: str, description: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=description)
        sub.set_defaults(run=run)
        return sub

    add_runs(command)
    images = {"type": Path, "metavar": "DIR", "help": "images folder (default: that of the input)"}
    add_scoring(command, images)
    add_models(command, images)
    return parser


def main(argv: list[str] | None = None) -> int:
    args = _parser().parse_args(argv)
    try:
        return args.run(args)
    except TrainerError as error:
        print(error, file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # `score ... | head`: the reader has enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
