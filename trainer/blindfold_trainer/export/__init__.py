"""Trained models in forms that others use."""
