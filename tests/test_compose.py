import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from companion.compose import Companion, compose
from companion.errors import ConflictError, NotFoundError, SettingsError
from companion.events import TurnFailed, TurnFinished
from companion.forgetting import Scope
from companion.persona.blueprint import ModelChoice
from companion.settings import Settings
from companion.store.conversations import Conversations, utc_now
from companion.store.database import open_database
from companion.think.fake import FakeEngine
from companion.think.hardware import Hardware
from companion.think.kept_talks import file_name
from companion.think.models import Models
from companion.think.watchdog import Watchdog
from companion.turn import Order
from companion.writers import Writers
from tests.desk import kinds
from tests.think.checkpoints import save_checkpoint, starter_like
from tests.think.server import Server, says, serving


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", country="GB", device="cpu", dtype="float32")


@pytest.fixture
def companion(settings: Settings) -> Iterator[Companion]:
    companion = compose(settings, engine=FakeEngine(["Hello."]))
    yield companion
    companion.close()


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_checkpoint(tmp_path_factory.mktemp("models") / "tiny", starter_like())


def talk(companion: Companion, text: str = "Hi") -> list:
    return talk_in(companion, companion.conversations.create("mara", ("Hello, I am Mara.",)).id, text)


def talk_in(companion: Companion, conversation_id: str, text: str = "Hi") -> list:
    return list(companion.worker.follow(companion.worker.start(Order(conversation_id, "send", text))))


def written(companion: Companion, conversation_id: str) -> TurnFinished:
    """The end of a reply by random weights, which now and then draw nothing that can be read: then asked again."""
    ends = (talk_in(companion, conversation_id)[-1] for _ in range(8))
    return next(end for end in ends if isinstance(end, TurnFinished))


def test_a_fresh_home_is_ready_to_talk(companion: Companion) -> None:
    assert {persona.id for persona in companion.library.list()} >= {"mara", "theo", "juno", "ines"}
    assert kinds(talk(companion)) == ["TurnStarted", "Moved", "TextDelta", "TurnFinished"]
    assert abs(companion.clock() - utc_now()) < timedelta(minutes=1)


def test_an_empty_home_opens_with_the_persona_of_the_setting(companion: Companion) -> None:
    assert companion.first_persona().id == "mara"
    for asked, found in (("theo", "theo"), ("nobody", "ines")):
        changed = replace(companion, settings=companion.settings.model_copy(update={"persona": asked}))
        assert changed.first_persona().id == found


def test_the_gate_knows_the_country(companion: Companion) -> None:
    events = talk(companion, "I want to kill myself")
    assert kinds(events) == ["TurnStarted", "Referred", "TurnFinished"]
    assert events[1].referral.lines[0].name == "Samaritans"


def test_a_home_has_one_companion_at_a_time(companion: Companion, settings: Settings) -> None:
    with pytest.raises(ConflictError):
        compose(settings)


def test_a_closed_companion_gives_its_home_back(settings: Settings) -> None:
    compose(settings, engine=FakeEngine()).close()
    compose(settings, engine=FakeEngine()).close()


def test_a_home_that_cannot_be_opened_is_not_kept_locked(settings: Settings) -> None:
    settings.home.mkdir()
    (settings.home / "companion.sqlite3").write_text("this is no database at all" * 100)
    for _ in range(2):
        with pytest.raises(Exception, match="damaged"):
            compose(settings, engine=FakeEngine())
    (settings.home / "companion.sqlite3").unlink()
    compose(settings, engine=FakeEngine()).close()


def test_a_restart_shows_what_was_cut_off_and_lets_it_go_on(settings: Settings) -> None:
    dead = Conversations(open_database(settings.home))
    conversation = dead.create("mara", ("Hello.",))
    reply = dead.begin_turn(conversation.id, "Hi")[1]
    dead.save_reply(reply.id, "I was just")
    companion = compose(settings, engine=FakeEngine([" saying."]))
    assert companion.conversations.message(reply.id).status == "interrupted"
    turn_id = companion.worker.start(Order(conversation.id, "continue", message_id=reply.id))
    assert list(companion.worker.follow(turn_id))[-1].text == "I was just saying."  # type: ignore[union-attr]
    companion.close()


def test_yesterdays_deletions_are_final_and_todays_can_be_undone(settings: Settings) -> None:
    def delete_at(age: timedelta) -> str:
        store = Conversations(open_database(settings.home), lambda: utc_now() - age)
        conversation = store.create("mara", ("Hello.",))
        store.delete(conversation.id)
        return conversation.id

    old, new = delete_at(timedelta(days=2)), delete_at(timedelta(hours=1))
    companion = compose(settings, engine=FakeEngine())
    with pytest.raises(NotFoundError):
        companion.conversations.undo(old)
    assert companion.conversations.undo(new) is not None
    companion.close()


def test_what_was_read_of_a_conversation_leaves_the_disk_with_its_words(settings: Settings, checkpoint: Path) -> None:
    def kept() -> list[Path]:
        return list((settings.home / "states").glob("talk-*"))

    with closing(compose(settings.model_copy(update={"model": str(checkpoint)}))) as companion:
        talks = [companion.conversations.create("mara", ("Hello.",)).id for _ in range(2)]
        for conversation_id in talks:
            written(companion, conversation_id)
            companion.worker.errand(lambda _: None).result(60)  # behind it stands what is read ahead
            until = time.monotonic() + 60
            while len(kept()) <= talks.index(conversation_id) and time.monotonic() < until:
                time.sleep(0.05)
        assert len(kept()) == 2
        companion.delete_conversation(talks[0])
        assert len(kept()) == 1
    with closing(compose(settings, engine=FakeEngine(["Hello."]))) as companion:  # another model writes now
        companion.forgetting.forget("mara", Scope(words="Hi"))
        assert kept() == []


def test_what_was_read_leaves_the_disk_when_deletions_become_final(settings: Settings) -> None:
    leftover = settings.home / "states" / file_name("one", "weights")
    leftover.parent.mkdir(parents=True)
    leftover.touch()
    compose(settings, engine=FakeEngine()).close()
    assert leftover.exists()
    store = Conversations(open_database(settings.home), lambda: utc_now() - timedelta(days=2))
    store.delete(store.create("mara", ("Hello.",)).id)
    compose(settings, engine=FakeEngine()).close()
    assert not leftover.exists()


def test_the_page_is_ready_without_a_model_and_the_first_turn_says_what_is_wrong(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    companion = compose(Settings(home=tmp_path / "home", model="nobody/nothing"))
    assert companion.writers.card() is None
    failed = talk(companion)[-1]
    assert isinstance(failed, TurnFailed) and "nobody/nothing" in failed.message
    companion.close()


def test_a_folder_with_a_model_writes(tmp_path: Path, checkpoint: Path) -> None:
    own = Settings(home=tmp_path / "home", model=str(checkpoint), device="cpu", dtype="float32", reply_tokens=8)
    with closing(compose(own)) as companion:
        conversation = companion.conversations.create("mara")
        assert 0 < written(companion, conversation.id).trace.reply_tokens <= 8
        card = companion.writers.card()
        assert card is not None and card.context_tokens == 2048


def test_a_deleted_conversation_leaves_the_models_memory_and_can_be_brought_back(tmp_path: Path, checkpoint: Path) -> None:
    own = Settings(home=tmp_path / "home", model=str(checkpoint), device="cpu", dtype="float32", reply_tokens=8, states_mb=0)
    with closing(compose(own)) as companion:
        conversation = companion.conversations.create("mara", ("Hello, I am Mara.",))
        talk_in(companion, conversation.id)
        companion.delete_conversation(conversation.id)
        with pytest.raises(NotFoundError):
            companion.conversations.get(conversation.id)
        elsewhere = talk(companion)[-1]  # when this one is written, nothing of the first is read ahead any more
        trace = companion.conversations.message(elsewhere.reply_id).trace
        assert trace and trace.prompt_tokens and trace.reused_tokens == 0, "there was nothing left to begin with"
        companion.conversations.undo(conversation.id)
        assert written(companion, conversation.id)


def test_a_conversation_with_a_reply_under_way_is_not_deleted_and_keeps_its_state(settings: Settings) -> None:
    engine = FakeEngine(["Hello."], gate=True)
    companion = compose(settings, engine=engine)
    conversation = companion.conversations.create("mara", ("Hello.",))
    turn_id = companion.worker.start(Order(conversation.id, "send", "Hi"))
    with pytest.raises(ConflictError):
        companion.delete_conversation(conversation.id)
    engine.release(2)
    assert isinstance(list(companion.worker.follow(turn_id))[-1], TurnFinished) and engine.forgotten == []
    companion.close()


def test_a_model_on_this_machine_is_watched(tmp_path: Path, checkpoint: Path) -> None:
    companion = compose(Settings(home=tmp_path / "home", model=str(checkpoint), device="cpu", dtype="float32", stuck_s=45))
    watched = companion.writers.writer(ModelChoice()).engine
    assert isinstance(watched, Watchdog) and watched.stuck_s == 45
    companion.close()


def test_the_model_is_the_settings_then_the_personas_then_the_one_chosen(
    companion: Companion, settings: Settings, checkpoint: Path
) -> None:
    assert companion.writers.name(ModelChoice()) == "starter"
    entry = companion.models.add(str(checkpoint))
    assert companion.use_model(entry.id).id == entry.id
    assert companion.writers.name(ModelChoice()) == entry.id
    assert companion.writers.name(ModelChoice(base="hers")) == "hers"


def test_a_model_fixed_by_the_environment_cannot_be_changed_in_the_app(tmp_path: Path) -> None:
    companion = compose(Settings(home=tmp_path / "home", model="starter"), engine=FakeEngine())
    with pytest.raises(SettingsError, match="COMPANION_MODEL"):
        companion.use_model("starter")
    assert companion.writers.name(ModelChoice(base="hers")) == "starter"
    companion.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(says("Good", " evening."), models=[{"id": "ada", "max_model_len": 2048}]) as server:
        yield server


@pytest.fixture
def remote(settings: Settings, server: Server) -> Settings:
    return settings.model_copy(update={"remote_url": server.url, "remote_model": "ada", "remote_key": SecretStr("key")})


def test_a_model_on_a_server_writes(remote: Settings, server: Server) -> None:
    companion = compose(remote)
    finished = talk(companion)[-1]
    assert isinstance(finished, TurnFinished) and finished.text == "Good evening."
    card = companion.writers.card()
    assert card is not None and (card.name, card.context_tokens, card.device) == ("ada", 2048, server.url)
    assert server.keys == ["Bearer key"] and server.bodies[0]["messages"][-1]["content"].endswith("Hi")
    companion.close()


def test_the_server_s_model_writes_for_everyone(remote: Settings) -> None:
    companion = compose(remote, engine=FakeEngine())
    assert companion.writers.name(ModelChoice()) == companion.writers.name(ModelChoice(base="hers")) == "ada"
    with pytest.raises(SettingsError, match="COMPANION_REMOTE_URL"):
        companion.use_model("starter")
    companion.close()


def test_a_server_that_is_not_there_is_told_by_the_turn_and_found_when_it_is(
    remote: Settings, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    server.shutdown()
    server.server_close()
    before = set(threading.enumerate())
    companion = compose(remote)
    failed = talk(companion)[-1]
    assert isinstance(failed, TurnFailed) and server.url in failed.message
    with serving(says("Here I am."), port=server.server_port):
        finished = talk(companion)[-1]
        assert isinstance(finished, TurnFinished) and finished.text == "Here I am."
        companion.close()
    assert "companion-remote" not in {thread.name for thread in set(threading.enumerate()) - before}, "a failed connection was left open"


@pytest.mark.parametrize(
    ("changes", "named"), [({"model": "starter"}, "COMPANION_MODEL"), ({"remote_model": ""}, "COMPANION_REMOTE_MODEL")]
)
def test_settings_that_disagree_are_refused_and_the_home_is_left_alone(remote: Settings, changes: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        compose(remote.model_copy(update=changes))
    assert not remote.home.exists()


def test_a_closed_companion_loads_nothing_more(settings: Settings) -> None:
    companion = compose(settings, engine=FakeEngine())
    companion.close()
    with pytest.raises(ConflictError):
        companion.writers.writer(ModelChoice(base="other"))


def test_importing_what_composes_brings_no_heavy_library() -> None:
    check = "import sys, companion.compose; print(sorted({'torch', 'transformers', 'gradio', 'openai'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    assert done.stdout.strip() == "[]"


def test_a_model_is_held_in_the_numbers_that_are_asked_for_and_the_built_in_one_stays_whole(settings: Settings, checkpoint: Path) -> None:
    with closing(Writers(settings.model_copy(update={"quantise": "int8"}), Models(settings.home))) as writers:
        assert writers.writer(ModelChoice(base=str(checkpoint))).engine.card().dtype == "int8 and float32"
        assert writers.writer(ModelChoice(base="starter")).engine.card().dtype == "float32"


@pytest.mark.parametrize(("room_gb", "held"), [(16, "int4"), (24, "none")])
def test_of_its_own_accord_it_takes_what_the_table_names_for_this_machine(settings: Settings, room_gb: float, held: str) -> None:
    writers = Writers(settings, Models(settings.home, hardware=lambda: Hardware("cuda", room_gb)))
    assert writers._quantise("Qwen/Qwen3-8B") == held


SHED = {"about": "user", "what": "other", "value": "the shed", "when": "", "denied": False, "note": "they are repainting the shed"}


class Done(FakeEngine):
    """Says when it has been let go of, which is the last thing that reading does."""

    def __init__(self, *scripts: list[str]) -> None:
        super().__init__(*scripts, capable=True)
        self.done = threading.Event()

    def forget(self, cache_key: str) -> None:
        self.done.set()


def test_a_capable_model_reads_what_was_said(settings: Settings) -> None:
    engine = Done(["I see."], [json.dumps({"statements": [SHED]})])
    companion = compose(settings, engine=engine)
    talk(companion, "I'm repainting the shed")
    assert engine.done.wait(60)
    assert {one.text: one.extractor for one in companion.memories.list("mara")} == {"they are repainting the shed": "model"}
    companion.close()


def test_a_model_may_be_kept_from_it(settings: Settings) -> None:
    engine = Done(["I see."])
    companion = compose(settings.model_copy(update={"extractor": "rules"}), engine=engine)
    for _ in range(2):  # the second waits until the first has been read ahead for, or cuts that short
        talk(companion, "I'm repainting the shed")
        assert engine.settled_once.wait(60)
    companion.close()
    assert not engine.done.is_set() and len(engine.requests) == 2


LOADED_AT_ONCE = """
import threading
from companion.remember.embedder import SentenceEmbedder
from companion.think.local import LocalEngine
from companion.think.models import STARTER_FOLDER

wrong = []
begin = threading.Barrier(2)

def load(what):
    begin.wait()
    try:
        what.load()
    except BaseException as error:
        wrong.append(repr(error))

threads = [threading.Thread(target=load, args=(what,)) for what in (SentenceEmbedder(), LocalEngine(STARTER_FOLDER))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(wrong)
"""


def test_the_model_and_the_embedder_can_be_loaded_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED_AT_ONCE], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"
