import sys

# `python -m` looks first into the folder it is started in, which may be one that came from strangers.
if not sys.flags.safe_path:
    del sys.path[0]

from .cli import main  # noqa: E402

sys.exit(main())
