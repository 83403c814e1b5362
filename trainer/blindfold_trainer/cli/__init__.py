"""The command line. Every command works without the app; `train` is also what the app starts."""

from blindfold_trainer.cli.program import main

__all__ = ["main"]
