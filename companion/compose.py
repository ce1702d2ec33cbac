"""Settings → a ready Companion: the one place, with `writers.py`, that names concrete backends.

The page is ready before the model is: the weights are read in the background, and a turn that comes earlier waits for them.
"""

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
from companion.casting import Cast
from companion.drift.battery import Battery
from companion.drift.steadying import Steadying
from companion.drift.watch import Asked, Watch
from companion.errors import CompanionError, NotFoundError, SettingsError, StorageError
from companion.extracting import Extracting
from companion.feel.classifier import ClassifierReader
from companion.feel.feeling import Feeling
from companion.feel.head import EmotionReader
from companion.feel.messages import MessageReader
from companion.feel.nearness import greetings
from companion.feel.topics import Topics
from companion.forgetting import UNDO_FOR, Forgetting, tidy
from companion.glimpse import Shows, Unshown
from companion.guard.crisis import CrisisGate
from companion.guard.help_lines import country_of_locale
from companion.guard.protocol import Gate
from companion.learn.learner import Learner
from companion.learn.patterns import PatternKeeper
from companion.painters import Painters, open_showing
from companion.persona.library import Library, Persona
from companion.picturing import Known, Picturing
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
from companion.show.meaning import Meaning
from companion.show.portrait import Portraits
from companion.show.protocol import Previews
from companion.showing import Showing
from companion.store.affects import Affects
from companion.store.chronicle import Chronicle
from companion.store.conversations import Conversations, utc_now
from companion.store.database import open_database
from companion.store.drafts import Drafts
from companion.store.drift_checks import DriftChecks
from companion.store.lock import HomeLock
from companion.store.memories import Imported, Memories
from companion.store.pictures import Pictures
from companion.store.readings import Readings
from companion.store.shared import SharedHistory
from companion.store.versions import Versions
from companion.studio import Studio
from companion.suggesting import Suggesting
from companion.think.hardware import this_machine
from companion.think.kept_talks import forget_talks, states_of
from companion.think.models import ModelEntry, Models
from companion.think.protocol import Engine
from companion.trial import Trial
from companion.turn import Desk
from companion.warming import Warming
from companion.worker import Worker
from companion.writers import Writers

SHIPPED_PERSONAS = Path(__file__).parents[1] / "personas"
MOST_ON_PLANE = 600


@dataclass(frozen=True, slots=True)
class Companion:
    """Everything the page, the terminal and the benchmarks work with. Methods are what spans several rooms."""

    settings: Settings
    library: Library
    versions: Versions
    drafts: Drafts
    cast: Cast
    studio: Studio
    trial: Trial
    conversations: Conversations
    worker: Worker
    models: Models
    portraits: Portraits
    gate: Gate
    writers: Writers
    memories: Memories
    affects: Affects
    feeling: Feeling
    drift_checks: DriftChecks
    pictures: Pictures
    showing: Showing
    warming: Warming
    sketches: Previews
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
        persona, version = self.library.get(persona_id), self.cast.newest(persona_id).number
        return self._bringing.bring_in(persona, filename, content, self.clock(), version)

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
        tidy(conversations, clock(), partial(forget_talks, states_of(settings.home)))
        library, versions = Library(SHIPPED_PERSONAS, settings.home / "personas"), Versions(database, clock)
        library.purge(clock() - UNDO_FOR)
        drafts = Drafts(database, clock)
        models = Models(settings.home, hardware=partial(this_machine, settings.device))
        gate = CrisisGate.for_country(settings.country or country_of_locale())
        memories, embedder = Memories(database, clock), CachedEmbedder(SentenceEmbedder(settings.embedder))
        encode = None if settings.embedder else embedder.encode
        writers = Writers(settings, models, engine, encode=encode, besides=lambda: first_needed())
        vectors = vector_index(settings, embedder.name)
        readings, topics = Readings(database, clock), Topics.open()
        remembers = Recall(database, memories, embedder, vectors, topics=topics.of)
        emotions = ClassifierReader(settings.emotion_reader) if settings.emotion_reader else EmotionReader.open()
        affects = Affects(database, clock)
        fitting = emotions if emotions.fits(embedder.name) else None
        shared = SharedHistory(database)
        feeling = Feeling(affects, shared, fitting, topics, embedder.encode)
        cast = Cast(library, versions, conversations, lambda whose, blueprint: greetings(blueprint, feeling.stage(whose, blueprint)))
        reader = MessageReader(
            embedder.name,
            topics,
            readings,
            feelings=emotions,
            danger=lambda text: bool(gate.check(text)),
            done=lambda: learner.wake(),
        )
        indexer = Indexer(memories, Marks(database), embedder, vectors, busy=lambda: worker.writing(), embedded=reader.read)

        def learns(persona_id: str) -> bool:
            with suppress(CompanionError):  # a persona that is gone forbids nothing
                return library.get(persona_id).blueprint.memory.learns
            return True

        learner = Learner(memories, patterns=PatternKeeper(readings, learns).renew, learnt=indexer.wake, learns=learns)
        background = Background(learner, indexer)

        def let_go(conversation_ids: Collection[str]) -> None:
            for conversation_id in conversation_ids:
                worker.dismiss(conversation_id)
                writers.forget(conversation_id)

        def erased() -> None:
            indexer.wake()
            showing.tidy()

        forgetting = Forgetting(database, memories, let_go=let_go, erased=erased)

        def afterwards(conversation_id: str, recalled: Sequence[str]) -> None:
            with suppress(StorageError):  # how often something was recalled is not worth an error
                memories.recalled(recalled, clock())
            background.wake()
            with suppress(CompanionError):  # the conversation is gone by now
                watch.finished(whom(conversations, cast, conversation_id))

        def studies(engine: Engine, persona_id: str, cancel: threading.Event) -> None:
            if settings.extractor == "auto" and learns(persona_id):
                Extracting(memories, ready=learner.caught_up, learnt=indexer.wake).read(engine, persona_id, cancel)

        chronicle = Chronicle(database, clock)
        steadying = Steadying(lambda: [one.blueprint for one in library.list()])
        pictures, painters = Pictures(database, clock), Painters(settings)
        showing = open_showing(settings, pictures, library, painters)
        showing.tidy()

        def first_needed() -> None:
            embedder.encode(["Hello."])
            shows.prepare()

        suggesting = Suggesting(lambda choice: writers.writer(choice).engine, lambda do: worker.errand(do))
        shows: Shows = Unshown()
        if settings.pictures == "on":
            shows = Picturing(showing, Known(pictures, affects, shared), Meaning(embedder.encode), suggesting.suggest)
        desk = Desk(
            conversations,
            cast,
            gate,
            writers.writer,
            settings,
            feeling,
            remembers,
            chronicle,
            afterwards,
            studies,
            steadies=steadying,
            shows=shows,
        )
        worker = Worker(desk)
        trial = Trial(worker, writers.writer, settings, clock, desk)
        drift_checks = DriftChecks(database, clock)

        def battery(persona_id: str, version: int) -> Battery:
            others = [one.blueprint for one in library.list() if one.id != persona_id]
            return Battery(cast.version(persona_id, version).blueprint, others)

        watch = Watch(trial.ask_within, battery, drift_checks, every=settings.drift_turns, done=worker.prepare)
    except BaseException:
        lock.release()
        raise

    def close() -> None:
        watch.stop()
        worker.shutdown()
        showing.close()
        painters.close()
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
        versions=versions,
        drafts=drafts,
        cast=cast,
        studio=Studio(library, versions, drafts, cast, clock),
        trial=trial,
        conversations=conversations,
        worker=worker,
        models=models,
        portraits=portraits,
        gate=gate,
        writers=writers,
        memories=memories,
        affects=affects,
        feeling=feeling,
        drift_checks=drift_checks,
        pictures=pictures,
        showing=showing,
        warming=Warming(showing),
        sketches=painters.sketch,
        remembers=remembers,
        forgetting=forgetting,
        background=background,
        indexing=background.progress,
        clock=clock,
        _bringing=Bringing(database, memories, background.wake),
        _plane=Plane(embedder),
        _close=close,
    )


def whom(conversations: Conversations, cast: Cast, conversation_id: str) -> Asked:
    """Who is asked on the side of a conversation, and how far it has come.

    Raises:
        NotFoundError: it is gone, or she is.
    """
    conversation = conversations.get(conversation_id)
    persona = cast.persona_for(conversation)
    version = conversation.persona_version or cast.newest(persona.id).number
    return Asked(persona.id, version, conversation_id, conversations.turns(conversation_id), persona.blueprint.model.adapter or "")


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
