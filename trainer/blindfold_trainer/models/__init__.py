"""Reward models: opened, encoded for, scored, trained weights saved."""
