"""Content never becomes control, whatever the tokenizer.

Everything somebody wrote (user, persona file, memory, model) may contain text that a tokenizer or a chat template would
read as structure. It is broken up with an invisible character, so that people read what was written and the model reads
words. Three kinds of structure are covered: control tokens (special tokens, and added ones that are more than white
space), found by asking the tokenizer itself; the chat template's literal scaffolding, such as "[INST]", found by rendering
it around sentinels; and the prompt's own `[now]`, `[near]` and `[idea]` marks, which the layout breaks up because it also
writes the real ones.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from companion.errors import ModelError

BREAKS = ("\u2060", "\u200b", " ")  # word joiner; zero-width space and a plain space for tokenizers that drop format characters
MARK = re.compile(r"\[(?=\s*/?\s*(?:now|near|idea)\s*\])", re.IGNORECASE)
MARKS = ("[now]", "[/now]", "[near]", "[idea]")
BRACKETED = re.compile(r"<<[^<>\n]{1,40}>>|<[^<>\n]{1,40}>|\[[^\[\]\n]{1,40}\]|\{[^{}\n]{1,40}\}")
STRUCTURE = re.compile(r"(?=.*[^\w\s])(?:.*\w.|.\w|.{3})")  # a sign in it, and more than a lone colon or dash
CACHED_TEXTS = 4096


def break_marks(text: str) -> str:
    """Breaks up `[now]`, `[/now]`, `[near]` and `[idea]`, in any case and spacing."""
    return MARK.sub("[" + BREAKS[0], text)


def control_tokens(tokenizer: Any) -> dict[int, str]:
    """Ids and texts of the tokens that are structure: special ones, and added ones longer than a character or white space."""
    found = {int(i): str(t.content) for i, t in tokenizer.added_tokens_decoder.items() if t.special or len(t.content.strip()) > 1}
    found.update(zip(tokenizer.all_special_ids, tokenizer.all_special_tokens, strict=True))
    return found


def scaffolding(parts: Iterable[str], tokens: Iterable[str]) -> tuple[str, ...]:
    """The literal marks in what a template writes around contents.

    Args:
        parts: what a rendering has between the contents.
        tokens: texts of the control tokens, covered already.

    Returns:
        Bracketed groups and whole lines such as "[INST]" or "User:". Plain words ("user", "system") are not structure
        by themselves: they only mean something beside a control token.
    """
    known = sorted(set(tokens), key=len, reverse=True)
    marks: set[str] = set()
    for part in parts:
        for token in known:
            part = part.replace(token, "\n") if token else part
        for line in part.splitlines():
            marks.update(BRACKETED.findall(line))
            marks.add(BRACKETED.sub(" ", line).strip())
    return tuple(sorted(mark for mark in marks if STRUCTURE.search(mark)))


def plain_ids(tokenizer: Any, text: str) -> list[int]:
    """Token ids of a text by itself, with nothing added."""
    # A path is counted whole; asking the Rust tokenizer directly takes about half of transformers' time for a short text.
    found = tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids if tokenizer.is_fast else None
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False) if found is None else found
    return ids


class Integrity:
    """Makes content harmless for one tokenizer and its template.

    Args:
        tokenizer: a transformers tokenizer.
        marks: the template's scaffolding.
    """

    def __init__(self, tokenizer: Any, marks: Sequence[str] = ()) -> None:
        self._tokenizer = tokenizer
        self.tokens = control_tokens(tokenizer)
        named = (tokenizer.eos_token_id, tokenizer.bos_token_id, tokenizer.pad_token_id)
        # On its own the unknown token stands for rare characters, not for structure.
        self._unknown = tokenizer.unk_token_id if tokenizer.unk_token_id not in named else None
        self.marks = tuple(marks)
        texts = sorted({text for text in (*self.tokens.values(), *marks) if len(text) > 1}, key=len, reverse=True)
        # A look-ahead breaks every occurrence, overlapping ones too, after its first character.
        self._pattern = re.compile("(?=(" + "|".join(map(re.escape, texts)) + "))") if texts else None
        self.neutralise = lru_cache(maxsize=CACHED_TEXTS)(self._neutralise)

    def control_ids(self, text: str) -> list[int]:
        """Ids of control tokens that the tokenizer sees in a text."""
        return [i for i in plain_ids(self._tokenizer, text) if i in self.tokens and i != self._unknown]

    def _neutralise(self, text: str) -> str:
        """Text that reads the same and holds no structure.

        Raises:
            ModelError: the tokenizer reads control tokens into any form of the text.
        """
        for mark in BREAKS:
            safe = self._break(text, mark)
            if not self.control_ids(safe) and not (self._pattern and self._pattern.search(safe)):
                return safe
        return self._removed(text)

    def _break(self, text: str, mark: str) -> str:
        if self._pattern is None:
            return text
        starts = {match.start() for match in self._pattern.finditer(text)}
        return "".join(char + mark if index in starts else char for index, char in enumerate(text)) if starts else text

    def _removed(self, text: str) -> str:
        # A tokenizer that normalises (case, width) sees tokens that are not there letter by letter; it says where it does.
        if not self._tokenizer.is_fast:
            raise ModelError("This model's tokenizer cannot keep words and control tokens apart.", hint="Choose another model.")
        for _ in range(len(text) + 1):
            text = self._break(text, BREAKS[0])
            read = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
            seen = zip(read["input_ids"], read["offset_mapping"], strict=True)
            spans = [span for i, span in seen if i in self.tokens and i != self._unknown and span[1] > span[0]]
            if not spans:
                break
            for start, end in reversed(spans):
                text = text[:start] + "…" + text[end:]
        if self.control_ids(text):
            raise ModelError("This model's tokenizer cannot keep words and control tokens apart.", hint="Choose another model.")
        return text
