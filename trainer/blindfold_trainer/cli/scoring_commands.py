"""The commands `score` and `evaluate`: what saved models say of responses and pairs."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from blindfold_trainer.cli.output import print_json


def _shard(text: str) -> tuple[int, int]:
    try:
        at, of = map(int, text.split("/"))
        if 1 <= at <= of:
            return at, of
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text} is not like 2/8")


def _score(args: argparse.Namespace) -> int:
    from blindfold_trainer.evaluation.scoring import ScoreFile, score_file
    from blindfold_trainer.models.opening import open_saved

    branches, role, card = open_saved(args.model, args.device, base=args.base)
    kept = ScoreFile(args.out, card) if args.out else None
    known = kept.known if kept else ()
    images = args.images or args.input.parent
    leave_out = args.unusable == "leave-out"
    unusable, lines = score_file(branches, role, args.input, images, args.tokens, args.shard, known, leave_out)
    for one in unusable:
        print(f"left out: {one.id} (row {one.row}): {one.error.message}", file=sys.stderr)
    if kept:
        before = len(known)
        left = {"unusable": [u.data() for u in unusable]} if unusable else {}
        print_json({"out": str(args.out), "scored": kept.write(lines), "kept": before, **left})
        return 0
    for line in lines:
        print_json(line)
    return 0


def _evaluate(args: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        print_json(_evaluation(args, Path(scratch)))
    return 0


def _evaluation(args: argparse.Namespace, scratch: Path) -> dict:
    from blindfold_trainer.evaluation.best_of import evaluate_best_of
    from blindfold_trainer.evaluation.report import against_text, read_kinds, report, score, text_margins, write_margins
    from blindfold_trainer.models.opening import open_saved

    images = args.images or args.pairs.parent
    pairs, unusable, notes = read_kinds(args.pairs, images, args.by, scratch)
    for note in notes:
        print(note, file=sys.stderr)
    text = text_margins(args.text, pairs, args.tokens, args.device, args.base) if args.text else None
    branches, role, _ = open_saved(args.model, args.device, base=args.base)
    scored = score(branches, role, pairs, args.tokens, str(args.pairs), args.unusable == "leave-out", unusable)
    if args.out:
        write_margins(scored, args.out)
    told = {"role": role, **report(scored, args.seed)}
    told["text"] = None if text is None else against_text(scored, text, args.seed)
    told["best_of"] = None
    if args.best_of:
        folder = args.images or args.best_of.parent
        leave_out = args.unusable == "leave-out"
        told["best_of"] = evaluate_best_of(
            branches, role, args.best_of, folder, args.gold, args.tokens, args.seed, leave_out
        )
    return told


def add_scoring(command: Callable[..., argparse.ArgumentParser], images: dict) -> None:
    """Adds both; `images` are the settings of the option --images."""

    def scoring(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--tokens", type=int, default=16_384, metavar="N", help="tokens per pass (default: 16384)")
        sub.add_argument("--device", default="auto", help="default auto")
        sub.add_argument(
            "--unusable",
            choices=("refuse", "leave-out"),
            default="refuse",
            help="what to do if rows cannot be used; both list them (default: refuse)",
        )
        sub.add_argument("--base", metavar="MODEL", help="folder of the base (default: as stated in its card)")

    score = command(
        "score",
        _score,
        "score N responses per prompt",
        "Reads JSONL {id?, prompt, images?, responses: [...]}, prints JSONL {id, rewards, best}; best counts from 0. With --out, the "
        "same command goes on where it was stopped.",
    )
    score.add_argument("model", type=Path, metavar="MODEL_DIR", help="folder mm or proxy of a run, or a merged model")
    score.add_argument("input", type=Path, metavar="INPUT")
    score.add_argument("--images", **images)
    score.add_argument("--out", type=Path, metavar="FILE", help="write to this file, skipping rows that it already contains")
    score.add_argument(
        "--shard", type=_shard, default=(1, 1), metavar="I/N", help="score only every Nth row, from the Ith"
    )
    scoring(score)

    evaluate = command(
        "evaluate",
        _evaluate,
        "measure accuracy on pairs and on their subsets, with intervals",
        "Reads pairs as `train --data` does, or a run's snapshot, or the file of Multimodal RewardBench or "
        "VL-RewardBench. Prints accuracy (overall, averaged over groups and over kinds, on each kind), calibration and the correlation "
        "with length as JSON, each with a 95% interval over groups; README.md has all fields.",
    )
    evaluate.add_argument(
        "model", type=Path, metavar="MODEL_DIR", help="folder mm or proxy of a run, or a merged model"
    )
    evaluate.add_argument("pairs", type=Path, metavar="PAIRS")
    evaluate.add_argument(
        "--images",
        **{**images, "help": "folder of the images, for a snapshot its media folder (default: that of the pairs)"},
    )
    evaluate.add_argument("--by", metavar="FIELD", help="field with the kind of each row (default: source)")
    evaluate.add_argument(
        "--text",
        type=Path,
        metavar="PROXY",
        help="a text-only model, or JSONL {id, margin} of one: adds SFD and the correlation of margins",
    )
    evaluate.add_argument(
        "--best-of",
        type=Path,
        metavar="FILE",
        help="JSONL {prompt, images?, responses, scores}: adds the gold score of the best of 1, 4, 16 and 64",
    )
    evaluate.add_argument("--gold", default="scores", metavar="FIELD", help="field of the gold scores (default scores)")
    evaluate.add_argument("--out", type=Path, metavar="FILE", help="also write {id, margin} of every pair as JSONL")
    evaluate.add_argument("--seed", type=int, default=0, help="seed of the bootstrap (default 0)")
    scoring(evaluate)
