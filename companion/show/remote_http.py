"""What a painter on a server may send, and in which words it fails: bounded answers, and third parties' errors in ours."""

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from companion.errors import ModelError

if TYPE_CHECKING:
    import httpx2
    from openai import APIError, APIStatusError

MOST_BYTES = 64 * 2**20  # of an answer; a 2K picture in base64 has some 10 MB
AGAIN = "Try again; if it happens again, look into the server's log."
UNWANTED = re.compile(r"moderat|safety|content.?policy|nsfw|not allowed", re.IGNORECASE)


def busy(message: str, hint: str) -> ModelError:
    """An error that may be gone at the next try."""
    error = ModelError(message, hint=hint)
    error.retryable = True
    return error


def malformed(name: str) -> ModelError:
    """The server spoke, but there is no picture in what it said."""
    return busy(f"What the server of {name} sent is not a picture.", f"Is it an address of an images API? {AGAIN}")


def checked_address(told: str, *, with_path: str = "") -> str:
    """A server's address.

    Args:
        with_path: the path that is added where it has none.

    Raises:
        ModelError: it is none.
    """
    told = told.strip()
    try:
        parts = urlsplit(told)
        usable = parts.scheme in ("http", "https") and bool(re.fullmatch(r"[\w.:%-]+", parts.hostname or "")) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        what = f"“{public_address(told)}” is not the address of a server." if told else "The server that paints has no address."
        raise ModelError(what, hint="Give an address such as http://127.0.0.1:8000/v1.")
    return told if parts.path.strip("/") or not with_path else f"{told.rstrip('/')}/{with_path}"


def checked_key(told: str, where: str) -> str:
    """A key that can go into a header.

    Raises:
        ModelError: it cannot.
    """
    told = told.strip()
    if not (told.isascii() and told.isprintable()):
        raise ModelError(f"The key for {where} has characters that no key has.", hint="Check the painter's key.")
    return told


def public_address(address: str) -> str:
    """A server's address as it may be shown: without a user's name and password."""
    return re.sub(r"//[^/?#]*@", "//", address.strip())


async def bound(response: "httpx2.Response") -> None:
    """An event hook of httpx2: the answer ends with an error where it grows too large, or could once it is unpacked.

    Raises:
        ModelError: it is packed, or says that it is too large.
    """
    packed = response.headers.get("content-encoding", "identity").strip().lower()
    length = response.headers.get("content-length", "")
    if packed != "identity" or (length.isdecimal() and int(length) > MOST_BYTES):
        raise too_large()
    response.stream = _bounded(response.stream)


def _bounded(stream: Any) -> "httpx2.AsyncByteStream":
    import httpx2

    class Bounded(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            received = 0
            async for chunk in stream:
                received += len(chunk)
                if received > MOST_BYTES:
                    raise too_large()
                yield chunk

        async def aclose(self) -> None:
            await stream.aclose()

    return Bounded()


def too_large() -> ModelError:
    """An answer that no picture is worth."""
    return ModelError("The server's answer is larger than a picture can be.", hint="Ask it for smaller pictures, unpacked.")


def translated(error: Exception, name: str, where: str) -> ModelError:
    """The error a user can be told about; its cause is kept."""
    found = _translated(error, name, where)
    if found is not error:
        found.__cause__ = error
    return found


def _translated(error: Exception, name: str, where: str) -> ModelError:
    from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError

    cause: BaseException | None = error
    while cause is not None:  # libraries wrap what `bound` says
        if isinstance(cause, ModelError):
            return cause
        cause = cause.__cause__
    if isinstance(error, APIStatusError):
        return refused(error.status_code, said_by(error), name)
    if isinstance(error, APITimeoutError | TimeoutError):
        return busy(f"{where} has sent no picture in time.", "Is the server running, and is that its address? Allow it more time.")
    if isinstance(error, APIConnectionError | ConnectionError):
        return busy(f"The connection to {where} failed.", f"Is the server running, and is that its address? ({error.__cause__ or error})")
    if isinstance(error, APIError):
        return busy(f"{name} failed while it painted: {said_by(error)}", AGAIN)
    return malformed(name)


def refused(status: int, said: str, name: str) -> ModelError:
    """What an HTTP status of 400 or more means to whoever waits for a picture."""
    if unwanted(status, said):
        return ModelError(f"The server of {name} does not want to paint this: {said}", hint="Ask for another picture.")
    match status:
        case 401 | 403:
            return ModelError(f"The server of {name} refused the key: {said}", hint="Check the painter's key.")
        case 402:
            return ModelError(f"The server of {name} wants to be paid: {said}", hint="Look into the account there.")
        case 404:
            return ModelError(
                f"The server knows nothing of {name}: {said}", hint="Check the model's name, and the address: most end in /v1."
            )
        case 408 | 429 | 503:
            return busy(f"The server of {name} is busy: {said}", "Try again in a moment.")
        case _ if status >= 500:
            return busy(f"The server of {name} failed: {said}", AGAIN)
    return ModelError(f"The server of {name} refused the request: {said}", hint="Check the model's name and the size of the picture.")


def unwanted(status: int, said: str) -> bool:
    """Whether what is on the picture is refused, and not how it was asked for."""
    return status in (400, 403, 422) and bool(UNWANTED.search(said))


def said_by(error: "APIError | APIStatusError") -> str:
    """What a server said, in one line."""
    body = error.body
    said = next((body[key] for key in ("message", "detail", "error") if body.get(key)), "") if isinstance(body, dict) else body
    if isinstance(said, dict):
        said = said.get("message", said)
    return one_line(str(said or error.message))


def one_line(text: str) -> str:
    """At most 300 characters, in one line."""
    return " ".join(text.split())[:300]
