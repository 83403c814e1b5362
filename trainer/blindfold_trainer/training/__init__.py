"""One run: loop, gradients, checkpoints, and how it is stopped."""
