"""The models that write, opened when they are needed: which one, with what layout, and what it is given ideas by."""

import logging
import threading
from collections.abc import Callable

from companion.errors import CompanionError, ConflictError
from companion.persona.blueprint import ModelChoice
from companion.remember.embedder import SentenceEmbedder
from companion.settings import Settings
from companion.think.kept_talks import forget_talk, states_of
from companion.think.layout import Budget, Layout
from companion.think.local import LocalEngine
from companion.think.models import STARTER, Models
from companion.think.nearest import Encode
from companion.think.protocol import Engine, EngineCard, Forgets
from companion.think.quantisation import Quantise
from companion.think.remote import RemoteEngine
from companion.think.sayings import Sayings, open_sayings
from companion.think.watchdog import Watchdog
from companion.turn import Writer

logger = logging.getLogger(__name__)


def remote_engine(settings: Settings) -> RemoteEngine:
    """The model on the server that the settings name; nothing is sent yet."""
    return RemoteEngine(
        settings.remote_url,
        settings.remote_model,
        api_key=settings.remote_key.get_secret_value(),
        context_tokens=settings.context_tokens,
        timeout_s=settings.remote_timeout_s,
    )


class Writers:
    """The models that write, of which one is open at a time: one may fill the memory.

    Args:
        settings: where and how models run.
        models: which there are, and which one is chosen.
        engine: writes instead of them all.
        encode: the embedder that comes with Companion, where it is open already: the built-in model's sayings are found by it.
        besides: makes ready, after the model and in the same thread, what else a first reply needs; may raise CompanionError.
    """

    def __init__(
        self,
        settings: Settings,
        models: Models,
        engine: Engine | None = None,
        *,
        encode: Encode | None = None,
        besides: Callable[[], object] = lambda: None,
    ) -> None:
        self._settings, self._models, self._own, self._besides = settings, models, engine, besides
        self._encode = encode or SentenceEmbedder().encode
        self._swapping = threading.Lock()  # guards everything below
        self._name = ""
        self._engine: Watchdog | RemoteEngine | None = None
        self._writer: Writer | None = None
        self._closed = False

    def writer(self, choice: ModelChoice) -> Writer:
        """Who writes for a persona's choice; loads the weights, or asks the server, if that was not done yet.

        Raises:
            NotFoundError: the model is not installed.
            ModelError: it cannot be loaded, or its server does not answer.
        """
        with self._swapping:
            name = self.name(choice)
            if self._writer is None or self._name != name:
                self._writer = self._open(name)
                self._name = name
            return self._writer

    def name(self, choice: ModelChoice) -> str:
        """Which model writes: the server's, else the setting's, else the persona's, else the one chosen in the app."""
        if self._settings.remote_url:
            return self._settings.remote_model
        own = "" if choice.base == "default" else choice.base
        return self._settings.model or own or self._models.chosen()

    def card(self) -> EngineCard | None:
        """What is open at the moment; None while nothing is."""
        writer = self._writer
        return writer.engine.card() if writer else None

    def layout(self) -> Layout | None:
        """The layout of what is open at the moment; None while nothing is."""
        writer = self._writer
        return writer.layout if writer else None

    def forget(self, conversation_id: str) -> None:
        """Lets the model that is open forget what it read of a conversation, and deletes what any model left of it on disk."""
        engine = self._own or self._engine
        if isinstance(engine, Forgets):
            engine.forget(conversation_id)
        forget_talk(states_of(self._settings.home), conversation_id)

    def warm_up(self) -> None:
        """Loads the chosen model in the background; what goes wrong is told by the first turn that needs it."""
        threading.Thread(target=self._warm_up, name="warm-up", daemon=True).start()

    def close(self) -> None:
        """Gives the memory back, unless a model is just being loaded: then it goes with the process."""
        self._closed = True
        if self._swapping.acquire(blocking=False):
            try:
                self._drop()
            finally:
                self._swapping.release()

    def _warm_up(self) -> None:
        try:
            self.writer(ModelChoice())
            if self._own is None:
                self._besides()
        except CompanionError as error:
            logger.warning("the model is not ready: %s", error)

    def _open(self, name: str) -> Writer:
        if self._closed:
            raise ConflictError("Companion is closing.", hint="Start it again to go on.")
        engine = self._own or self._load(name)
        budget = Budget.of(engine.card().context_tokens, self._settings.reply_tokens)
        layout = Layout(engine.count_tokens, budget=budget, buffer_turns=self._settings.buffer_turns)
        return Writer(engine, layout, None if self._own or self._settings.remote_url else self._sayings(name))

    def _sayings(self, name: str) -> Sayings | None:
        folder = self._models.sayings(name)
        return open_sayings(folder, self._encode) if folder else None

    def _load(self, name: str) -> Engine:
        engine = remote_engine(self._settings) if self._settings.remote_url else Watchdog(self._local(name), stuck_s=self._settings.stuck_s)
        self._drop()
        self._engine = engine  # one that fails to load is dropped by the next
        engine.load()
        return engine

    def _local(self, name: str) -> LocalEngine:
        folder, own = self._models.folder(name), self._settings
        return LocalEngine(
            folder,
            name=name,
            draft=self._models.draft(name),
            phrases=self._models.phrases(name),
            device=own.device,
            dtype=own.dtype,
            quantise=self._quantise(name),
            context_tokens=own.context_tokens,
            cache_bytes=own.cache_mb * 10**6,
            states=states_of(own.home) if own.states_mb else None,
            states_bytes=own.states_mb * 10**6,
            adapters=own.home / "adapters",
            adapters_bytes=own.adapters_mb * 10**6,
            built_in=name == STARTER,
        )

    def _quantise(self, name: str) -> Quantise:
        if name == STARTER:  # it is too small to gain anything
            return "none"
        wanted = self._settings.quantise
        return self._models.quantise(name) if wanted == "auto" else wanted

    def _drop(self) -> None:
        if self._engine is not None:
            self._engine.unload()
        self._engine, self._writer, self._name = None, None, ""
