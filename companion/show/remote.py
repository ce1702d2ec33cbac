"""Painters over HTTP: an OpenAI-compatible images endpoint, and what huggingface-hub's InferenceClient reaches.

What is asked for leaves this machine: her prompt, and with the first of the two her reference images where the server takes them
(`images.edit`). A server's answer is a stranger's file: it is bounded in bytes and time, decoded as an upload is (`uploads.py`), cut
to 4:5 and scaled to the size that was asked for; the record says how large it came. Nothing is repeated by itself, for a picture can
cost money. No prompt is written to this program's log.

What it does not: LoRAs, IP-Adapter, ControlNet and a skeleton have no field in these APIs; of the knobs, words and seed are sent.
Where a server refuses the fields that OpenAI's API lacks (seed, negative_prompt), or `response_format`, it is asked again without.
An answer may name a picture by its address; it is fetched only from the same host or those named. huggingface-hub reads an answer
whole before anyone sees its length, so there only time bounds it.
"""

import asyncio
import base64
import binascii
import io
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from companion.errors import Cancelled, InputError, ModelError
from companion.show.protocol import Commission, Painted, Progress, Told
from companion.show.remote_http import (
    bound,
    busy,
    checked_address,
    checked_key,
    malformed,
    one_line,
    public_address,
    refused,
    said_by,
    translated,
    unwanted,
)
from companion.show.uploads import decoded

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from PIL.Image import Image

POLL_S = 0.05  # how soon a cancel is seen
ASPECT = 4 / 5
FACE = 0.35  # of what is cut off above and below, how much goes above: faces are in the upper half
QUALITY = 92
MOST_REFERENCES = 4
NO_KEY = "none"  # an empty one would be looked up in the environment


@dataclass(frozen=True, slots=True)
class _Way:
    """How a server is asked."""

    references: bool
    extras: bool
    base64: bool


class OpenAIPainter:
    """Asks a server for one picture at a time. Constructing it is free.

    Args:
        base_url: the server's address, such as "http://127.0.0.1:8000/v1"; "/v1" is added when it has no path.
        model: the model's name as the server lists it.
        api_key: sent to this address only; empty when the server wants none.
        size: width and height as the server takes them, portrait.
        timeout_s: most seconds for a picture, all in all.
        references: whether her reference images are sent; a server that cannot take them is asked with words.
        hosts: where else than at its own host the server may keep a picture that it names by its address.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str = "",
        size: str = "1024x1536",
        timeout_s: float = 180.0,
        references: bool = True,
        hosts: Sequence[str] = (),
    ) -> None:
        self._base_url, self._model, self._api_key = base_url, model.strip(), api_key
        self._where = public_address(base_url)
        self._size, self._timeout_s = size, timeout_s
        self._hosts = frozenset(host.lower() for host in hosts)
        self._one = threading.Lock()  # guards the next one too
        self._ways = [_Way(*flags) for flags in ((True, True, True), (True, False, True), (True, False, False))] if references else []
        self._ways += [_Way(*flags) for flags in ((False, True, True), (False, False, True), (False, False, False))]

    @property
    def name(self) -> str:
        """The model's name, and that it is on a server."""
        return f"remote {self._model}"

    def paint(self, commission: Commission, told: Told, cancel: threading.Event) -> Painted:
        """See `Painter.paint`; also raises ModelError when the server refuses, does not answer, or sends no picture."""
        with self._one:
            if cancel.is_set():
                raise Cancelled()
            began = time.perf_counter()
            told(Progress(0.0))
            content, record = asyncio.run(self._ask(commission, cancel))
            told(Progress(0.9))
            try:
                image = decoded(content, 2 * commission.long_side_px)
            except InputError as error:
                raise malformed(self.name) from error
            record |= {"model": self._model, "server": self._where, "seconds": round(time.perf_counter() - began, 2)}
            return finished(image, commission, record)

    def close(self) -> None:
        """Holds nothing between pictures."""

    async def _ask(self, commission: Commission, cancel: threading.Event) -> tuple[bytes, dict[str, Any]]:
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient

        address = checked_address(self._base_url, with_path="v1")
        key = checked_key(self._api_key, self._where)
        if not self._model:
            raise ModelError(f"None of the models at {self._where} is chosen.", hint="Name one of them.")
        http = DefaultAsyncHttpxClient(event_hooks={"response": [bound]}, follow_redirects=False, headers={"Accept-Encoding": "identity"})
        async with AsyncOpenAI(base_url=address, api_key=key or NO_KEY, max_retries=0, timeout=self._timeout_s, http_client=http) as client:
            asking = asyncio.create_task(self._answer(client, commission))
            deadline = time.monotonic() + self._timeout_s
            try:
                while not asking.done():
                    await asyncio.wait({asking}, timeout=POLL_S)
                    if cancel.is_set():
                        raise Cancelled()
                    if time.monotonic() > deadline and not asking.done():
                        raise translated(TimeoutError(), self.name, self._where)
                return asking.result()
            finally:
                asking.cancel()
                with suppress(BaseException):
                    await asking

    async def _answer(self, client: "AsyncOpenAI", commission: Commission) -> tuple[bytes, dict[str, Any]]:
        from openai import APIStatusError

        sitter = commission.sitter
        while True:
            way = next(one for one in self._ways if sitter.references or not one.references)
            try:
                response = await self._request(client, commission, way)
                content, revised = await self._content(client, response)
                record = {"seed": commission.knobs.seed if way.extras else None, "references": 0}
                if way.references:
                    record["references"] = len(sitter.references[:MOST_REFERENCES])
                return content, record | ({"revised_prompt": revised} if revised else {})
            except ModelError:
                raise
            except APIStatusError as error:
                said = said_by(error)
                other_way = error.status_code in (400, 404, 405, 415, 422, 501) and not unwanted(error.status_code, said)
                if not other_way or way == self._ways[-1] or (error.status_code == 404 and not way.references):
                    raise translated(error, self.name, self._where) from error
                dead = {404, 405, 415, 501}  # the server has no such endpoint: no other field will help
                self._ways = [one for one in self._ways if one != way and not (error.status_code in dead and one.references)]
            except Exception as error:
                raise translated(error, self.name, self._where) from error

    async def _request(self, client: "AsyncOpenAI", commission: Commission, way: _Way) -> Any:
        knobs = commission.knobs
        prompt = knobs.prompt.strip() or "A portrait of a person."
        options: dict[str, Any] = {"model": self._model, "n": 1, "size": self._size}
        if way.base64:
            options["response_format"] = "b64_json"
        if way.extras:
            options["extra_body"] = {"seed": knobs.seed} | ({"negative_prompt": knobs.negative_prompt} if knobs.negative_prompt else {})
        elif knobs.negative_prompt:
            prompt = f"{prompt}\nNot to be seen: {knobs.negative_prompt}"
        if way.references:
            pictures = [(f"reference-{at}.png", one) for at, one in enumerate(commission.sitter.references[:MOST_REFERENCES], 1)]
            return await client.images.edit(image=pictures, prompt=prompt, **options)
        return await client.images.generate(prompt=prompt, **options)

    async def _content(self, client: "AsyncOpenAI", response: Any) -> tuple[bytes, str]:
        """The picture's file, and the words it was painted after, where the server changed them."""
        try:
            one = response.data[0]
            text, url, revised = one.b64_json, one.url, one.revised_prompt
        except (AttributeError, IndexError, TypeError) as error:
            raise malformed(self.name) from error
        if isinstance(url, str) and url.startswith("data:"):
            text = url
        if isinstance(text, str):
            try:
                content = base64.b64decode(text.rpartition(",")[2])
            except (binascii.Error, ValueError) as error:
                raise malformed(self.name) from error
        elif isinstance(url, str):
            content = await self._fetched(url, str(client.base_url))
        else:
            raise malformed(self.name)
        return content, one_line(revised) if isinstance(revised, str) else ""

    async def _fetched(self, url: str, base: str) -> bytes:
        import httpx2

        address = urljoin(base, url)
        parts, own = urlsplit(address), urlsplit(base)
        if parts.scheme not in ("http", "https") or (parts.hostname or "") not in self._hosts | {own.hostname}:
            hint = "Let the server answer with the picture itself (b64_json), or name that host as one of its own."
            raise ModelError(f"The picture lies at another server than {self._where}.", hint=hint)
        async with httpx2.AsyncClient(
            event_hooks={"response": [bound]}, headers={"Accept-Encoding": "identity"}, timeout=self._timeout_s
        ) as client:
            try:
                response = await client.get(address)  # without the key
                response.raise_for_status()
            except httpx2.HTTPError as error:
                hint = "Try again; servers keep a picture for minutes only."
                raise busy(f"The picture could not be fetched from {self._where}.", hint) from error
            return response.content


class HubPainter:
    """Asks a provider of the Hugging Face hub, or an inference endpoint, for one picture at a time. Constructing it is free.

    Args:
        model: a hub id, or the address of an endpoint.
        token: sent to the hub or the endpoint; empty sends none, also where one is kept on this machine.
        provider: as huggingface-hub names it; "auto" takes the first that serves the model.
        size: width and height in pixels.
        timeout_s: most seconds for a picture.
    """

    def __init__(
        self, model: str, *, token: str = "", provider: str = "auto", size: tuple[int, int] = (1024, 1280), timeout_s: float = 180.0
    ) -> None:
        self._model, self._token, self._provider, self._size, self._timeout_s = model.strip(), token, provider, size, timeout_s
        self._one = threading.Lock()

    @property
    def name(self) -> str:
        """The model's id; of an endpoint its address."""
        return f"hub {public_address(self._model)}"

    def paint(self, commission: Commission, told: Told, cancel: threading.Event) -> Painted:
        """See `Painter.paint`. A cancel leaves the request to end by itself; what it brings is not looked at."""
        with self._one:
            if cancel.is_set():
                raise Cancelled()
            if not self._model:
                raise ModelError("No model of the hub is chosen.", hint="Name one that makes images from text.")
            began = time.perf_counter()
            told(Progress(0.0))
            found: list[Image | Exception] = []
            asking = threading.Thread(target=lambda: found.append(self._asked(commission)), name="companion-hub-painter", daemon=True)
            asking.start()
            while asking.is_alive():
                asking.join(POLL_S)
                if cancel.is_set():
                    raise Cancelled()
                if time.perf_counter() - began > self._timeout_s + 5 and asking.is_alive():
                    raise translated(TimeoutError(), self.name, self.name)
            (image,) = found
            if isinstance(image, Exception):
                raise self._told(image) from image
            told(Progress(0.9))
            record = {"model": public_address(self._model), "provider": self._provider, "seed": commission.knobs.seed}
            return finished(image, commission, record | {"seconds": round(time.perf_counter() - began, 2)})

    def close(self) -> None:
        """Holds nothing between pictures."""

    def _asked(self, commission: Commission) -> "Image | Exception":
        from huggingface_hub import InferenceClient

        knobs = commission.knobs
        try:
            at_address = self._model.startswith(("http://", "https://"))
            key = checked_key(self._token, self.name) or NO_KEY
            with InferenceClient(
                provider="hf-inference" if at_address else self._provider,  # type: ignore[arg-type]
                token=key,
                timeout=self._timeout_s,
            ) as client:
                image = client.text_to_image(
                    knobs.prompt.strip() or "A portrait of a person.",
                    negative_prompt=knobs.negative_prompt or None,
                    width=self._size[0],
                    height=self._size[1],
                    seed=knobs.seed,
                    model=checked_address(self._model) if at_address else self._model,
                )
            return _safe(image)
        except Exception as error:  # it is raised where the picture is waited for
            return error

    def _told(self, error: Exception) -> ModelError:
        import httpx2
        from huggingface_hub.errors import HfHubHTTPError, InferenceTimeoutError
        from PIL import UnidentifiedImageError

        if isinstance(error, InferenceTimeoutError):
            return translated(TimeoutError(*error.args), self.name, self.name)
        if isinstance(error, HfHubHTTPError):
            return refused(error.response.status_code, one_line(error.server_message or str(error)), self.name)
        if isinstance(error, httpx2.TransportError):
            return translated(ConnectionError(*error.args), self.name, self.name)
        if isinstance(error, ValueError) and not isinstance(error, UnidentifiedImageError):  # no provider serves the model, for one
            hint = "Choose another model or another provider."
            return ModelError(f"{self.name} cannot be asked for a picture: {one_line(str(error))}", hint=hint)
        return translated(error, self.name, self.name)


def _safe(image: "Image") -> "Image":
    """The picture decoded as an upload is: Pillow has only read its head so far, of whichever kind."""
    content = getattr(image, "fp", None)
    if image.format not in ("PNG", "JPEG", "WEBP") or not isinstance(content, io.BytesIO):
        raise malformed("the hub")
    try:
        return decoded(content.getvalue(), 4096)
    except InputError as error:
        raise malformed("the hub") from error


def finished(image: "Image", commission: Commission, record: dict[str, Any]) -> Painted:
    """A server's picture as a commission wants it: cut to 4:5, as long as was asked for, WebP; the record says how it came."""
    from PIL.Image import Resampling

    width, height = image.size
    came = {"came_px": [width, height]}
    if width > height * ASPECT:
        kept = round(height * ASPECT)
        left = (width - kept) // 2
        image = image.crop((left, 0, left + kept, height))
    elif width < height * ASPECT:
        kept = round(width / ASPECT)
        top = round((height - kept) * FACE)
        image = image.crop((0, top, width, top + kept))
    size = (round(commission.long_side_px * ASPECT), commission.long_side_px)
    file = io.BytesIO()
    image.resize(size, Resampling.LANCZOS).save(file, "WEBP", quality=QUALITY)
    return Painted(file.getvalue(), "image/webp", *size, record=record | came)
