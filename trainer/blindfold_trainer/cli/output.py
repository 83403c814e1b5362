"""Results of commands as JSON on stdout, one a line."""

from __future__ import annotations

import json


def print_json(value: object) -> None:
    print(json.dumps(value, allow_nan=False), flush=True)
