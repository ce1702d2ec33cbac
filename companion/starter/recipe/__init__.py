"""How the built-in model is made: `python -m companion.starter.recipe`. Nothing here runs when Companion does."""
