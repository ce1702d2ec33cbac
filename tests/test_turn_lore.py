"""What the persona's lorebook says comes into a turn where the talk calls it up, and nowhere above the newest message."""

import threading
from pathlib import Path

from companion.persona.files import write_blueprint
from companion.persona.library import Library
from companion.persona.lorebook import Entry, Lorebook
from companion.turn import Order, take_turn
from tests.desk import PERSONAS, library, set_up


def test_lore_is_told_where_the_talk_calls_it_up(tmp_path: Path) -> None:
    book = Lorebook(entries=(Entry(keys=("lamp",), content="The lamp is called Old Bess."),))
    own = tmp_path / "own"
    own.mkdir()
    write_blueprint(own / "ada.yaml", library().get("mara").blueprint.model_copy(update={"lorebook": book}))
    setup = set_up(tmp_path, ["The light ", "is on."], people=Library(PERSONAS, own))
    talk = setup.store.create("ada", ("Hello, I am Ada.",)).id

    def asked(text: str) -> list[str]:
        list(take_turn(setup.desk, Order(talk, "send", text), threading.Event()))
        return [message.content for message in setup.engine.requests[-1].prompt.messages]

    assert "Old Bess" not in asked("How are you?")[-1]
    *before, newest = asked("Is the lamp lit?")
    assert "You know:\n- The lamp is called Old Bess.\n" in newest and newest.endswith("Is the lamp lit?")
    assert "Old Bess" not in "".join(before)
