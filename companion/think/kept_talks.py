"""The files of `kept_states.py` that say what was said: what they are called, and how they go.

Apart from it, so that forgetting waits for no model's library.
"""

import hashlib
from pathlib import Path

TALK = "talk-"


def states_of(home: Path) -> Path:
    """The folder in a home."""
    return home / "states"


def file_name(key: str, reader: str) -> str:
    """Of the file in which what was read of a conversation is kept.

    Args:
        reader: what tells the weights that read it from others.
    """
    return f"{TALK}{digest(key)}-{digest(reader)}.safetensors"


def digest(text: str) -> str:
    """Names a text without saying it."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def forget_talk(folder: Path, key: str) -> None:
    """Deletes what was kept of a conversation, whichever weights read it."""
    _delete(folder, f"{TALK}{digest(key)}-*")


def forget_talks(folder: Path) -> None:
    """Deletes what was kept of every conversation."""
    _delete(folder, f"{TALK}*")


def _delete(folder: Path, pattern: str) -> None:
    for path in folder.glob(pattern):
        path.unlink(missing_ok=True)
