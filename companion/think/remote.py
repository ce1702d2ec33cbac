"""Writes replies through an OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, `transformers serve`.

Method: the openai library's asynchronous client runs on a thread of its own, so that a stop ends a request at whatever point
it is (connecting, waiting for the first word, writing) by closing its connection; a server then stops as well. The library
repeats a request that was not answered (refused connection, 429, 5xx); once a word has come, nothing is repeated.

What it does not: `no_repeat_ngram`, `sentence_words`, `reply_sentences`, `questions` and `leanings` have no field in this API and are
not kept. Neither has `avoid`: what is avoided is left out of what was written (`withhold.py`). Of `stop`, a server gets the first
four; all of them, the prompt's marks and control text are cut here as well. vLLM's and SGLang's `repetition_penalty` counts the
prompt's tokens too; `transformers serve` samples only where a model's own generation settings do. An unfinished reply goes as a
last assistant message with `continue_final_message`; a server that refuses that is asked in words (`prompts/continue.j2`). A JSON
schema goes as `response_format`; where a server refuses that, nothing holds its reply to the schema. What else a server may
refuse, and what is done then, is told in `dialect.py`.
"""

import asyncio
import logging
import math
import queue
import re
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from companion.errors import ModelError
from companion.think.dialect import CONTROL, TOO_LONG, Dialect, Foreword, break_control
from companion.think.integrity import MARKS
from companion.think.layout import MESSAGE_OVERHEAD_TOKENS, TEMPLATE_OVERHEAD_TOKENS
from companion.think.protocol import EngineCard, GenerationRequest, Piece, Prompt, Written
from companion.think.refusals import busy, malformed, refusal, translated, unknown_model
from companion.think.stream import Visible

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI, AsyncStream
    from openai.types import CompletionUsage
    from openai.types.chat import ChatCompletionChunk

logger = logging.getLogger(__name__)
POLL_S = 0.02  # how soon a stop is seen
USAGE_WAIT_S = 2.0  # a server's account may come after its last word
LIST_WAIT_S = 5.0
MOST_TRIES = 8  # ways to ask for one reply
CHARS_PER_TOKEN = 8  # no language's average; a reply that is longer has outrun its budget
PLAIN_CHARS = re.compile(r"[A-Za-z\s]")


@dataclass(frozen=True, slots=True)
class _Ending:
    """The last of what a server says. `finish` is empty when this side ended it."""

    finish: str
    usage: "CompletionUsage | None"
    thought: bool


_Told = str | _Ending | BaseException  # an empty text says that the server is at work


class RemoteEngine:
    """An engine over one model of a server. Constructing it is free; the first use, or `load`, connects.

    Args:
        base_url: the server's address, such as "http://127.0.0.1:8000/v1"; "/v1" is added when it has no path.
        model: the model's name as the server lists it.
        name: what to call it; by default the model's name.
        api_key: sent to this address only; empty when the server wants none.
        context_tokens: most tokens of a prompt and its reply; a server that tells a shorter context bounds it further.
        timeout_s: most seconds without a word, retries included.
        connect_timeout_s: most seconds until a connection stands.
        retries: how often an unanswered request is repeated.
        http_client: what speaks HTTP, instead of the library's own; closed by `unload`.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        name: str = "",
        api_key: str = "",
        context_tokens: int = 4096,
        timeout_s: float = 120.0,
        connect_timeout_s: float = 5.0,
        retries: int = 2,
        http_client: "httpx2.AsyncClient | None" = None,
    ) -> None:
        self._base_url, self._model = base_url.strip(), model.strip()
        self._where = public_address(base_url)
        self._name = name or self._model
        self._api_key = api_key.strip()
        self._context_tokens = context_tokens
        self._timeout_s, self._connect_timeout_s, self._retries = timeout_s, connect_timeout_s, retries
        self._http_client = http_client
        self._dialect = Dialect()
        self._opening = threading.Lock()  # guards the three below
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: AsyncOpenAI | None = None

    def card(self) -> EngineCard:
        """Who writes. Where and in which number format it runs is the server's business."""
        return EngineCard(self._name, self._context_tokens, self._where, "", capable=True)

    def count_tokens(self, text: str) -> int:
        """Tokens of a plain text, estimated to lie above what a tokenizer of 30,000 entries or more counts.

        The larger of 1.4 for each word, and 1/3.6 for each ASCII letter and white space plus 1 for each other ASCII character
        plus one less than its UTF-8 bytes for each further one.
        """
        text = break_control(text)
        plain = len(PLAIN_CHARS.findall(text))
        other = sum(max(1, len(char.encode("utf-8", "replace")) - 1) for char in PLAIN_CHARS.sub("", text))
        return math.ceil(max(1.4 * len(text.split()), plain / 3.6 + other))

    def load(self) -> None:
        """Connects, and asks the server how long a context its model has.

        Raises:
            ModelError: there is no such address, nobody answers there, or the key is refused.
        """
        client, loop = self._connected()
        listed = asyncio.run_coroutine_threadsafe(self._listed(client), loop).result()
        length = next((getattr(one, "max_model_len", None) for one in listed if getattr(one, "id", "") == self._model), None)
        if isinstance(length, int) and length > 0:
            self._context_tokens = min(self._context_tokens, length)

    def unload(self) -> None:
        """Closes the connections. A reply being written ends with an error."""
        with self._opening:
            client, loop, thread = self._client, self._loop, self._thread
            self._client = self._loop = self._thread = None
        if client and loop and thread:
            asyncio.run_coroutine_threadsafe(_close(client), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    def write(self, request: GenerationRequest) -> Iterator[Piece | Written]:
        """See `Engine.write`. Leaving the iterator early closes the connection as `cancel` does."""
        began = time.perf_counter()
        if request.adapter:
            hint = "Remove model.adapter from the persona, or let her model run on this machine: unset COMPANION_REMOTE_URL."
            raise ModelError(f"{self._name} cannot wear the adapter {request.adapter}: it runs on a server.", hint=hint)
        if request.cancel.is_set():
            yield Written("stopped", 0, 0, 0, 0.0, 0.0)
            return
        prompt_tokens = self._prompt_tokens(request.prompt)
        room = min(request.constraints.max_tokens, self._context_tokens - prompt_tokens)
        if room < 1:
            raise ModelError(
                f"The conversation is longer than {self._name} can read.",
                hint="Raise COMPANION_CONTEXT_TOKENS if the server can take more, or choose a model with a longer context.",
            )
        told: queue.SimpleQueue[_Told] = queue.SimpleQueue()
        client, loop = self._connected()
        reading = asyncio.run_coroutine_threadsafe(self._read(client, request, room, told), loop)
        try:
            yield from self._shown(request, told, prompt_tokens, began)
        finally:
            reading.cancel()

    def _shown(
        self, request: GenerationRequest, told: "queue.SimpleQueue[_Told]", prompt_tokens: int, began: float
    ) -> Iterator[Piece | Written]:
        prefix = request.prompt.prefix
        visible = Visible((*request.constraints.stop, *MARKS, *CONTROL), before=prefix, avoid=request.constraints.avoid)
        foreword: Foreword | None = None
        text, first = "", 0.0
        ending: _Ending | None = None
        while not visible.stopped:
            heard = self._heard(told, request.cancel)
            if isinstance(heard, BaseException):
                raise heard
            if not isinstance(heard, str):
                ending = heard
                break
            foreword = foreword or Foreword(prefix, spaced=self._dialect.asks_to_continue(request))
            if shown := visible.feed(foreword.feed(heard)):
                first = first or time.perf_counter()
                text += shown
                yield Piece(shown)
        if shown := visible.feed(foreword.close() if foreword else "") + visible.close():
            text += shown
            yield Piece(shown)
        stopped = ending is None and not visible.stopped
        if ending and ending.thought and ending.finish == "length" and not text:
            hint = "Raise COMPANION_REPLY_TOKENS, or choose a model that answers without thinking aloud."
            raise ModelError(f"{self._name} spent the whole reply on its thoughts.", hint=hint)
        yield self._account(ending, stopped, text, prompt_tokens, (began, first or time.perf_counter()))

    def _account(self, ending: _Ending | None, stopped: bool, text: str, prompt_tokens: int, times: tuple[float, float]) -> Written:
        usage = ending.usage if ending else None
        cut = ending is not None and ending.finish in ("length", "")
        reason: Literal["end", "length", "stopped"] = "stopped" if stopped else "length" if cut else "end"
        details = getattr(usage, "prompt_tokens_details", None)
        began, first = times
        return Written(
            reason,
            _whole(getattr(usage, "prompt_tokens", None), prompt_tokens),
            _whole(getattr(details, "cached_tokens", None), 0),
            _whole(getattr(usage, "completion_tokens", None), self.count_tokens(text)),
            prefill_ms=(first - began) * 1000,
            decode_ms=(time.perf_counter() - first) * 1000,
        )

    def _heard(self, told: "queue.SimpleQueue[_Told]", cancel: threading.Event) -> _Told | None:
        """What the server says next; None when the reply is stopped."""
        until = time.monotonic() + self._timeout_s
        while not cancel.is_set():
            with suppress(queue.Empty):
                return told.get(timeout=POLL_S)
            if time.monotonic() > until:
                raise busy(f"{self._name} has said nothing for {self._timeout_s:g} seconds.", "Try again, or see how its server is doing.")
        return None

    def _prompt_tokens(self, prompt: Prompt) -> int:
        texts = [*(message.content for message in prompt.messages), *([prompt.prefix] if prompt.prefix else [])]
        return TEMPLATE_OVERHEAD_TOKENS + sum(self.count_tokens(text) + MESSAGE_OVERHEAD_TOKENS for text in texts)

    # On the connection's own thread from here on.

    async def _read(self, client: "AsyncOpenAI", request: GenerationRequest, room: int, told: "queue.SimpleQueue[_Told]") -> None:
        from openai import OpenAIError

        try:
            stream = await self._answered(client, request, room)
            async with stream:
                told.put(await self._followed(stream, room * CHARS_PER_TOKEN, told))
        except asyncio.CancelledError:
            told.put(busy(f"The connection to the server of {self._name} was closed.", "Try again."))
            raise
        except ModelError as error:
            told.put(error)
        except (OpenAIError, ValueError, UnicodeError) as error:  # ValueError: what should be JSON is not
            told.put(translated(error, self._name, self._where))
        except Exception as error:  # a bug stays loud, on the thread that waits
            told.put(error)

    async def _answered(self, client: "AsyncOpenAI", request: GenerationRequest, room: int) -> "AsyncStream[ChatCompletionChunk]":
        from openai import APIStatusError

        ways, tried = [self._dialect], set[Dialect]()
        while True:
            dialect = ways.pop(0)
            tried.add(dialect)
            asking = client if len(tried) == 1 else client.with_options(max_retries=0)
            try:
                stream: AsyncStream[ChatCompletionChunk] = await asking.chat.completions.create(
                    **dialect.body(self._model, request, room), stream=True
                )
            except APIStatusError as error:
                said = refusal(error)
                if error.status_code == 404:
                    raise unknown_model(error, self._name, self._model, await self._names(client)) from error
                if error.status_code not in (400, 422, 500) or TOO_LONG.search(said):
                    raise
                named = dialect.named(request, said)
                ways = [named, *ways] if named else [*ways, *dialect.others(request, crashed=error.status_code == 500)]
                ways = [way for way in ways if way not in tried]
                if not ways or len(tried) == MOST_TRIES:
                    raise
            else:
                if lost := dialect.given_up - self._dialect.given_up:
                    logger.warning("The server of %s does not take: %s.", self._name, ", ".join(sorted(lost)))
                self._dialect = dialect
                return stream

    async def _followed(self, stream: "AsyncStream[ChatCompletionChunk]", most_chars: int, told: "queue.SimpleQueue[_Told]") -> _Ending:
        from openai.types.chat import ChatCompletionChunk

        chars, thought, usage = 0, False, None
        async for chunk in stream:
            if not isinstance(chunk, ChatCompletionChunk) or not isinstance(chunk.choices, list | None):
                raise malformed(self._name)
            usage = chunk.usage or usage
            for choice in chunk.choices or ():
                delta, finish = getattr(choice, "delta", None), getattr(choice, "finish_reason", None)
                text = getattr(delta, "content", None) or ""
                thoughts = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None) or ""
                if not isinstance(text, str) or not isinstance(thoughts, str):
                    raise malformed(self._name)
                thought = thought or bool(thoughts)
                chars += len(text) + len(thoughts)
                if text or thoughts:
                    told.put(text[: max(0, len(text) - max(0, chars - most_chars))])
                if chars >= most_chars:
                    return _Ending("", usage, thought)
                if isinstance(finish, str) and finish:
                    return _Ending(finish, usage or await _late_usage(stream), thought)
        raise malformed(self._name)  # every server says why it ended

    async def _listed(self, client: "AsyncOpenAI") -> list[Any]:
        from openai import APIConnectionError, AuthenticationError, OpenAIError, PermissionDeniedError

        try:
            async with asyncio.timeout(self._connect_timeout_s + LIST_WAIT_S):
                return list((await client.with_options(max_retries=0).models.list()).data or ())
        except (APIConnectionError, AuthenticationError, PermissionDeniedError) as error:
            raise translated(error, self._name, self._where) from error
        except (OpenAIError, ValueError, TypeError, AttributeError, TimeoutError):
            return []  # a server need not have a list

    async def _names(self, client: "AsyncOpenAI") -> list[str]:
        with suppress(ModelError):
            return [str(one.id) for one in await self._listed(client) if getattr(one, "id", "")]
        return []

    def _connected(self) -> "tuple[AsyncOpenAI, asyncio.AbstractEventLoop]":
        with self._opening:
            if self._client is None or self._loop is None:
                self._client = self._new_client()
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_run, args=(self._loop,), name="companion-remote", daemon=True)
                self._thread.start()
            return self._client, self._loop

    def _new_client(self) -> "AsyncOpenAI":
        address = _address(self._base_url)
        if address is None:
            what = f"“{self._where}” is not the address of a server." if self._base_url else "The model's server has no address."
            raise ModelError(what, hint="Give an address such as http://127.0.0.1:8000/v1.")
        if not self._model:
            raise ModelError(
                f"None of the models at {self._where} is chosen.", hint="Set COMPANION_REMOTE_MODEL to the name of one of them."
            )
        if not (self._api_key.isascii() and self._api_key.isprintable()):
            raise ModelError(f"The key for {self._where} has characters that no key has.", hint="Check COMPANION_REMOTE_KEY.")
        from openai import AsyncOpenAI, Timeout

        return AsyncOpenAI(
            base_url=address,
            api_key=self._api_key or "none",  # an empty one would be looked up in the environment
            max_retries=self._retries,
            timeout=Timeout(None, connect=self._connect_timeout_s),  # silence is measured by whoever waits
            http_client=self._http_client,
        )


def public_address(base_url: str) -> str:
    """A server's address as it may be shown: without a user's name and password."""
    return re.sub(r"//[^/?#]*@", "//", base_url.strip())


def _address(told: str) -> str | None:
    """The address of an API, with a path; None when it is none."""
    try:
        parts = urlsplit(told)
        usable = parts.scheme in ("http", "https") and bool(re.fullmatch(r"[\w.:%-]+", parts.hostname or "")) and parts.port != 0
    except ValueError:
        return None
    return (told if parts.path.strip("/") else f"{told.rstrip('/')}/v1") if usable else None


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


async def _close(client: "AsyncOpenAI") -> None:
    replies = asyncio.all_tasks() - {asyncio.current_task()}
    for reply in replies:
        reply.cancel()
    await asyncio.gather(*replies, return_exceptions=True)
    await client.close()


async def _late_usage(stream: "AsyncStream[ChatCompletionChunk]") -> "CompletionUsage | None":
    """A server's account when it comes after the last word; the reply is whole without it."""
    from openai import OpenAIError

    with suppress(OpenAIError, ValueError, TimeoutError):
        async with asyncio.timeout(USAGE_WAIT_S):
            async for chunk in stream:
                if usage := getattr(chunk, "usage", None):
                    return usage  # type: ignore[no-any-return]
    return None


def _whole(told: object, otherwise: int) -> int:
    return told if isinstance(told, int) and told >= 0 else otherwise
