"""Where a browser tab is. The page keeps this and nothing more; everything shown is read by it."""

from dataclasses import dataclass

from companion.ui.view import PAGE_MESSAGES


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tab is: ids and small values only.

    Attributes:
        revision: of the conversation as it was drawn.
        search: words that narrow the list of conversations.
        depth: how many messages are drawn at most.
        jobs: the pictures asked for in the conversation, each by its job's id and how it stood when it was drawn.
    """

    conversation_id: str = ""
    revision: int = -1
    search: str = ""
    depth: int = PAGE_MESSAGES
    jobs: tuple[str, ...] = ()
