"""Styles side by side, on top of the studio."""
