"""The process that gets killed while it learns: it reads what waits in a home, and says so.

Lines on standard output: `read N` after so many messages. What is in it is the product's own learner.
"""

import sys
from itertools import count
from pathlib import Path

from companion.learn.learner import Learner
from companion.store.database import open_database
from companion.store.lock import HomeLock
from companion.store.memories import Memories


class Loud(Memories):
    """Says what was learnt from, after it is on the disk."""

    done = count(1)

    def learnt(self, *arguments, **options) -> None:
        super().learnt(*arguments, **options)
        print("read", next(self.done), flush=True)


def main(home: Path) -> None:
    with HomeLock(home):
        Learner(Loud(open_database(home))).catch_up()
        print("idle", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
