"""The command line. Every command works without the app; `train` is also what the app starts."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from . import __version__
from .cli_scoring import add_scoring
from .errors import TrainerError
from .runner import REFUSED


def _print_json(value: object) -> None:
    print(json.dumps(value, allow_nan=False), flush=True)


def _prepare(args: argparse.Namespace, run_dir: Path, **more: str) -> dict:
    """Makes the run folder from --data, with options of its own or `more`, and says on stderr what became of it."""
    from .prepare import parse_options, prepare

    images, options = args.images or args.data.parent, {**parse_options(args.set), **more}
    found = prepare(run_dir, args.data, images, args.test_share, options, frozenset(args.take))
    told = "{train} pairs to train on, {test} held out, {groups} groups, {left_out} left out".format(**found)
    for line in (told, *found["notes"]):
        print(line, file=sys.stderr)
    return found


def _within(args: argparse.Namespace) -> list[Path]:
    """Folders that paths of a config may lead into: those of --within, and what --set names itself."""
    from .prepare import parse_options

    said = parse_options(args.set)
    return [*args.within, *(Path(said[name]) for name in ("model", "vision_cache") if isinstance(said.get(name), str))]


def _alone(args: argparse.Namespace) -> None:
    if args.set or args.images or args.take:
        message = "--set, --take and --images go with --data."
        raise TrainerError("CONFIG_INVALID", message, "Change config.json instead.")


def _from_data(sub: argparse.ArgumentParser, makes: str) -> None:
    """The options of commands that take a file of pairs in place of a run folder."""
    help = f"{makes} this JSONL file: TRL or {{prompt, images, chosen, rejected}}"
    sub.add_argument("--data", type=Path, metavar="PAIRS", help=help)
    sub.add_argument("--images", type=Path, metavar="DIR", help="folder of the images (default: that of the pairs)")
    sub.add_argument(
        "--within",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="allow paths of config.json into this folder too (default: the run folder alone)",
    )
    sub.add_argument(
        "--test-share", type=_share, default=0.2, metavar="X", help="share of the groups to hold out (default 0.2)"
    )
    for flag, value, help in (
        ("set", "KEY=VALUE", "with --data, an option of config.json, such as method=standard"),
        ("take", "FIELD", "with --data, take weight, label or margin of its rows for those of a run (default: none)"),
    ):
        sub.add_argument(f"--{flag}", action="append", default=[], metavar=value, help=help)


def _train(args: argparse.Namespace) -> int:
    from .protocol import take_stdout
    from .runner import run

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
    from .config import PROTOCOL_VERSION, load_config
    from .protocol import take_stdout

    stdout = take_stdout()  # libraries print while a model is opened
    logging.basicConfig(level=logging.WARNING, format="%(message)s")

    def tell(text: str) -> None:
        if stdout is not None:
            os.write(stdout, f"{text}\n".encode())

    try:
        from .preflight import as_text, preflight
        from .prepare import parse_options

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


def _pretrain(args: argparse.Namespace) -> int:
    from .pretrain import pretrain

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    accuracy = pretrain(
        args.pairs,
        args.images or args.pairs.parent,
        args.test,
        args.init,
        args.out,
        limit=args.limit,
        steps=args.steps,
        batch_size=args.batch_size,
        lr=args.lr,
        seed=args.seed,
        threads=args.threads,
    )
    _print_json({"out": str(args.out), "accuracy": None if accuracy != accuracy else accuracy})
    return 0


def _inspect(args: argparse.Namespace) -> int:
    from .inspection import inspect, inspect_pair

    if args.pairs is None:
        _print_json(inspect(Path(args.path)))
    else:
        images = args.images or args.pairs.parent
        _print_json(inspect_pair(args.path, args.pairs, images, args.row, args.max_length))
    return 0


def _export(args: argparse.Namespace) -> int:
    from .export import export_adapter, export_merged
    from .export_proxy import export_proxy

    if args.form == "onnx":
        made = export_proxy(args.model, args.out, args.precision.split(","), args.base, args.name)
    elif args.form == "merged":
        made = export_merged(args.model, args.out, args.base, args.dtype)
    else:
        made = export_adapter(args.model, args.out)
    _print_json(made)
    return 0


def _serve(args: argparse.Namespace) -> int:
    import secrets
    import signal
    import threading

    from .backbone import open_saved
    from .serve import make_server

    given = os.environ.get("BLINDFOLD_RM_TOKEN")
    token = given or secrets.token_urlsafe(32)
    branches, role, card = open_saved(args.model, args.device, base=args.base)
    server, scorer = make_server(branches, role, card, token, args.port, args.images, args.tokens)
    for name in ("SIGTERM", "SIGINT"):
        # `shutdown` waits for the loop, which this thread is in.
        signal.signal(getattr(signal, name), lambda *_: threading.Thread(target=server.shutdown).start())
    host, port = server.server_address[:2]
    _print_json({"url": f"http://{host}:{port}", "role": role, **({} if given else {"token": token})})
    server.serve_forever()
    server.server_close()
    scorer.close()
    return 0


def _version(_: argparse.Namespace) -> int:
    import torch

    from .artifact import base_hash
    from .config import PROTOCOL_VERSION
    from .families import TITLES

    _print_json(
        {
            "trainer": __version__,
            "protocol": PROTOCOL_VERSION,
            "models": ["tiny", *TITLES],
            "base_sha256": base_hash(),
            "torch": torch.__version__,
            "python": sys.version.split()[0],
        }
    )
    return 0


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError("must be at least 0 and below 1")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="blindfold_trainer",
        description="Trains multimodal reward models with text-only shortcuts discounted.",
        epilog="Exit codes: 0 done, 1 defect, 2 refused (bad input), 130 cancelled.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run, help: str, description: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=description)
        sub.set_defaults(run=run)
        return sub

    train = command(
        "train",
        _train,
        "train what a run folder says",
        "Trains what RUN_DIR/config.json says, appends events to RUN_DIR/events.jsonl (and stdout, where it is no terminal), saves the "
        'models in RUN_DIR/mm and RUN_DIR/proxy. Stop it by a file RUN_DIR/cancel, a line {"cmd":"cancel"} on stdin, or Ctrl-C.',
    )
    train.add_argument("run_dir", type=Path, metavar="RUN_DIR")
    train.add_argument("--resume", action="store_true", help="go on from the newest checkpoint")
    _from_data(train, "make the run folder first from")

    pre = command(
        "preflight",
        _preflight,
        "whether a run fits this machine",
        "Tells what RUN_DIR/config.json needs of memory and disk, which pairs cannot be used, and what would make it fit. Reads no weights of "
        "a vision-language model unless there is a GPU, on which it takes real steps. Writes nothing.",
    )
    pre.add_argument("run_dir", type=Path, metavar="RUN_DIR")
    _from_data(pre, "look at a run that is made from")
    pre.add_argument("--json", action="store_true", help="the report as one line of JSON (schema/preflight.json)")
    pre.add_argument("--measure", action="store_true", help="take real steps on a processor too")
    pre.add_argument(
        "--memory", type=float, metavar="GIB", help="judge by so much free memory instead of this machine's"
    )

    images = {"type": Path, "metavar": "DIR", "help": "folder of the images (default: that of the input)"}

    add_scoring(command, images)
    pre = command(
        "pretrain",
        _pretrain,
        "rebuild the base weights of the tiny model",
        "Trains the tiny model on pairs whose style says nothing about the label. README.md has the commands that made the shipped weights.",
    )
    pre.add_argument("pairs", type=Path, metavar="PAIRS")
    pre.add_argument("--images", **images)
    pre.add_argument("--test", type=Path, metavar="PAIRS", help="pairs to measure the accuracy on at the end")
    pre.add_argument("--init", type=Path, metavar="FILE", help="go on from these weights instead of from nothing")
    pre.add_argument("--limit", type=int, metavar="N", help="use the first N pairs alone")
    pre.add_argument("--out", type=Path, required=True, metavar="FILE")
    for name, kind, default in (
        ("steps", int, 4000),
        ("batch-size", int, 96),
        ("lr", float, 1.5e-3),
        ("seed", int, 0),
        ("threads", int, 2),
    ):
        pre.add_argument(f"--{name}", type=kind, default=default, help=f"default {default}")

    inspect = command(
        "inspect",
        _inspect,
        "what a folder is, or one pair as a model sees it",
        "Prints what is known of a run folder, a saved model or a base as JSON; with --pairs, one pair exactly as the model sees it.",
    )
    inspect.add_argument("path", metavar="PATH", help="a folder; with --pairs also `tiny` or an id of the hub")
    inspect.add_argument("--pairs", type=Path, metavar="PAIRS", help="show a pair of this file")
    inspect.add_argument("--row", type=int, default=1, metavar="N", help="which pair, from 1 (default 1)")
    inspect.add_argument("--images", **images)
    inspect.add_argument("--max-length", type=int, default=4096, metavar="N", help="default 4096")

    export = command(
        "export",
        _export,
        "a trained model in another form",
        "Writes a vision-language reward model as adapter, as one model merged with its base, or a proxy as ONNX for the blind test, "
        "and prints how far its rewards are from those before.",
    )
    export.add_argument("model", type=Path, metavar="MODEL_DIR", help="folder mm or proxy of a run")
    export.add_argument("out", type=Path, metavar="OUT")
    export.add_argument("--form", choices=("adapter", "merged", "onnx"), default="merged", help="default merged")
    export.add_argument(
        "--precision", default="fp32", metavar="LIST", help="of fp32,fp16,int8, for ONNX (default fp32)"
    )
    export.add_argument(
        "--dtype", choices=("auto", "float32", "bfloat16"), default="auto", help="of the merged weights"
    )
    export.add_argument("--base", metavar="MODEL", help="where the base lies now (default: as its card says)")
    export.add_argument("--name", help="what the app shall call the proxy")

    serve = command(
        "serve-rm",
        _serve,
        "rewards over HTTP on this machine",
        "Answers POST /score on 127.0.0.1 with rewards, batched over requests, for who sends the token: that of the variable "
        "BLINDFOLD_RM_TOKEN, or one that is made and printed. See blindfold_trainer/serve.py for the requests.",
    )
    serve.add_argument("model", type=Path, metavar="MODEL_DIR", help="folder mm or proxy of a run, or a merged model")
    serve.add_argument("--port", type=int, default=8765, help="default 8765; 0 takes a free one")
    serve.add_argument("--images", type=Path, metavar="DIR", help="folder in which requests may name images")
    serve.add_argument("--tokens", type=int, default=16_384, metavar="N", help="tokens of one pass (default 16384)")
    serve.add_argument("--device", default="auto", help="default auto")
    serve.add_argument("--base", metavar="MODEL", help="where the base lies now (default: as its card says)")
    command("version", _version, "versions of trainer, protocol and torch", "Prints versions as JSON.")
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
