"""What a question asks for, told from its words alone: anything at all, whose words, the past, and what is left without its framing.

It knows English. In other languages a question mark asks, and whose words are meant stays open.
"""

import re

from companion.remember import lexical
from companion.remember.protocol import Query

LEAST_WORDS = 3  # of what is left of a question without its framing
ASKS = re.compile(
    r"\s*(?:and |so |but |hey |ok |um |please |just )*"
    r"(?:who|whom|whose|what|when|where|which|why|how|do|does|did|can|could|would|will|is|are|was|were|have|has|"
    r"tell me|remind me|name|remember|i wonder|i forgot|i can't (?:remember|recall|think of))\b",
    re.IGNORECASE,
)
ASKS_OF_THE_PAST = re.compile(
    r"\b(?:used to|formerly|former|previous(?:ly)?|before|back then|old|earlier|no longer|any ?more)\b", re.IGNORECASE
)
ASKS_THE_OTHER = re.compile(r"\b(?:you|your|yours)\b(?! (?:remember|recall|know|think|guess|believe)\b)", re.IGNORECASE)
ASKS_OF_SELF = re.compile(r"\b(?:i|my|mine|me|i'm|im|i've)\b", re.IGNORECASE)
REMINDING = re.compile(  # asks for what was told, whatever it is about; such a "you" or "I" says nothing of whose matter it is
    r"\b(?:(?:do|did|can|could|will|would) you (?:\w+ )?(?:remember|recall|know|tell me|remind me)"
    r"|you (?:must |should )?(?:\w+ )?(?:remember|recall|know)|(?:tell|remind) me"
    r"|(?:did|have) i (?:ever |already )?(?:tell|told|say|said|mention(?:ed)?)(?: you| to you)?"
    r"|i (?:\w+ )?(?:told|mentioned to) you|i (?:forgot|wonder|guess)|i (?:can't|cannot) (?:remember|recall|think of))\b",
    re.IGNORECASE,
)


def asks(text: str) -> bool:
    """Whether a message asks for something, with or without a question mark."""
    return "?" in text or ASKS.match(text) is not None


def asks_of_self(query: Query) -> bool:
    """Whether somebody asks what they told of themselves ("where do I live?"): what she said to that comes last."""
    return asks(query.text) and not any(_named(query)) and whose_words(query) == "user"


def _named(query: Query) -> list[bool]:
    """Whether a text names the user, and whether the persona."""
    said = set(lexical.words_of(query.text))
    return [bool(name) and set(lexical.words_of(name)) <= said for name in query.names]


def whose_words(query: Query) -> str:
    """Whose words a question is about: "user", "persona", or "" for either."""
    named = _named(query)
    if any(named):
        return "" if all(named) else ("user", "persona")[named.index(True)]
    other, own = ASKS_THE_OTHER.search(query.text), ASKS_OF_SELF.search(query.text)
    return "" if bool(other) == bool(own) else "persona" if other else "user"


def bare(text: str) -> str:
    """A question without the words that only ask to be reminded: "where did I say I grew up?" is near in meaning to whatever says
    something, "where I grew up?" is not. A remark, and what is hardly anything else, stay as they are."""
    if not asks(text):
        return text
    left, framed = REMINDING.subn(" ", text.replace("’", "'"))
    left = " ".join(left.split()).strip(" ,")
    return left if framed and len(lexical.words_of(left)) >= LEAST_WORDS else text
