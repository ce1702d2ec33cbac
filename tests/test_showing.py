"""Pictures as the program asks for them: ready ones, painted ones, and what is left when something goes wrong."""

import io
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from companion.errors import Cancelled, CompanionError, ConflictError, ModelError, NotFoundError, StorageError
from companion.persona.atomic import write_atomically
from companion.persona.blueprint import Appearance
from companion.persona.visual import Setting
from companion.shot import Knobs, Likeness, Shot
from companion.show.fake import FakePainter, FakeScores, flat
from companion.show.jobs import MOST_WAITING
from companion.show.protocol import Commission, Painted, Progress, Sitter, Told
from companion.show.provenance import read_mark
from companion.showing import Limits
from tests.easel import VISUAL, WAIT_S, persona, studio

MARA = persona()
SAD = Shot("sad", setting="kitchen")


def test_a_picture_is_painted_marked_and_kept_with_a_small_one(tmp_path: Path) -> None:
    with studio(tmp_path, scorer=FakeScores(0.8)) as here:
        heard: list[Progress] = []
        picture = here.showing.shoot(MARA, SAD, kind="studio", told=heard.append)
        assert here.pictures.get(picture.id) == picture
        assert picture.shot == Shot("sad", setting="kitchen", outfit="watch") and (picture.width_px, picture.height_px) == (205, 256)
        assert picture.likeness and picture.likeness.holds and picture.painter == "fake" and heard
        image = here.showing.file(picture).read_bytes()
        mark = read_mark(image)
        assert mark and mark.synthetic == "painted" and mark.record == picture.record
        assert picture.record["knobs"]["prompt"] == "kitchen" and len(image) == picture.size_bytes
        small = here.showing.file(picture, preview=True).read_bytes()
        with Image.open(io.BytesIO(small)) as opened:
            assert opened.format == "WEBP" and max(opened.size) <= 480
        preview_mark = read_mark(small)
        assert preview_mark and preview_mark.synthetic == "painted" and not preview_mark.record
        assert len(here.files()) == 2 and here.showing.size() == len(image) + len(small)


def test_what_is_given_away_has_the_mark_and_not_the_record(tmp_path: Path) -> None:
    with studio(tmp_path) as here:
        given = here.showing.stripped(here.showing.shoot(MARA, SAD, kind="studio"))
        mark = read_mark(given)
        assert mark and mark.synthetic == "painted" and not mark.record and b"kitchen" not in given


def test_a_sketch_is_marked_as_drawn(tmp_path: Path) -> None:
    with studio(tmp_path, FakePainter("sketch")) as here:
        mark = read_mark(here.showing.file(here.showing.shoot(MARA, SAD, kind="studio")).read_bytes())
        assert mark and mark.synthetic == "drawn"


def test_a_ready_picture_is_shown_in_a_chat_without_painting(tmp_path: Path) -> None:
    with studio(tmp_path) as here:
        ready = here.showing.shoot(MARA, SAD, kind="template")
        assert here.showing.at_hand(MARA, SAD) == ready
        assert here.showing.at_hand(MARA, replace(SAD, time="dusk")) == ready and here.showing.at_hand(MARA, Shot("joyful")) is None
        talk = here.conversations.create("mara", ["Hello."])
        message = here.conversations.path(talk.id)[0]
        shown = here.showing.shoot(MARA, replace(SAD, time="dusk"), kind="chat", conversation_id=talk.id, message_id=message.id)
        assert shown.kind == "chat" and shown.digest == ready.digest and shown.shot == ready.shot and shown.message_id == message.id
        assert shown.record["template"] == ready.id and shown.record["asked"]["time"] == "dusk" and 0 < shown.record["distance"] < 0.11
        assert here.pictures.of_messages([message.id]) == {message.id: (shown,)}
        assert len(here.painter.commissions) == 1 and len(here.files()) == 2


def test_own_knobs_and_the_studio_are_always_painted(tmp_path: Path) -> None:
    with studio(tmp_path) as here:
        here.showing.shoot(MARA, SAD, kind="template")
        painted = here.showing.shoot(MARA, SAD, kind="chat", knobs=Knobs(prompt="on a cliff", seed=3))
        assert painted.record["knobs"]["prompt"] == "on a cliff" and "template" not in painted.record
        assert here.showing.ask(MARA, SAD, kind="studio").state == "waiting"


def test_another_look_another_place_and_a_lost_file_make_nothing_ready(tmp_path: Path) -> None:
    with studio(tmp_path) as here:
        ready = here.showing.shoot(MARA, SAD, kind="template")
        hall = replace(SAD, setting="lamp room")
        other = here.showing.shoot(MARA, hall, kind="template")
        assert here.showing.at_hand(persona(appearance=Appearance(portrait={"top": "bun"})), SAD) is None
        tiles = VISUAL.model_copy(update={"settings": (VISUAL.settings[0], Setting(name="kitchen", description="tiles"))})
        assert here.showing.at_hand(persona(visual=tiles), SAD) is None and here.showing.at_hand(persona(visual=tiles), hall) == other
        assert here.showing.look_digest(persona(visual=tiles)) == here.showing.look_digest(MARA) == ready.look
        here.showing.file(ready).unlink()
        assert here.showing.at_hand(MARA, SAD) is None
        with pytest.raises(NotFoundError):
            here.showing.file(ready)
        here.pictures.delete(other.id)
        assert here.showing.at_hand(MARA, hall) is None
        here.pictures.undo(other.id)
        assert here.showing.at_hand(MARA, hall) == other


def test_it_is_painted_again_until_it_is_her(tmp_path: Path) -> None:
    with studio(tmp_path, scorer=FakeScores(0.1, 0.7)) as here:
        picture = here.showing.shoot(MARA, SAD, kind="chat")
        assert picture.likeness and (picture.likeness.score, picture.likeness.tries, picture.likeness.threshold) == (0.7, 2, 0.5)
        assert picture.record["painted"] == 2 and picture.record["knobs"]["ip_scale"] == pytest.approx(0.7)
        assert here.pictures.count() == 1 and len(here.files()) == 2


def test_where_it_never_is_her_the_nearest_ready_picture_is_shown(tmp_path: Path) -> None:
    with studio(tmp_path, scorer=FakeScores(0.9, 0.1)) as here:
        far = here.showing.shoot(MARA, Shot("joyful", setting="lamp room"), kind="template")
        shown = here.showing.shoot(MARA, SAD, kind="chat")
        assert shown.digest == far.digest and shown.shot == far.shot and shown.likeness == far.likeness
        assert shown.record["tried"]["painted"] == 3 and shown.record["tried"]["likeness"]["score"] == 0.1
        assert here.pictures.counts() == {"chat": 1, "template": 1, "studio": 0} and len(here.files()) == 2


def test_where_it_never_is_her_and_none_is_ready_that_is_said(tmp_path: Path) -> None:
    with studio(tmp_path, scorer=FakeScores(0.1)) as here:
        for kind in ("chat", "template"):
            with pytest.raises(ModelError, match="None of 3 pictures came out as Mara"):
                here.showing.shoot(MARA, SAD, kind=kind)
        assert here.pictures.count() == 0 and here.files() == []
        kept = here.showing.shoot(MARA, SAD, kind="studio")
        assert kept.likeness and not kept.likeness.holds


def test_an_asked_picture_is_followed_to_its_end(tmp_path: Path) -> None:
    with studio(tmp_path) as here:
        talk = here.conversations.create("mara", ["Hello."])
        message = here.conversations.path(talk.id)[0].id
        job = here.showing.ask(MARA, SAD, kind="chat", conversation_id=talk.id, message_id=message)
        ended = here.showing.wait(job.id, WAIT_S)
        assert ended.state == "done" and (ended.conversation_id, ended.message_id) == (talk.id, message)
        assert here.pictures.get(ended.picture_id) == here.pictures.of_messages([message])[message][0]
        here.showing.shoot(MARA, SAD, kind="template")
        at_once = here.showing.ask(MARA, SAD, kind="chat", conversation_id=talk.id, message_id=message)
        assert at_once.state == "done" and here.showing.job(at_once.id) == at_once and len(here.showing.jobs()) == 2
        assert [one.id for one in here.pictures.of_messages([message])[message]] == [ended.picture_id, at_once.picture_id]


def test_the_queue_is_bounded_and_can_be_left(tmp_path: Path) -> None:
    gate = threading.Event()
    with studio(tmp_path, FakePainter(gate=gate)) as here:
        jobs = [here.showing.ask(MARA, SAD, kind="studio") for _ in range(MOST_WAITING)]
        with pytest.raises(ConflictError):
            [here.showing.ask(MARA, SAD, kind="studio") for _ in range(2)]
        for job in here.showing.jobs():
            here.showing.cancel(job.id)
        assert here.showing.wait(jobs[0].id, WAIT_S).state == "stopped"
        assert here.pictures.count() == 0 and here.files() == []


@pytest.mark.parametrize(
    "error",
    [
        ModelError("The weights are missing.", hint="Add the model."),
        MemoryError(),
        RuntimeError("broken"),
        Cancelled(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_painter_that_fails_leaves_nothing_behind(tmp_path: Path, error: Exception) -> None:
    painter = FakePainter(error=error)
    with studio(tmp_path, painter) as here:
        ended = here.showing.wait(here.showing.ask(MARA, SAD, kind="chat").id, WAIT_S)
        assert ended.state == ("stopped" if isinstance(error, Cancelled) else "failed") and bool(ended.error) == bool(ended.hint)
        assert here.pictures.count() == 0 and here.files() == []
        painter.error = None
        assert here.showing.wait(here.showing.ask(MARA, SAD, kind="chat").id, WAIT_S).state == "done"


class Scribbles(FakePainter):
    """Gives back what is no picture."""

    def paint(self, commission: Commission, told: Told, cancel: threading.Event) -> Painted:
        return replace(flat(commission.sitter, commission.shot, 64), image=b"\x89PNG\r\n\x1a\n and then nothing")


def test_what_is_no_picture_is_not_kept(tmp_path: Path) -> None:
    with studio(tmp_path, Scribbles()) as here:
        with pytest.raises(ModelError, match="cannot be read as a picture"):
            here.showing.shoot(MARA, SAD, kind="studio")
        assert here.pictures.count() == 0 and here.files() == []


@pytest.mark.parametrize("which", [0, 1], ids=["the picture", "the small one"])
def test_a_full_disk_leaves_no_half_picture(tmp_path: Path, which: int) -> None:
    written: list[Path] = []

    def write(path: Path, data: bytes) -> None:
        if len(written) == which:
            raise StorageError("The disk is full.", hint="Free some space.")
        written.append(path)
        write_atomically(path, data)

    with studio(tmp_path, write=write) as here:
        with pytest.raises(StorageError):
            here.showing.shoot(MARA, SAD, kind="studio")
        assert here.pictures.count() == 0 and here.files() == []


def test_a_conversation_that_goes_meanwhile_keeps_no_picture(tmp_path: Path) -> None:
    gate = threading.Event()
    with studio(tmp_path, FakePainter(gate=gate)) as here:
        talk = here.conversations.create("mara", ["Hello."])
        job = here.showing.ask(MARA, SAD, kind="chat", conversation_id=talk.id)
        here.conversations.delete(talk.id)
        gate.set()
        ended = here.showing.wait(job.id, WAIT_S)
        assert ended.state == "failed" and "conversation" in ended.error
        assert here.pictures.count() == 0 and here.files() == []


def test_files_without_a_row_are_tidied_away(tmp_path: Path) -> None:
    with studio(tmp_path) as here:
        kept, gone = here.showing.shoot(MARA, SAD, kind="studio"), here.showing.shoot(MARA, Shot("joyful"), kind="studio")
        here.pictures.delete(gone.id)
        assert here.showing.tidy() == 0
        here.conversations.purge(here.pictures._clock())
        assert here.showing.tidy() > 0
        assert {path.stem for path in here.files()} == {kept.digest, kept.preview} == here.pictures.digests()


def test_the_disk_is_bounded_and_pictures_of_a_chat_stay(tmp_path: Path) -> None:
    with studio(tmp_path) as here:
        talk = here.conversations.create("mara", ["Hello."]).id
        shown = here.showing.shoot(MARA, SAD, kind="chat", conversation_id=talk)
        one = here.pictures.size()
    with studio(tmp_path, disk_bytes=3 * one) as here:
        moods = ("sad", "joyful", "shy", "angry", "proud")
        made = [here.showing.shoot(MARA, Shot(mood, setting="lamp room"), kind="template") for mood in moods]
        assert here.pictures.size() <= 3 * one and here.showing.size() <= 3 * one + 64
        assert shown in here.pictures.list() and made[-1] in here.pictures.list() and made[0] not in here.pictures.list()
        assert {path.stem for path in here.files()} == here.pictures.digests()


def test_what_was_shown_lately_stays_longest(tmp_path: Path) -> None:
    with studio(tmp_path) as here:
        first = here.showing.shoot(MARA, Shot("sad", setting="lamp room"), kind="template")
        size = here.pictures.size()
        second = here.showing.shoot(MARA, Shot("joyful", setting="lamp room"), kind="template")
        assert here.showing.at_hand(MARA, Shot("sad", setting="lamp room")) == first
        here.showing.tidy()
        here.pictures.make_room(size + 64, {first.look})
        assert here.pictures.list() == (first,) and second.id != first.id


def test_a_drawing_is_her_whatever_the_score_and_is_not_drawn_twice(tmp_path: Path) -> None:
    with studio(tmp_path, FakePainter("sketch"), FakeScores(0.1)) as here:
        picture = here.showing.shoot(MARA, SAD, kind="chat")
        assert picture.likeness and not picture.likeness.holds and picture.kind == "chat"


class Seen(FakeScores):
    """Remembers how often it compared, and against whom."""

    asked = 0

    def score(self, painted: Painted, sitter: Sitter, others: Sequence[Sitter]) -> Likeness | None:
        self.asked += 1
        self.others = [one.persona_id for one in others]
        return super().score(painted, sitter, others)


def test_she_is_compared_with_everyone_else_but_a_copy_of_hers(tmp_path: Path) -> None:
    scores = Seen(0.8)
    with studio(tmp_path, scorer=scores, others=(persona("Copy"), persona("Theo", appearance=Appearance(portrait={"top": "bun"})))) as here:
        here.showing.shoot(MARA, SAD, kind="chat")
        assert scores.others == ["theo"]


def test_what_a_first_picture_would_be_late_for_is_prepared_once(tmp_path: Path) -> None:
    scores, done = Seen(0.8), threading.Event()

    def last(break_off: threading.Event) -> bool:
        done.set()
        return False

    with studio(tmp_path, scorer=scores) as here:
        here.showing.prepare(MARA)
        here.showing.prepare(MARA)
        here.showing.paint_ahead(last)
        assert done.wait(WAIT_S) and scores.asked == 1
        assert here.painter.commissions == [] and here.pictures.count() == 0


def test_references_are_handed_to_the_painter(tmp_path: Path) -> None:
    with studio(tmp_path) as here:
        image = flat(here.showing.sitter(MARA), Shot(), 64).image
        digest = here.showing.keep_reference(image, "image/png")
        with_one = persona(visual=VISUAL.model_copy(update={"references": (digest, "0" * 64)}))
        here.showing.shoot(with_one, SAD, kind="studio")
        assert here.painter.commissions[0].sitter.references == (image,)
        here.showing.tidy()
        assert here.showing.sitter(with_one).references == (image,)


def test_two_people_never_get_each_others_pictures(tmp_path: Path) -> None:
    theo = persona("Theo")
    with studio(tmp_path) as here:
        mine, his = (here.showing.shoot(one, SAD, kind="template") for one in (MARA, theo))
        assert here.showing.at_hand(MARA, SAD) == mine and here.showing.at_hand(theo, SAD) == his and mine.digest != his.digest


def test_limits_decide_how_near_is_near_enough(tmp_path: Path) -> None:
    with studio(tmp_path, limits=Limits(distance=0.0, long_side_px=256)) as here:
        here.showing.shoot(MARA, SAD, kind="template")
        assert here.showing.at_hand(MARA, SAD) and here.showing.at_hand(MARA, replace(SAD, gesture="waving")) is None


def test_nobody_to_paint_is_told(tmp_path: Path) -> None:
    with studio(tmp_path) as here:
        with pytest.raises(CompanionError):
            here.showing.job("never was")
        here.showing.cancel("never was")
