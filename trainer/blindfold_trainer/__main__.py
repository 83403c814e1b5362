"""`python -m blindfold_trainer`: the command line, without code from the folder it is started in."""

import sys

# `python -m` looks first into the folder it is started in, which may be one that came from strangers.
if not sys.flags.safe_path:
    del sys.path[0]

from blindfold_trainer.cli import main  # noqa: E402

sys.exit(main())
