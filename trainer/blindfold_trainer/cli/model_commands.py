"""The commands on models: `pretrain`, `inspect`, `export`, `serve-rm`, and `version`."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from blindfold_trainer import __version__
from blindfold_trainer.cli.output import print_json
from blindfold_trainer.protocol.config import PROTOCOL_VERSION


def _pretrain(args: argparse.Namespace) -> int:
    from blindfold_trainer.training.pretrain import pretrain

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
    print_json({"out": str(args.out), "accuracy": None if accuracy != accuracy else accuracy})
    return 0


def _inspect(args: argparse.Namespace) -> int:
    from blindfold_trainer.evaluation.inspection import inspect, inspect_pair

    if args.pairs is None:
        print_json(inspect(Path(args.path)))
    else:
        images = args.images or args.pairs.parent
        print_json(inspect_pair(args.path, args.pairs, images, args.row, args.max_length))
    return 0


def _export(args: argparse.Namespace) -> int:
    from blindfold_trainer.export.adapter import export_adapter
    from blindfold_trainer.export.merged import export_merged
    from blindfold_trainer.export.proxy_onnx import export_proxy

    if args.form == "onnx":
        made = export_proxy(args.model, args.out, args.precision.split(","), args.base, args.name)
    elif args.form == "merged":
        made = export_merged(args.model, args.out, args.base, args.dtype)
    else:
        made = export_adapter(args.model, args.out)
    print_json(made)
    return 0


def _serve(args: argparse.Namespace) -> int:
    import secrets
    import signal
    import threading

    from blindfold_trainer.models.opening import open_saved
    from blindfold_trainer.serving.server import make_server

    given = os.environ.get("BLINDFOLD_RM_TOKEN")
    token = given or secrets.token_urlsafe(32)
    branches, role, card = open_saved(args.model, args.device, base=args.base)
    server, scorer = make_server(branches, role, card, token, args.port, args.images, args.tokens)
    for name in ("SIGTERM", "SIGINT"):
        # `shutdown` waits for the loop, which this thread is in.
        signal.signal(getattr(signal, name), lambda *_: threading.Thread(target=server.shutdown).start())
    host, port = server.server_address[:2]
    print_json({"url": f"http://{host}:{port}", "role": role, **({} if given else {"token": token})})
    server.serve_forever()
    server.server_close()
    scorer.close()
    return 0


def _version(_: argparse.Namespace) -> int:
    import torch

    from blindfold_trainer.models.families.registry import TITLES
    from blindfold_trainer.models.tiny.saved_model import base_hash

    print_json(
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


def add_models(command: Callable[..., argparse.ArgumentParser], images: dict) -> None:
    """Adds them; `images` are the settings of the option --images."""
    pre = command(
        "pretrain",
        _pretrain,
        "rebuild the base weights of the tiny model",
        "Trains the tiny model on pairs whose style says nothing about the label. README.md has the commands that made the shipped weights.",
    )
    pre.add_argument("pairs", type=Path, metavar="PAIRS")
    pre.add_argument("--images", **images)
    pre.add_argument("--test", type=Path, metavar="PAIRS", help="pairs to measure the accuracy on at the end")
    pre.add_argument("--init", type=Path, metavar="FILE", help="continue from these weights instead of from scratch")
    pre.add_argument("--limit", type=int, metavar="N", help="use only the first N pairs")
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
        "describe a folder, or show one pair as a model sees it",
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
        "convert a trained model",
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
    export.add_argument("--base", metavar="MODEL", help="folder of the base (default: as stated in its card)")
    export.add_argument("--name", help="name of the proxy in the app")

    serve = command(
        "serve-rm",
        _serve,
        "serve rewards over HTTP on this machine",
        "Answers POST /score on 127.0.0.1 with rewards, batched over requests, for who sends the token: that of the variable "
        "BLINDFOLD_RM_TOKEN, or one that is made and printed. See blindfold_trainer/serving/server.py for the requests.",
    )
    serve.add_argument("model", type=Path, metavar="MODEL_DIR", help="folder mm or proxy of a run, or a merged model")
    serve.add_argument("--port", type=int, default=8765, help="port (default: 8765; 0: any free port)")
    serve.add_argument("--images", type=Path, metavar="DIR", help="folder of images that requests may name")
    serve.add_argument("--tokens", type=int, default=16_384, metavar="N", help="tokens per pass (default: 16384)")
    serve.add_argument("--device", default="auto", help="default auto")
    serve.add_argument("--base", metavar="MODEL", help="folder of the base (default: as stated in its card)")
    command("version", _version, "print versions of trainer, protocol and torch", "Prints versions as JSON.")
