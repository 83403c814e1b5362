"""Whether a run fits this machine, and what would make it fit."""
