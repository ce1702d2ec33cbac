"""The Space on a processor: the page, and the built-in model."""

import sys
from pathlib import Path

# Pushed as a Space, everything lies beside this file; in the repository, `companion` is two folders up.
HERE = Path(__file__).resolve().parent
PLACES = (HERE,) if (HERE / "companion").is_dir() else (HERE.parents[1], HERE.parent)
sys.path[:0] = map(str, PLACES)

from hosting import serve, space_settings  # noqa: E402

from companion.compose import compose  # noqa: E402

if __name__ == "__main__":
    serve(compose(space_settings()))
