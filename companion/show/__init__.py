"""Showing her: portraits drawn from parts, with an expression."""
