"""Any text-classification model of transformers as a reader of feelings: by its id on the hub or its folder.

It needs to name feelings as GoEmotions does; labels of other names are passed over. A model for several labels at once
answers with a probability for each, any other with shares that sum to 1. Its probabilities are taken as they are, uncalibrated:
a feeling is there from `PRESENT` on. Denial is left to the model, strength comes from the wording as with the reader that
comes with Companion. It reads the text alone, up to the length it takes, costs a whole pass of the model for each message, and
is loaded when it is first asked. Only safetensors are opened, and no code that comes with a model is run.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from companion.errors import CompanionError, DownloadError, ModelError
from companion.feel.feelings import NEUTRAL, feelings
from companion.feel.reading import Reading, decided
from companion.feel.wording import Wordings
from companion.opening import ONE_AT_A_TIME

PRESENT = 0.3  # between one half, which finds few of the rarer feelings, and what comments alone would ask for
FEWEST = 2  # feelings beside "neutral": a model that knows fewer reads no feelings
MOST_CHARS = 20_000  # of a longer text only the beginning is cut into tokens
MOST_TOKENS = 512  # where neither the model nor its tokenizer says
AGAIN = "Check COMPANION_EMOTION_READER, or unset it to use the reader that comes with Companion."


class ClassifierReader:
    """A classifier, loaded when it is first asked.

    Args:
        source: a folder or an id on the hub.
        device: "cpu", "cuda" or "mps".
        wordings: what strengthens or weakens.
    """

    def __init__(self, source: str, device: str = "cpu", wordings: Wordings | None = None) -> None:
        self._source, self._device, self._wordings = source, device, wordings or Wordings.open()
        self._lock = threading.Lock()  # the tokenizer refuses two threads at once
        self._tokenizer: Any = None
        self._model: Any = None
        self._columns: dict[str, int] = {}

    def fits(self, embedder: str) -> bool:
        """Always: it reads the text."""
        return True

    def load(self) -> None:
        """Brings the model into memory now.

        Raises:
            ModelError: it cannot be loaded, or names too few feelings.
        """
        with self._lock:
            self._load()

    def read(self, text: str, vector: np.ndarray | None = None) -> Reading:
        """The feelings in any text.

        Args:
            vector: not looked at.

        Raises:
            ModelError: the model cannot be loaded, or failed.
        """
        with self._lock:
            self._load()
            shares = self._shares(text[:MOST_CHARS].encode("utf-8", "replace").decode())  # half a character is none to a tokenizer
        if shares is None:
            return Reading({NEUTRAL: 1.0}, (NEUTRAL,))
        emotions = {name: float(shares[column]) for name, column in self._columns.items()}
        return decided(emotions, dict.fromkeys(emotions, PRESENT), self._wordings.of(text))

    def _shares(self, text: str) -> np.ndarray | None:
        """One for each of the model's labels; None where the text has nothing that its tokenizer knows."""
        import torch

        with _translated(self._source, "failed"), torch.inference_mode():
            tokens = self._tokenizer(text, truncation=True, max_length=self._most_tokens(), return_tensors="pt").to(self._model.device)
            if not tokens["input_ids"].shape[1]:
                return None
            logits = self._model(**tokens).logits[0].float()
            several = self._model.config.problem_type == "multi_label_classification"
            shares: np.ndarray = (logits.sigmoid() if several else logits.softmax(0)).cpu().numpy()
        if not np.isfinite(shares).all():
            raise ModelError(f"The reader of feelings {self._source} failed: its numbers are none.", hint=AGAIN)
        return shares

    def _most_tokens(self) -> int:
        places = getattr(self._model.config, "max_position_embeddings", MOST_TOKENS)
        # Some count two places that no token may take, and say so in their tokenizer alone.
        return int(min(places, self._tokenizer.model_max_length, MOST_TOKENS))

    def _load(self) -> None:
        if self._model is not None:
            return
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        with ONE_AT_A_TIME, _translated(self._source, "could not be loaded"):
            tokenizer = AutoTokenizer.from_pretrained(self._source, trust_remote_code=False)
            model = AutoModelForSequenceClassification.from_pretrained(self._source, trust_remote_code=False, use_safetensors=True)
            columns = _columns(self._source, model.config.id2label)
            self._tokenizer, self._columns, self._model = tokenizer, columns, model.to(self._device).eval()


def _columns(source: str, labels: Mapping[int, str]) -> dict[str, int]:
    """Which output stands for which feeling.

    Raises:
        ModelError: too few do.
    """
    columns = {name.strip().casefold(): number for number, name in labels.items()}
    found = {name: columns[name] for name in feelings() if name in columns}
    if len(found.keys() - {NEUTRAL}) < FEWEST:
        named = ", ".join(list(labels.values())[:5])
        hint = "Choose a model whose labels are feelings such as joy, sadness and anger, or unset COMPANION_EMOTION_READER."
        raise ModelError(f"The model {source} does not read feelings: its labels are {named}.", hint=hint)
    return found


@contextmanager
def _translated(source: str, what: str) -> Iterator[None]:
    """Makes an error for people of what torch, transformers and the hub raise."""
    import torch
    from safetensors import SafetensorError

    try:
        yield
    except CompanionError:
        raise
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise ModelError(
            f"The reader of feelings {source} {what}: it needs more memory than there is.", hint="Close other programs."
        ) from error
    except OSError as error:
        if not Path(source).expanduser().exists():
            hint = "Check the connection and its name, and try again, or unset COMPANION_EMOTION_READER."
            raise DownloadError(f"The reader of feelings {source} is not on this machine and could not be fetched.", hint=hint) from error
        raise ModelError(f"The reader of feelings {source} {what}: {_first_line(error)}", hint=AGAIN) from error
    except (SafetensorError, RuntimeError, ValueError, KeyError, IndexError, ImportError, AttributeError, TypeError) as error:
        raise ModelError(f"The reader of feelings {source} {what}: {_first_line(error)}", hint=AGAIN) from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
