"""Companion: a persistent synthetic persona. `companion/turn.py` is the place to start reading."""
