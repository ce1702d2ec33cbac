"""Settings → a ready Companion: the one place that names concrete backends.

The page is ready before the model is: the weights are read in the background, and a turn that comes earlier waits for them.
"""

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from companion.background import Background
from companion.bringing import Bringing
from companion.errors import CompanionError, ConflictError, NotFoundError, SettingsError, StorageError
from companion.extracting import Extracting
from companion.feel.messages import MessageReader
from companion.feel.topics import Topics
from companion.forgetting import Forgetting, tidy
from companion.guard.crisis import CrisisGate
from companion.guard.help_lines import country_of_locale
from companion.guard.protocol import Gate
from companion.learn.learner import Learner
from companion.learn.patterns import PatternKeeper
from companion.persona.blueprint import ModelChoice
from companion.persona.library import Library, Persona
from companion.remember.cached import CachedEmbedder
from companion.remember.chroma_index import ChromaIndex
from companion.remember.chroma_server import ChromaServer
from companion.remember.embedder import SentenceEmbedder
from companion.remember.indexer import Indexer
from companion.remember.marks import Marks
from companion.remember.plane import Plane
from companion.remember.protocol import Remembers
from companion.remember.recall import Recall
from companion.remember.vectors import VectorIndex
from companion.settings import Settings, check_agreement
from companion.show.portrait import Portraits
from companion.store.chronicle import Chronicle
from companion.store.conversations import Conversations, utc_now
from companion.store.database import open_database
from companion.store.lock import HomeLock
from companion.store.memories import Imported, Memories
from companion.store.readings import Readings
from companion.think.hardware import this_machine
from companion.think.layout import Budget, Layout
from companion.think.local import LocalEngine
from companion.think.models import STARTER, ModelEntry, Models
from companion.think.nearest import Encode
from companion.think.protocol import Engine, EngineCard, Forgets
from companion.think.quantisation import Quantise
from companion.think.remote import RemoteEngine
from companion.think.sayings import Sayings, open_sayings
from companion.think.watchdog import Watchdog
from companion.turn import Desk, Writer
from companion.worker import Worker

logger = logging.getLogger(__name__)
SHIPPED_PERSONAS = Path(__file__).parents[1] / "personas"
MOST_ON_PLANE = 600


@dataclass(frozen=True, slots=True)
class Companion:
    """Everything the page, the terminal and the benchmarks work with. Methods are what spans several rooms."""

    settings: Settings
    library: Library
    conversations: Conversations
    worker: Worker
    models: Models
    portraits: Portraits
    gate: Gate
    writers: "Writers"
    memories: Memories
    remembers: Remembers
    forgetting: Forgetting
    background: Background
    indexing: Callable[[], tuple[int, int] | None]
    clock: Callable[[], datetime]
    _bringing: Bringing = field(repr=False)
    _plane: Plane = field(repr=False)
    _close: Callable[[], None] = field(repr=False)

    def first_persona(self) -> Persona:
        """Who opens in an empty home: the setting's persona if she is there, else the first of the list.

        Raises:
            NotFoundError: there is nobody.
        """
        everyone = self.library.list()
        if not everyone:
            raise NotFoundError("There is nobody to talk to.", hint="Put a persona file into the folder personas of your home folder.")
        return next((one for one in everyone if one.id == self.settings.persona), everyone[0])

    def use_model(self, model_id: str) -> ModelEntry:
        """Chooses the model that writes from the next reply on, and begins to load it.

        Raises:
            NotFoundError: it is not installed.
            ModelError: its files are not complete.
            SettingsError: COMPANION_MODEL or COMPANION_REMOTE_URL decides which model writes.
        """
        hint = "Unset it and start again to choose here."
        if self.settings.remote_url:
            raise SettingsError(f"COMPANION_REMOTE_URL says that {self.settings.remote_model} on a server writes.", hint=hint)
        if self.settings.model:
            raise SettingsError(f"COMPANION_MODEL says that {self.settings.model} writes.", hint=hint)
        entry = self.models.use(model_id)
        self.writers.warm_up()
        return entry

    def delete_conversation(self, conversation_id: str) -> None:
        """Deletes a conversation, until `conversations.undo`; what a model had read of it leaves memory at once.

        Raises:
            NotFoundError: it is not there.
            ConflictError: a reply is being written in it.
        """
        self.conversations.delete(conversation_id)
        self.worker.dismiss(conversation_id)
        self.writers.forget(conversation_id)

    def bring_in(self, persona_id: str, filename: str, content: bytes) -> Imported:
        """Takes in a file of exported memories, a SillyTavern chat or a plain transcript.

        Raises:
            InputError: it is too large, no text, or nothing in it can be read.
            NotFoundError: the persona is not there.
        """
        return self._bringing.bring_in(self.library.get(persona_id), filename, content, self.clock())

    def positions(self, persona_id: str) -> tuple[tuple[str, float, float], ...]:
        """The newest memories on a plane, what is alike close together: id, and x and y in [-1, 1].

        Raises:
            ModelError: the embedder cannot be loaded.
        """
        known = self.memories.list(persona_id, limit=MOST_ON_PLANE)
        places = self._plane.lay_out([memory.text for memory in known])
        return tuple((memory.id, float(x), float(y)) for memory, (x, y) in zip(known, places, strict=True))

    def storage(self, persona_id: str) -> int:
        """Bytes that the words with a persona take, said and learnt."""
        return self.memories.size(persona_id)

    def caught_up(self, timeout_s: float) -> bool:
        """Waits until everything said has been learnt from and indexed; says whether that has come."""
        return self.background.caught_up(timeout_s)

    def close(self) -> None:
        """Stops what is being written, keeps it, and gives the home folder back."""
        self._close()


def compose(settings: Settings, *, engine: Engine | None = None, clock: Callable[[], datetime] = utc_now, warm: bool = True) -> Companion:
    """Opens the home folder and puts a Companion together.

    Args:
        engine: writes for everyone, whatever is chosen: a benchmark's or a test's own.
        clock: aware times; the same.
        warm: load the model that writes at once; False waits until someone asks it for a reply.

    Raises:
        ConflictError: another Companion has the folder open.
        SettingsError: the settings contradict each other.
        StorageError: the folder or its database cannot be used.
    """
    check_agreement(settings)
    lock = HomeLock(settings.home)
    lock.acquire()
    try:
        database = open_database(settings.home)
        conversations = Conversations(database, clock)
        tidy(conversations, clock())
        library = Library(SHIPPED_PERSONAS, settings.home / "personas")
        models = Models(settings.home, hardware=partial(this_machine, settings.device))
        gate = CrisisGate.for_country(settings.country or country_of_locale())
        memories, embedder = Memories(database, clock), CachedEmbedder(SentenceEmbedder(settings.embedder))
        writers = Writers(settings, models, engine, encode=None if settings.embedder else embedder.encode)
        vectors = vector_index(settings, embedder.name)
        readings, topics = Readings(database, clock), Topics.open()
        remembers = Recall(database, memories, embedder, vectors, topics=topics.of)
        reader = MessageReader(embedder.name, topics, readings, danger=lambda text: bool(gate.check(text)), done=lambda: learner.wake())
        indexer = Indexer(memories, Marks(database), embedder, vectors, busy=lambda: worker.writing(), embedded=reader.read)
        learner = Learner(memories, patterns=PatternKeeper(readings).renew, learnt=indexer.wake)
        background = Background(learner, indexer)

        def let_go(conversation_ids: Collection[str]) -> None:
            for conversation_id in conversation_ids:
                worker.dismiss(conversation_id)
                writers.forget(conversation_id)

        forgetting = Forgetting(database, memories, let_go=let_go, erased=indexer.wake)

        def afterwards(recalled: Sequence[str]) -> None:
            with suppress(StorageError):  # how often something was recalled is not worth an error
                memories.recalled(recalled, clock())
            background.wake()

        def studies(engine: Engine, persona_id: str, cancel: threading.Event) -> None:
            if settings.extractor == "auto":
                Extracting(memories, ready=learner.caught_up, learnt=indexer.wake).read(engine, persona_id, cancel)

        chronicle = Chronicle(database, clock)
        worker = Worker(Desk(conversations, library, gate, writers.writer, settings, remembers, chronicle, afterwards, studies))
    except BaseException:
        lock.release()
        raise

    def close() -> None:
        worker.shutdown()
        background.stop()
        vectors.close()
        writers.close()
        database.dispose()
        lock.release()

    if warm:
        writers.warm_up()
    background.start()
    portraits = Portraits(settings.home / "portraits")
    return Companion(
        settings=settings,
        library=library,
        conversations=conversations,
        worker=worker,
        models=models,
        portraits=portraits,
        gate=gate,
        writers=writers,
        memories=memories,
        remembers=remembers,
        forgetting=forgetting,
        background=background,
        indexing=background.progress,
        clock=clock,
        _bringing=Bringing(database, memories, background.wake),
        _plane=Plane(embedder),
        _close=close,
    )


def vector_index(settings: Settings, embedder: str) -> VectorIndex:
    """Where vectors are kept: in the home folder, or on the server that the settings name.

    Raises:
        SettingsError: its address is none.
    """
    folder = settings.home / "vectors"
    if not settings.chroma_url:
        return ChromaIndex(folder, embedder)
    address = urlsplit(settings.chroma_url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise SettingsError(f"COMPANION_CHROMA_URL is not an address: {settings.chroma_url}", hint="Write it like http://127.0.0.1:8000.")
    return ChromaServer(folder, embedder, address.hostname, address.port or 8000, ssl=address.scheme == "https")


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
    """

    def __init__(self, settings: Settings, models: Models, engine: Engine | None = None, *, encode: Encode | None = None) -> None:
        self._settings, self._models, self._own = settings, models, engine
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

    def forget(self, conversation_id: str) -> None:
        """Lets the model that is open forget what it read of a conversation; those before it left nothing."""
        engine = self._own or self._engine
        if isinstance(engine, Forgets):
            engine.forget(conversation_id)

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
            states=own.home / "states" if own.states_mb else None,
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
