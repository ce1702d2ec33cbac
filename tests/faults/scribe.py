"""The process that gets killed: it has conversations in a home folder as the app would, and says what was acknowledged.

Lines on standard output: `kept ID` once the store has acknowledged a message, `said ID N` before the N-th word of a reply
is on screen, `done ID` once a reply is finished. Five words are half a second of writing, after which the reply is saved.
"""

import sys
from itertools import count
from pathlib import Path

from companion.store.conversations import Conversations
from companion.store.database import open_database
from companion.store.lock import HomeLock

WORDS_PER_SAVE = 5
WORDS_PER_REPLY = 17


def main(home: Path) -> None:
    with HomeLock(home):
        kept = Conversations(open_database(home))
        kept.recover()
        conversation = kept.create("mira", ["Hello."])
        for turn in count():
            user, reply = kept.begin_turn(conversation.id, f"Question {turn}")
            print("kept", user.id, flush=True)
            print("kept", reply.id, flush=True)
            text = ""
            for word in range(1, WORDS_PER_REPLY + 1):
                print("said", reply.id, word, flush=True)
                text += f"w{word} "
                if word % WORDS_PER_SAVE == 0:
                    kept.save_reply(reply.id, text)
            kept.finish_reply(reply.id, text, "complete", "end")
            print("done", reply.id, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
