"""The built-in tiny model."""
