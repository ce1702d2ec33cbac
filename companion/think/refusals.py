"""What a distant server, or the way to it, may say instead of a reply, in words for people."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from companion.errors import ModelError
from companion.think.dialect import TOO_LONG

if TYPE_CHECKING:
    from openai import APIError, APIStatusError

AGAIN = "Try again; if it happens again, look into the server's log."


def busy(message: str, hint: str) -> ModelError:
    """An error that may be gone at the next try."""
    error = ModelError(message, hint=hint)
    error.retryable = True
    return error


def malformed(name: str) -> ModelError:
    """The server spoke, but not to the end or not in the API's terms."""
    return busy(f"What the server of {name} sent is not a whole reply.", f"Is it an OpenAI-compatible address? {AGAIN}")


def unknown_model(error: "APIStatusError", name: str, model: str, others: Sequence[str]) -> ModelError:
    """404: the model is not there, or the address is not the API's."""
    if not others:
        hint = "Check the model's name, and the address: most end in /v1."
        return ModelError(f"The server knows nothing of {model}: {refusal(error)}", hint=hint)
    listed = ", ".join(others[:8]) + (" and others" if len(others) > 8 else "")
    return ModelError(f"The server has no model {model}.", hint=f"It has {listed}: choose one of them.")


def refusal(error: "APIError") -> str:
    """What a server said, in one line."""
    body = error.body
    said = next((body[key] for key in ("message", "detail", "error") if body.get(key)), "") if isinstance(body, dict) else body
    if isinstance(said, dict):
        said = said.get("message", said)
    return " ".join(str(said or error.message).split())[:300]


def translated(error: Exception, name: str, address: str) -> ModelError:
    """The error a user can be told about; its cause is kept."""
    found = _translated(error, name, address)
    found.__cause__ = error
    return found


def _translated(error: Exception, name: str, address: str) -> ModelError:
    from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError

    if isinstance(error, APIStatusError):
        return _status(error, name)
    if isinstance(error, APITimeoutError):
        return busy(f"{address} does not answer.", "Is the server running, and is that its address?")
    if isinstance(error, APIConnectionError):
        hint = f"Is the server running, and is that its address? ({error.__cause__ or error})"
        return busy(f"The connection to {address} failed.", hint)
    if isinstance(error, APIError):
        return busy(f"{name} failed while it wrote: {refusal(error)}", AGAIN)
    return malformed(name)


def _status(error: "APIStatusError", name: str) -> ModelError:
    said = refusal(error)
    match error.status_code:
        case 401 | 403:
            return ModelError(f"The server of {name} refused the key: {said}", hint="Check COMPANION_REMOTE_KEY.")
        case 429 | 503:
            return busy(f"The server of {name} is busy: {said}", "Try again in a moment.")
        case status if status >= 500:
            return busy(f"The server of {name} failed: {said}", AGAIN)
    if TOO_LONG.search(said):
        return ModelError(
            f"The conversation is longer than {name} can read: {said}", hint="Lower COMPANION_CONTEXT_TOKENS to what it takes."
        )
    return ModelError(f"The server of {name} refused the request: {said}", hint="Check the model's name, or choose another model.")
