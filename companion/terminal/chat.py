"""`companion chat`: a conversation in the terminal.

A line is a message, or a command when it begins with a slash. Ctrl-C stops a reply and keeps what was written; at the
prompt it leaves. What was said before is the same conversation the page shows.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from companion.errors import CompanionError, NotFoundError
from companion.guard.disclosure import opening_line
from companion.persona.library import Persona
from companion.store.records import Conversation, Message
from companion.terminal.reply import show_message, show_reply
from companion.terminal.setting import terminal_of
from companion.think.remote import public_address
from companion.turn import Order

if TYPE_CHECKING:
    from companion.compose import Companion

MOST_PAINTING_S = 20.0  # that a picture is waited for
EARLIER_MESSAGES = 6  # shown when a conversation goes on, to know where one was
COMMANDS = {
    "/regenerate": "let her try again; the former reply is kept",
    "/swipe": "show the next of her replies; /swipe back shows the one before",
    "/edit": "say your last message differently: /edit the new words",
    "/continue": "let her go on where she stopped",
    "/undo": "take the last thing back",
    "/move": "go on with the newest version of her, when she was changed since",
    "/new": "begin a new conversation",
    "/help": "this list",
    "/quit": "leave; everything is kept",
}


def chat(
    context: typer.Context,
    persona: Annotated[str, typer.Option(help="Id of the persona; left out, the one of COMPANION_PERSONA begins.")] = "",
    conversation: Annotated[str, typer.Option(help="Id of a conversation to go on with.")] = "",
    new: Annotated[bool, typer.Option("--new", help="Begin a new conversation instead of the latest one.")] = False,
) -> None:
    """Talk in the terminal."""
    terminal = terminal_of(context)
    with terminal.companion() as companion:
        Chat(terminal.console, companion, choose(companion, persona, conversation, new)).run()


def choose(companion: "Companion", persona: str, conversation: str, new: bool) -> Conversation:
    """The conversation asked for: the one named, else the persona's latest, else a new one.

    Raises:
        NotFoundError: there is no such persona or conversation.
    """
    if conversation:
        return companion.conversations.get(conversation)
    someone = companion.library.get(persona) if persona else None
    earlier = () if new else companion.conversations.list(persona or None)
    if earlier:
        return companion.conversations.get(earlier[0].id)
    return begin(companion, someone or companion.first_persona())


def begin(companion: "Companion", persona: Persona) -> Conversation:
    """A new conversation, opened by her greeting; the alternate greetings are its siblings."""
    return companion.cast.begin(persona.id)


class Chat:
    """One conversation, until the user leaves.

    Args:
        console: where it is shown, and where the user writes.
        companion: whom the words are sent to.
        conversation: the one that goes on.
    """

    def __init__(self, console: Console, companion: "Companion", conversation: Conversation) -> None:
        self._console = console
        self._companion = companion
        self._id = conversation.id
        self._persona = companion.cast.persona_for(conversation)
        self._name = self._persona.blueprint.identity.called
        self._commands: dict[str, Callable[[str], None]] = {
            "/regenerate": self._regenerate,
            "/swipe": self._swipe,
            "/edit": self._edit,
            "/continue": self._continue,
            "/undo": self._undo,
            "/move": self._move,
            "/new": self._new,
            "/help": self._help,
        }

    def run(self) -> None:
        """Shows where the conversation stands, then takes lines until /quit, Ctrl-D, or Ctrl-C at the prompt."""
        self._open()
        while True:
            try:
                line = self._console.input("\n[bold]you[/]  ").strip()
            except (EOFError, KeyboardInterrupt):
                break
            if line == "/quit":
                break
            if line:
                self._take(line)
        self._console.print("\nEverything is kept. See you.", style="dim")

    def _take(self, line: str) -> None:
        """One line; what goes wrong is said, and the conversation goes on."""
        word, _, rest = line.partition(" ")
        try:
            if not line.startswith("/"):
                self._order(Order(self._id, "send", text=line))
            elif word in self._commands:
                self._commands[word](rest.strip())
            else:
                self._console.print(f"{word} is not a command here. /help lists them.", style="yellow", markup=False, highlight=False)
        except CompanionError as error:
            self._console.print(str(error), style="yellow", markup=False, highlight=False)
        except KeyboardInterrupt:  # between the line and the first event
            if turn_id := self._companion.worker.running(self._id):
                self._companion.worker.stop(turn_id)
            self._console.print("(stopped)", style="dim", highlight=False)

    def _open(self) -> None:
        self._console.print(opening_line(self._name), style="dim", markup=False, highlight=False)
        if server := public_address(self._companion.settings.remote_url):
            said = f"You are talking to {self._companion.settings.remote_model} on {server}. What you write goes there."
            self._console.print(said, style="dim", markup=False, highlight=False)
        if numbers := self._companion.cast.outdated(self._companion.conversations.get(self._id)):
            said = f"{self._name} has changed since this talk began: version {numbers[0]}, now {numbers[1]}. /move goes on with that."
            self._console.print(said, style="dim", markup=False, highlight=False)
        self._console.print("/help lists the commands, Ctrl-C stops a reply.", style="dim", highlight=False)
        for message in self._companion.conversations.path(self._id)[-EARLIER_MESSAGES:]:
            show_message(self._console, self._name, message)

    def _order(self, order: Order) -> None:
        worker = self._companion.worker
        show_reply(self._console, self._name, worker, worker.start(order))
        self._show_pictures()

    def _show_pictures(self) -> None:
        """Where the pictures of the last reply are; one that is being painted is waited for a little."""
        showing, reply = self._companion.showing, self._last("persona")
        jobs = [showing.wait(job.id, MOST_PAINTING_S) for job in showing.jobs() if job.message_id == reply.id]
        for picture in self._companion.pictures.of_messages([reply.id]).get(reply.id, ()):
            self._console.print(f"(a picture of {self._name}: {showing.file(picture)})", style="dim", markup=False, highlight=False)
        for job in jobs:
            told = f"{job.error} {job.hint}" if job.state == "failed" else "" if job.ended else "A picture is still being painted."
            if told:
                self._console.print(told, style="yellow", markup=False, highlight=False)

    def _regenerate(self, _: str) -> None:
        self._order(Order(self._id, "regenerate", message_id=self._last("persona").id))

    def _continue(self, _: str) -> None:
        self._order(Order(self._id, "continue", message_id=self._last("persona").id))

    def _edit(self, text: str) -> None:
        if not text:
            self._console.print("Write the new words behind it: /edit the new words", style="yellow")
            return
        self._order(Order(self._id, "edit", text=text, message_id=self._last("user").id))

    def _swipe(self, direction: str) -> None:
        reply = self._last("persona")
        siblings = self._companion.conversations.siblings(reply.id)
        if len(siblings) == 1:
            self._console.print("There is only this reply. /regenerate makes another.", style="dim")
            return
        at = (siblings.index(reply.id) + (-1 if direction == "back" else 1)) % len(siblings)
        self._companion.conversations.select(siblings[at])
        self._console.print(f"{at + 1} / {len(siblings)}", style="dim", highlight=False)
        show_message(self._console, self._name, self._companion.conversations.message(siblings[at]))

    def _undo(self, _: str) -> None:
        undone = self._companion.conversations.undo(self._id)
        if undone is None:
            self._console.print("There is nothing to take back.", style="dim")
            return
        self._console.print(f"Taken back: {undone.kind.replace('_', ' ')}.", style="dim", highlight=False)
        if undone.text:
            self._console.print(f"You had written: {undone.text}", style="dim", markup=False, highlight=False)

    def _move(self, _: str) -> None:
        if self._companion.cast.outdated(self._companion.conversations.get(self._id)) is None:
            self._console.print("This conversation keeps to the newest version already.", style="dim")
            return
        number = self._companion.cast.move(self._id).number
        self._console.print(f"From now on {self._name} speaks as in version {number}. /undo takes it back.", style="dim", highlight=False)

    def _new(self, _: str) -> None:
        self._id = begin(self._companion, self._persona).id
        self._open()

    def _help(self, _: str) -> None:
        for command, meaning in COMMANDS.items():
            self._console.print(f"  {command:<13}{meaning}", highlight=False)

    def _last(self, role: str) -> Message:
        """The newest message of the path said by `role`."""
        for message in reversed(self._companion.conversations.path(self._id)):
            if message.role == role:
                return message
        raise NotFoundError("There is no such message yet.", hint="Write something first.")
