"""One model's chat template, adapted to what the prompt needs.

Templates differ in what they accept: some refuse a system message (Gemma), some demand that the user speaks first or
that roles alternate (Mistral). What a template can do is found by asking it, with sentinels, when it is opened; the
messages are then folded into a shape it accepts. The same rendering shows what the template writes around contents: its
scaffolding, the tokens that end a reply, and what stands between the generation prompt and the first word.
"""

import re
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from companion.errors import ModelError
from companion.think.integrity import Integrity, control_tokens, plain_ids, scaffolding
from companion.think.protocol import Prompt, PromptMessage, Role

HEADS = 8
SENTINEL = "Sentinel{}Qx"
SENTINELS = re.compile(r"Sentinel\d+Qx")


class ChatTemplate:
    """Renders prompts as text and as token ids.

    Args:
        tokenizer: a transformers tokenizer with a chat template.

    Attributes:
        tokenizer: the same.

    Raises:
        ModelError: there is no chat template, or it renders no conversation at all.
    """

    def __init__(self, tokenizer: Any) -> None:
        if not tokenizer.chat_template:
            raise ModelError(
                "This model has no chat template, so it cannot hold a conversation.",
                hint='Choose an instruction-tuned version of it; its name often ends in "-Instruct", "-Chat" or "-it".',
            )
        self.tokenizer = tokenizer
        self._heads: deque[tuple[str, list[int]]] = deque(maxlen=HEADS)  # beginnings of prompts, and their token ids
        self.takes_system = self._renders("system", "user")
        self.takes_opening = self._renders(*self._systemic("assistant", "user"))
        probe = self._probe(*self._systemic("user", "assistant", "user", "assistant", "user"))
        if probe is None:
            raise ModelError("This model's chat template cannot be used.", hint="Choose another model.")
        parts = SENTINELS.split(probe)
        self.integrity = Integrity(tokenizer, scaffolding(parts, control_tokens(tokenizer).values()))
        own = () if tokenizer.eos_token_id is None else (tokenizer.eos_token_id,)
        # Whatever ends one message or opens the next means that a reply is over.
        self.end_ids = frozenset(self.integrity.control_ids("".join(parts[1:-1]))) | frozenset(own)
        self.lead = self._lead()

    def encode(self, prompt: Prompt) -> tuple[list[int], int]:
        """Token ids of a prompt, and where the reply begins among them (before `prefix`, if there is one)."""
        text = self.render(prompt.messages)
        ids = self._read(text)
        start = len(ids)
        # Her words continue where they ended: a space before the next word belongs to that word's token.
        prefix = self.integrity.neutralise(prompt.prefix.rstrip()) if prompt.prefix.strip() else ""
        return (self._read(text + self.lead + prefix), start) if prefix else (ids, start)

    def stable_ids(self, messages: Sequence[PromptMessage], ahead: str = "") -> list[int]:
        """Token ids that every prompt begins with whose first messages are these and whose next one is the user's and begins as given."""
        texts = [self.render((*messages, PromptMessage("user", ahead + text))) for text in ("?", "One")]
        longer = [self.plain_ids(text) for text in texts]
        self._remember(texts[0], longer[0], within=_shared(*texts))
        return longer[0][: _shared(*longer)]

    def render(self, messages: Sequence[PromptMessage]) -> str:
        """A prompt as the model's own template writes it, ready for the reply; contents are made harmless."""
        harmless = [PromptMessage(message.role, self.integrity.neutralise(message.content)) for message in messages]
        return self._render([{"role": message.role, "content": message.content} for message in self._shaped(harmless)])

    def count(self, text: str) -> int:
        """Tokens of a plain text as it stands in a prompt."""
        return len(self.plain_ids(self.integrity.neutralise(text)))

    def plain_ids(self, text: str) -> list[int]:
        """Token ids of a text by itself."""
        return plain_ids(self.tokenizer, text)

    def decode(self, ids: list[int]) -> str:
        """Text of token ids; control tokens have none."""
        return str(self.tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def _remember(self, text: str, ids: list[int], within: int) -> None:
        # Words do not merge across the beginning of a control token; a head is kept only where that was seen to be so.
        head = text[: max(0, *(text.rfind(token, 0, within) for token in self.integrity.tokens.values() if token))]
        known = self.plain_ids(head)
        if head and known + self.plain_ids(text[len(head) :]) == ids:
            self._heads.appendleft((head, known))

    def _read(self, text: str) -> list[int]:
        """Token ids of a rendered prompt, of which the part that was seen before is not looked at again."""
        head, known = max((one for one in tuple(self._heads) if text.startswith(one[0])), key=lambda one: len(one[0]), default=("", []))
        return known + self.plain_ids(text[len(head) :])

    def _shaped(self, messages: Sequence[PromptMessage]) -> list[PromptMessage]:
        shaped: list[PromptMessage] = []
        for message in messages:
            if shaped and shaped[-1].role == message.role:
                shaped[-1] = PromptMessage(message.role, shaped[-1].content + "\n\n" + message.content)
            else:
                shaped.append(message)
        system = shaped.pop(0) if shaped and shaped[0].role == "system" else None
        if not self.takes_opening and shaped and shaped[0].role == "assistant":
            shaped.insert(0, PromptMessage("user", (Path(__file__).parent / "prompts" / "arrival.j2").read_text("utf-8").strip()))
        if system and self.takes_system:
            shaped.insert(0, system)
        elif system:
            first = shaped.pop(0) if shaped and shaped[0].role == "user" else PromptMessage("user", "")
            shaped.insert(0, PromptMessage("user", f"{system.content}\n\n{first.content}".rstrip()))
        return shaped

    def _render(self, messages: list[dict[str, str]]) -> str:
        # Models that can think aloud before they answer are asked not to; other templates ignore the word.
        rendered = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True, enable_thinking=False)
        return str(rendered)

    def _probe(self, *roles: Role) -> str | None:
        messages = [{"role": role, "content": SENTINEL.format(index)} for index, role in enumerate(roles)]
        try:
            text = self._render(messages)
        except TemplateError:
            return None
        return text if SENTINELS.findall(text) == [message["content"] for message in messages] else None

    def _renders(self, *roles: Role) -> bool:
        return self._probe(*roles) is not None

    def _systemic(self, *roles: Role) -> tuple[Role, ...]:
        return ("system", *roles) if self.takes_system else roles

    def _lead(self) -> str:
        asked = self._probe(*self._systemic("user"))
        answered = self._probe(*self._systemic("user", "assistant", "user"))
        if asked is None or answered is None:
            return ""
        opening, before_reply = SENTINELS.split(asked)[-1], SENTINELS.split(answered)[-3]
        return before_reply[len(opening) :] if before_reply.startswith(opening) else ""


def _shared(one: Sequence[Any], other: Sequence[Any]) -> int:
    """How much of their beginnings is the same."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
