"""What one OpenAI-compatible server takes, learnt from what it refuses.

The API is OpenAI's chat completions; servers add fields of their own (vLLM and SGLang read `min_p` and
`continue_final_message`, llama.cpp `repeat_penalty`) or refuse them (`transformers serve`), and a model's chat template may
refuse a system message or a greeting. A `Dialect` writes the body of a request; asked again with a refusal, it gives up as
little as it can. `Foreword` takes away what some servers put before the words.

Nobody can ask a distant tokenizer what it reads as structure, so control text is broken up by its known families. The same
text is always broken in the same way: messages stay equal from turn to turn, and a server's prefix cache hits.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from companion.think.integrity import BREAKS, CACHED_TEXTS
from companion.think.protocol import GenerationRequest, PromptMessage

MOST_STOPS = 4  # in OpenAI's API
CONTROL = (
    *("<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|end|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"),
    *("<|system|>", "<|user|>", "<|assistant|>", "<start_of_turn>", "<end_of_turn>", "<|turn>", "<turn|>"),
    *("<s>", "</s>", "<bos>", "<eos>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"),
)
FAMILIES = re.compile(
    r"<(?=[|｜][^<>\n]{1,40}>|[^<>|\n]{1,40}\|>|<?/?(?:s|bos|eos|pad|unk|think|tool_call|start_of_turn|end_of_turn|SYS)>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\])"
)
EXTRAS = ("min_p", "repetition_penalty", "repeat_penalty", "chat_template_kwargs", "stream_options")
CONTINUE, OPENING, SYSTEM, SCHEMA = "continue_final_message", "opening", "system", "response_format"
SIGNS = {
    CONTINUE: re.compile(r"continue_final_message|add_generation_prompt|prefill|(last|final) (message|role)", re.IGNORECASE),
    OPENING: re.compile(
        r"alternat|roles must|(first|start)\w* (\w+ ){0,3}(user|message)|(after|before) (the )?(system|user)", re.IGNORECASE
    ),
    SCHEMA: re.compile(r"response_?format|json_?schema|structured|guided|grammar", re.IGNORECASE),
    SYSTEM: re.compile(r"system (role|message|prompt)s? (is |are )?not|no system", re.IGNORECASE),
}
TOO_LONG = re.compile(r"context (length|size|window)|too (long|many tokens)|maximum .{0,40}tokens", re.IGNORECASE)
ECHOED_CHARS = 12  # a repeated beginning shorter than this may be chance
THOUGHT = ("<think>", "</think>")


@lru_cache(maxsize=CACHED_TEXTS)
def break_control(text: str) -> str:
    """Text that reads the same and holds no control text of a known family."""
    return FAMILIES.sub(lambda match: match[0] + BREAKS[0], text)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one server is spoken to.

    Attributes:
        given_up: names of extra fields, "continue_final_message", "opening" (a conversation that does not begin with the
            user, or in which somebody speaks twice), "system" (a message of that role) and "response_format" (a JSON schema).
    """

    given_up: frozenset[str] = frozenset()

    def body(self, model: str, request: GenerationRequest, max_tokens: int) -> dict[str, Any]:
        """Arguments of `chat.completions.create`."""
        asked = request.constraints
        extras = {name: value for name, value in self._extras(request).items() if name not in self.given_up}
        own: dict[str, Any] = {"stream_options": extras.pop("stream_options")} if "stream_options" in extras else {}
        if asked.stop:
            own["stop"] = list(asked.stop[:MOST_STOPS])
        if asked.seed is not None:
            own["seed"] = asked.seed
        if request.schema is not None and SCHEMA not in self.given_up:
            own["response_format"] = {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": request.schema}}
        return {
            "model": model,
            "messages": [{"role": message.role, "content": message.content} for message in self.messages(request)],
            "temperature": asked.temperature,
            "top_p": asked.top_p,
            "max_tokens": max_tokens,
            **own,
            "extra_body": extras,
        }

    def messages(self, request: GenerationRequest) -> list[PromptMessage]:
        """What is said, in a shape that the server takes."""
        prompt = request.prompt
        messages = self._shaped([PromptMessage(one.role, break_control(one.content)) for one in prompt.messages])
        if prompt.prefix.strip():
            messages.append(PromptMessage("assistant", break_control(prompt.prefix.rstrip())))
            if CONTINUE in self.given_up:
                messages.append(PromptMessage("user", _said("continue")))
        return messages

    def named(self, request: GenerationRequest, refusal: str) -> "Dialect | None":
        """The dialect without what a refusal names; None if it names nothing of what was sent."""
        given_up = {name for group in self._negotiable(request) for name in group if _names(refusal, name)}
        return Dialect(self.given_up | given_up) if given_up else None

    def others(self, request: GenerationRequest, *, crashed: bool) -> "list[Dialect]":
        """Other ways to ask for the same when a refusal does not say what is wrong, those that give up least first.

        Args:
            crashed: the server failed instead of refusing, as some do when a chat template refuses a greeting.
        """
        groups = self._negotiable(request)
        if crashed:
            groups = [group for group in groups if OPENING in group]
        every = [Dialect(self.given_up.union(*groups))] if len(groups) > 1 else []
        return [*(Dialect(self.given_up | group) for group in groups), *every]

    def asks_to_continue(self, request: GenerationRequest) -> bool:
        """Whether the server is asked in words to go on with an unfinished reply."""
        return CONTINUE in self.given_up and bool(request.prompt.prefix.strip())

    def _extras(self, request: GenerationRequest) -> dict[str, Any]:
        asked = request.constraints
        extras: dict[str, Any] = {"stream_options": {"include_usage": True}, "chat_template_kwargs": {"enable_thinking": False}}
        if asked.min_p > 0:
            extras["min_p"] = asked.min_p
        if asked.repetition_penalty != 1:
            extras |= {"repetition_penalty": asked.repetition_penalty, "repeat_penalty": asked.repetition_penalty}
        if request.prompt.prefix.strip() and CONTINUE not in self.given_up:
            extras |= {"continue_final_message": True, "add_generation_prompt": False}
        return extras

    def _negotiable(self, request: GenerationRequest) -> list[frozenset[str]]:
        roles = [message.role for message in request.prompt.messages]
        said = roles[1:] if roles[:1] == ["system"] else roles
        uneven = said[:1] == ["assistant"] or any(one == other for one, other in pairwise(said))
        sent = frozenset(name for name in EXTRAS if name in self._extras(request))
        groups = [sent, frozenset([CONTINUE] if request.prompt.prefix.strip() else []), frozenset([OPENING] if uneven else [])]
        groups.append(frozenset([SCHEMA] if request.schema is not None else []))
        groups.append(frozenset([SYSTEM] if len(said) < len(roles) else []))
        return [group - self.given_up for group in groups if group - self.given_up]

    def _shaped(self, messages: list[PromptMessage]) -> list[PromptMessage]:
        system = messages.pop(0) if messages and messages[0].role == "system" else None
        if OPENING in self.given_up:
            messages = _merged(messages)
            if messages and messages[0].role == "assistant":
                messages.insert(0, PromptMessage("user", _said("arrival")))
        if system and SYSTEM in self.given_up:
            first = messages.pop(0) if messages and messages[0].role == "user" else PromptMessage("user", "")
            system = PromptMessage("user", f"{system.content}\n\n{first.content}".rstrip())
        return [system, *messages] if system else messages


class Foreword:
    """Takes away what comes before the words: thoughts in plain text, and a repetition of the reply that is continued.

    Args:
        prefix: the beginning of the reply; empty for a new one.
        spaced: the model was asked for the words that follow, so that a space may have to stand before them.
    """

    def __init__(self, prefix: str = "", *, spaced: bool = False) -> None:
        self._prefix = prefix.strip()
        self._spaced = spaced and bool(prefix) and not prefix[-1].isspace()
        self._held = ""
        self._passed = False

    def feed(self, text: str) -> str:
        """What of the text so far is the reply's; empty while that is undecided."""
        if self._passed:
            return text
        self._held += text
        words = self._held.lstrip()
        while words.startswith(THOUGHT[0]):
            _, ended, after = words.partition(THOUGHT[1])
            if not ended:
                return ""
            self._held = words = after.lstrip()
        if not words or THOUGHT[0].startswith(words):
            return ""
        if len(self._prefix) >= ECHOED_CHARS:
            if len(words) < len(self._prefix) and self._prefix.startswith(words):
                return ""
            if words.startswith(self._prefix):
                self._held = words[len(self._prefix) :]
                self._spaced = False
        return self._pass()

    def close(self) -> str:
        """What was undecided and is the reply's after all."""
        return "" if self._passed or self._held.lstrip().startswith(THOUGHT[0]) else self._pass()

    def _pass(self) -> str:
        self._passed = True
        return " " + self._held if self._spaced and self._held[:1].isalnum() else self._held


def _names(refusal: str, name: str) -> bool:
    sign = SIGNS.get(name)
    return bool(sign.search(refusal)) if sign else name in refusal


def _merged(messages: Sequence[PromptMessage]) -> list[PromptMessage]:
    merged: list[PromptMessage] = []
    for message in messages:
        if merged and merged[-1].role == message.role:
            merged[-1] = PromptMessage(message.role, merged[-1].content + "\n\n" + message.content)
        else:
            merged.append(message)
    return merged


def _said(name: str) -> str:
    return (Path(__file__).parent / "prompts" / f"{name}.j2").read_text("utf-8").strip()
