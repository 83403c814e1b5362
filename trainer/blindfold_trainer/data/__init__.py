"""Rows, pictures and turns: from files to pairs, and to what a model is given."""
