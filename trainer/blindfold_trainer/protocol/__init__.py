"""What the trainer and whoever starts it say to each other: config.json, events, errors, and the files they lie in."""
