"""Trains multimodal reward models with the text-only shortcut discounted. Works alone and as a background process of Blindfold."""

import logging
import os

__version__ = "0.1.0"

# Threads that wait must not spin: on a machine with other work to do that made a step five times slower. The OpenMP runtime reads
# this once, so it has to be set before torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# peft loads bitsandbytes where it is installed, which then asks for a package of kernels that nothing here uses.
logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel(logging.ERROR)
