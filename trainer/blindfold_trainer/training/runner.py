"""A run from its folder: lock, log, events, and what the process ends with."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from blindfold_trainer.protocol.config import load_config
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.protocol.events import Events, Silence
from blindfold_trainer.protocol.files import refuse_links, without_link
from blindfold_trainer.protocol.run_lock import RunLock
from blindfold_trainer.training.control import Cancelled, Control
from blindfold_trainer.training.device_faults import device_lost

log = logging.getLogger(__name__)

#: Exit codes.
DONE, DEFECT, REFUSED, CANCELLED = 0, 1, 2, 130


def _log_to(run_dir: Path) -> None:
    """Messages for people: into log.txt and onto stderr. A closed stderr is no reason to stop."""
    logging.raiseExceptions = False
    log_file = open(run_dir / "log.txt", "a", encoding="utf-8", opener=without_link)
    handlers: list[logging.Handler] = [logging.StreamHandler(log_file)]
    if sys.stderr is not None:
        handlers.append(logging.StreamHandler(sys.stderr))
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", handlers=handlers, force=True
    )
    logging.captureWarnings(True)


def run(run_dir: Path, resume: bool, stdout: int | None, within: Sequence[Path] = ()) -> int:
    """Trains what `run_dir/config.json` says; its paths may lead into the folders `within` too. Refusals that leave the run as it is are raised; all else is told as events."""
    if not run_dir.is_dir():
        raise TrainerError(
            "CONFIG_MISSING",
            "Run folder not found.",
            "Create it and write config.json into it.",
            file=str(run_dir),
        )
    if int(os.environ.get("RANK", "0")) > 0:
        return _help(run_dir, resume, within)
    refuse_links(run_dir)
    lock = RunLock(run_dir)  # noqa: F841 - held until the process ends
    events = Events(run_dir, run_dir.name, stdout)
    if events.last_type == "done":
        raise TrainerError(
            "RUN_STARTED", "This run is finished.", "Start a new run in a new folder.", file=str(run_dir)
        )
    if events.last_type is not None and not resume:
        raise TrainerError(
            "RUN_STARTED", "This run was started before.", "Add --resume to continue it.", file=str(run_dir)
        )
    _log_to(run_dir)
    try:
        config = load_config(run_dir, within)
        events.run_id = config.run_id
        control = Control(run_dir)
        control.listen()
        return _train(run_dir, config, events, control, resume)
    except TrainerError as error:
        log.error("%s", error)
        _tell(events, error)
        return REFUSED
    except Exception as error:
        lost = device_lost(error)
        if lost is not None:
            log.exception("%s", lost)
            _tell(events, lost)
            return REFUSED
        log.exception("defect")
        _tell(
            events,
            TrainerError("INTERNAL", f"{type(error).__name__}: {error}", "See log.txt in the run folder for details."),
        )
        return DEFECT
    finally:
        events.close()


def _tell(events: Events, error: TrainerError) -> None:
    """The last event. Where the disk has no room even for it, stderr has told, and the exit code does."""
    try:
        events.emit("error", **error.data())
    except TrainerError as unwritten:
        log.error("%s", unwritten)


def _help(run_dir: Path, resume: bool, within: Sequence[Path]) -> int:
    """The part of every process but the first: it trains too and writes nothing; rank 0 or stderr reports errors."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    config = load_config(run_dir, within)
    control = Control(run_dir)
    control.listen()
    return _train(run_dir, config, Silence(), control, resume)


def _train(run_dir: Path, config, events: Events | Silence, control: Control, resume: bool) -> int:
    from blindfold_trainer.parallel.world import World  # torch takes seconds to load: only here
    from blindfold_trainer.training.loop import Training

    world = World.join()
    training = Training(run_dir, config, events, control, world)
    try:
        training.run(resume)
    except Cancelled as cancelled:
        events.emit("cancelled", step=training.at.step, reason=cancelled.reason, path=training.saved)
        events.sync()
        log.info("cancelled at step %d", training.at.step)
        return CANCELLED
    finally:
        try:
            world.leave()
        except RuntimeError as error:
            # After a GPU failed there is nothing to leave; what went wrong is on its way up.
            log.warning("%s", error)
    log.info("done in %d steps", training.at.step)
    return DONE
