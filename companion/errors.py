"""Every error a user can meet, with what to do about it.

    CompanionError
    ├── InputError            what was sent cannot be used as it is
    │   ├── MessageError      an empty or oversized message
    │   ├── BlueprintError    a persona file that is not valid
    │   └── CardError         a character card of another program that cannot be read, or not written that way
    ├── NotFoundError         a persona, conversation, message or model that is not there
    ├── ConflictError         the thing is busy or was changed by someone else
    ├── StorageError          the home folder cannot be read or written (full, read-only, locked, corrupt)
    │   └── IndexLost         the index of vectors cannot be used, and is made again by itself (remember/vectors.py)
    ├── ModelError            a model that cannot be loaded or that failed while it wrote or painted
    │   └── DownloadError     a model that could not be fetched
    ├── Cancelled             a picture that is no longer wanted
    └── SettingsError         a COMPANION_* value that is not valid, a port in use

A backend translates third parties' exceptions into these at its own border and keeps the cause (`raise … from`).
"""


class CompanionError(Exception):
    """Something a user can be told about.

    Args:
        message: what happened, in one sentence.
        hint: what to do about it, in one sentence.

    Attributes:
        retryable: whether the same call can succeed later without anything being changed.
    """

    retryable = False

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}"


class InputError(CompanionError):
    """What was sent cannot be used as it is."""


class MessageError(InputError):
    """A message that is empty or too long."""


class BlueprintError(InputError):
    """A persona file that is not valid; the message names the line."""


class CardError(InputError):
    """A character card of another program that is damaged, hostile, or cannot be written as asked."""


class NotFoundError(CompanionError):
    """Something that is not there, or no longer."""


class ConflictError(CompanionError):
    """Something is busy: a reply is being written, another program holds the home folder."""

    retryable = True


class StorageError(CompanionError):
    """The home folder cannot be read or written."""

    retryable = True


class ModelError(CompanionError):
    """A model cannot be loaded, or failed while it wrote."""


class DownloadError(ModelError):
    """A model could not be fetched; what has arrived is kept and the next try resumes."""

    retryable = True


class Cancelled(CompanionError):
    """What was asked for is no longer wanted, and was ended."""

    retryable = True

    def __init__(self, message: str = "This was stopped.", *, hint: str = "Ask again to begin anew.") -> None:
        super().__init__(message, hint=hint)


class SettingsError(CompanionError):
    """A setting is not valid."""
