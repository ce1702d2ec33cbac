"""Opens the page: settings → companion → page."""

import sys

from companion.compose import compose
from companion.errors import CompanionError
from companion.settings import load_settings
from companion.ui.page import launch


def main() -> int:
    """Serves the page until it is told to end.

    Returns:
        The exit code: 2 when it cannot begin.
    """
    try:
        companion = compose(load_settings())
        try:
            launch(companion)
        finally:
            companion.close()
    except CompanionError as error:
        print(f"{error.message}\n{error.hint}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
