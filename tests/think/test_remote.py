import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import ModelError
from companion.think.protocol import Piece, Prompt, Written
from companion.think.remote import RemoteEngine
from tests.think.checkpoints import save_checkpoint, starter_like
from tests.think.server import TALK, Connect, Handler, Serve, refuses, request, says, written


def test_the_pieces_are_what_the_server_writes(serve: Serve, connect: Connect) -> None:
    usage = {"prompt_tokens": 31, "completion_tokens": 5, "total_tokens": 36, "prompt_tokens_details": {"cached_tokens": 16}}
    server = serve(says("I am", " well,", " thank you.", usage=usage))
    events = list(connect(server).write(request()))
    assert [event.text for event in events if isinstance(event, Piece)] == ["I am", " well,", " thank you."]
    account = events[-1]
    assert isinstance(account, Written)
    assert (account.reason, account.prompt_tokens, account.reused_tokens, account.reply_tokens) == ("end", 31, 16, 5)
    assert account.prefill_ms > 0 and account.decode_ms >= 0


def test_the_persona_s_bounds_are_asked_for(serve: Serve, connect: Connect) -> None:
    server = serve(says("Yes."))
    stops = ("one", "two", "three", "four", "five")
    asked = request(temperature=0.3, top_p=0.8, min_p=0.1, repetition_penalty=1.2, stop=stops, seed=7, max_tokens=40)
    written(connect(server, api_key="key").write(asked))
    (body,) = server.bodies
    assert {name: body[name] for name in ("temperature", "top_p", "min_p", "repetition_penalty", "seed", "max_tokens")} == {
        "temperature": 0.3,
        "top_p": 0.8,
        "min_p": 0.1,
        "repetition_penalty": 1.2,
        "seed": 7,
        "max_tokens": 40,
    }
    assert body["stop"] == list(stops[:4]) and body["stream"] and body["model"] == "tiny"
    assert server.keys == ["Bearer key"]


def test_a_key_in_the_environment_goes_nowhere(serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    server = serve(says("Yes."))
    written(connect(server).write(request()))
    assert "secret" not in server.keys[0]


def test_characters_split_over_packets_come_whole(serve: Serve, connect: Connect) -> None:
    text = "naïve café 🙂 你好."

    def answer(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin()
        event = json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]}, ensure_ascii=False)
        for byte in f"data: {event}\n\n".encode():
            handler.raw(bytes([byte]))
        handler.piece(finish="stop")

    assert written(connect(serve(answer)).write(request()))[0] == text


def test_a_stop_string_beyond_the_fourth_and_across_pieces_ends_the_reply(serve: Serve, connect: Connect) -> None:
    server = serve(says("All is well. U", "se", "r: and you?"))
    text, account = written(connect(server).write(request(stop=("1", "2", "3", "4", "User:"))))
    assert (text, account.reason) == ("All is well.", "end")


def test_what_is_avoided_is_left_out_of_what_a_server_writes(serve: Serve, connect: Connect) -> None:
    server = serve(says("Hello. I hope you Che", "er", " up", " soon", ". It is late."))
    text, account = written(connect(server).write(request(avoid=("cheer up",))))
    assert (text, account.reason) == ("Hello. I hope you… It is late.", "end")


@pytest.mark.parametrize("structure", ["[now]", "[/now]", "<|im_end|>", "</s>", "<end_of_turn>"])
def test_no_structure_is_ever_shown(serve: Serve, connect: Connect, structure: str) -> None:
    text, account = written(connect(serve(says("Yes.", structure[:2], structure[2:], "No."))).write(request()))
    assert (text, account.reason) == ("Yes.", "end")


def test_thoughts_are_not_shown(serve: Serve, connect: Connect) -> None:
    def answer(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin()
        handler.piece(reasoning_content="What do they want? ")
        for text in ("<thi", "nk>They say hello.</th", "ink>\n\nHel", "lo."):
            handler.piece(text)
        handler.piece(finish="stop")

    assert written(connect(serve(answer)).write(request()))[0] == "Hello."


def test_a_reply_of_thoughts_alone_says_so(serve: Serve, connect: Connect) -> None:
    def answer(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin()
        handler.piece(reasoning_content="What do they want?")
        handler.piece(finish="length")

    with pytest.raises(ModelError, match="thoughts"):
        list(connect(serve(answer)).write(request()))


@pytest.mark.parametrize("spoken", ["before the answer", "before the first word", "in the middle"])
def test_stop_ends_a_silent_reply_and_tells_the_server(serve: Serve, connect: Connect, spoken: str) -> None:
    reached = threading.Event()

    def answer(handler: Handler, body: dict[str, Any]) -> None:
        if spoken != "before the answer":
            handler.begin()
        if spoken == "in the middle":
            handler.piece("I am ")
        reached.set()
        handler.wait_for_leaving()

    server = serve(answer)
    order = request()
    threading.Thread(target=lambda: (reached.wait(), order.cancel.set()), daemon=True).start()
    text, account = written(connect(server).write(order))
    assert account.reason == "stopped"
    assert text in ("", "I am")
    assert server.left.wait(30) and len(server.raw) == 1


def test_an_adapter_is_not_worn_on_a_server(serve: Serve, connect: Connect) -> None:
    server = serve(says("Yes."))
    with pytest.raises(ModelError, match="cannot wear the adapter hers") as caught:
        list(connect(server).write(replace(request(), adapter="hers")))
    assert "model.adapter" in caught.value.hint and not server.raw


def test_a_turn_cancelled_before_it_began_asks_nobody(serve: Serve, connect: Connect) -> None:
    server = serve(says("Yes."))
    order = request()
    order.cancel.set()
    assert list(connect(server).write(order)) == [Written("stopped", 0, 0, 0, 0.0, 0.0)]
    assert not server.raw


def test_leaving_early_closes_the_connection(serve: Serve, connect: Connect) -> None:
    def answer(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin()
        handler.piece("I am ")
        handler.piece("well")
        handler.wait_for_leaving()

    server = serve(answer)
    pieces = connect(server).write(request())
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert server.left.wait(30)


def test_a_refused_key_says_so(serve: Serve, connect: Connect) -> None:
    server = serve(refuses(401, "Invalid token"))
    with pytest.raises(ModelError, match="refused the key: Invalid token") as caught:
        list(connect(server).write(request()))
    assert "COMPANION_REMOTE_KEY" in caught.value.hint and len(server.raw) == 1


def test_a_model_that_is_not_there_says_which_are(serve: Serve, connect: Connect) -> None:
    server = serve(refuses(404, "no such model"), models=[{"id": "ada"}, {"id": "grace"}])
    with pytest.raises(ModelError, match="no model tiny") as caught:
        list(connect(server).write(request()))
    assert "ada, grace" in caught.value.hint


def test_a_wrong_path_says_so(serve: Serve, connect: Connect) -> None:
    with pytest.raises(ModelError) as caught:
        list(connect(serve(refuses(404, "Not Found"))).write(request()))
    assert "/v1" in caught.value.hint


def test_a_server_that_fails_once_is_asked_again(serve: Serve, connect: Connect) -> None:
    server = serve(refuses(500, "oops"), refuses(429, "busy"), says("Yes."))
    assert written(connect(server).write(request()))[0] == "Yes."
    assert len({json.dumps(body) for body in server.bodies}) == 1 and len(server.raw) == 3


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_keeps_failing_says_so(serve: Serve, connect: Connect, status: int) -> None:
    server = serve(refuses(status, "too much to do"))
    with pytest.raises(ModelError, match="too much to do") as caught:
        list(connect(server, retries=1).write(request()))
    assert caught.value.retryable and len(server.raw) == 2


@pytest.mark.parametrize("broken", ["connection", "error", "json", "end"])
def test_a_failure_after_the_first_word_is_told_and_not_repeated(serve: Serve, connect: Connect, broken: str) -> None:
    def answer(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin()
        handler.piece("I am ")
        handler.piece("well")
        match broken:
            case "connection":
                handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                time.sleep(0)
                handler.connection.close()
            case "error":
                handler.event(error={"message": "out of memory"})
            case "json":
                handler.raw(b"data: {oops\n\n")

    server = serve(answer)
    pieces = connect(server).write(request())
    heard = ""
    with pytest.raises(ModelError) as caught:
        for piece in pieces:
            heard += piece.text if isinstance(piece, Piece) else "ended"
    assert caught.value.hint and caught.value.retryable
    assert broken == "connection" or heard == "I am well"
    assert len(server.raw) == 1


def test_a_page_instead_of_a_stream_says_so(serve: Serve, connect: Connect) -> None:
    def answer(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin()
        handler.raw(b"<html>Welcome</html>")

    with pytest.raises(ModelError, match="not a whole reply"):
        list(connect(serve(answer)).write(request()))


@pytest.mark.parametrize("event", ["5", "[]", '{"choices": 1}', '{"choices": ["x"]}', '{"choices": [{"delta": {"content": 5}}]}'])
def test_a_stream_of_something_else_says_so(serve: Serve, connect: Connect, event: str) -> None:
    def answer(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin()
        handler.raw(f"data: {event}\n\n".encode())

    with pytest.raises(ModelError, match="not a whole reply"):
        list(connect(serve(answer)).write(request()))


def test_a_context_that_is_too_short_says_so_at_once(serve: Serve, connect: Connect) -> None:
    server = serve(refuses(400, "This model's maximum context length is 64 tokens"))
    with pytest.raises(ModelError, match="longer than tiny can read") as caught:
        list(connect(server).write(request()))
    assert "COMPANION_CONTEXT_TOKENS" in caught.value.hint and len(server.raw) == 1


def test_an_endless_reply_is_cut(serve: Serve, connect: Connect) -> None:
    def answer(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin()
        while True:
            handler.piece("word " * 20)

    text, account = written(connect(serve(answer)).write(request(max_tokens=32)))
    assert account.reason == "length" and 0 < len(text) <= 32 * 8


def test_an_endless_silence_ends(serve: Serve, connect: Connect) -> None:
    def answer(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin()
        handler.wait_for_leaving()

    server = serve(answer)
    with pytest.raises(ModelError, match=r"said nothing for 0\.2 seconds") as caught:
        list(connect(server, timeout_s=0.2).write(request()))
    assert caught.value.retryable and server.left.wait(30)


def test_a_budget_that_is_spent_says_so(serve: Serve, connect: Connect) -> None:
    assert written(connect(serve(says("I am", finish="length"))).write(request()))[1].reason == "length"


def test_nobody_there_says_so(connect: Connect) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        engine = connect(url, retries=0)
        with pytest.raises(ModelError, match=f"connection to {url} failed") as caught:
            list(engine.write(request()))
        assert "running" in caught.value.hint and caught.value.retryable
        with pytest.raises(ModelError, match="failed"):
            engine.load()


@pytest.mark.parametrize("url", ["", "  ", "here", "ftp://example.org", "http://", "http://[", "http://x:99999", "http://exa mple/v1"])
def test_an_address_that_is_none_says_so(connect: Connect, url: str) -> None:
    with pytest.raises(ModelError, match="address") as caught:
        list(connect(url).write(request()))
    assert "http://" in caught.value.hint


def test_a_key_that_cannot_be_sent_says_so(connect: Connect) -> None:
    with pytest.raises(ModelError, match="key"):
        list(connect("http://127.0.0.1:1", api_key="schlüssel").write(request()))


@pytest.mark.parametrize("user", ["ada:secret", "ada:my@secret"])
def test_what_is_shown_holds_no_password(connect: Connect, user: str) -> None:
    engine = connect(f"http://{user}@127.0.0.1:1/v1", retries=0)
    with pytest.raises(ModelError) as caught:
        list(engine.write(request()))
    assert "secret" not in f"{caught.value} {engine.card()}"


def test_an_address_may_leave_out_the_version(serve: Serve, connect: Connect) -> None:
    server = serve(says("Yes."))
    assert written(connect(server.url.removesuffix("/v1")).write(request()))[0] == "Yes."


def test_a_server_s_shorter_context_is_kept_to(serve: Serve, connect: Connect) -> None:
    server = serve(says("Yes."), models=[{"id": "tiny", "max_model_len": 1024}])
    engine = connect(server, name="Tiny")
    engine.load()
    card = engine.card()
    assert (card.name, card.context_tokens, card.device) == ("Tiny", 1024, server.url)


def test_a_conversation_longer_than_the_context_says_so(connect: Connect) -> None:
    with pytest.raises(ModelError, match="longer than tiny can read"):
        list(connect("http://127.0.0.1:1", context_tokens=64).write(request()))


@given(st.text(), st.text())
def test_the_estimate_grows_with_the_text(one: str, other: str) -> None:
    engine = RemoteEngine("http://127.0.0.1:1", "tiny")
    assert engine.count_tokens(one + other) >= engine.count_tokens(one) - 1


def test_the_estimate_lies_above_what_tokenizers_count() -> None:
    engine = RemoteEngine("http://127.0.0.1:1", "tiny")
    assert engine.count_tokens("") == 0
    assert engine.count_tokens("Hello there, how are you today?") >= 8
    assert engine.count_tokens("20 November 2026, 12:30") >= 13  # many tokenizers give each digit a token
    assert engine.count_tokens("你好世界") >= 8


def test_importing_the_engine_does_not_import_the_library() -> None:
    code = "import sys, companion.think.remote; raise SystemExit('openai' in sys.modules or 'httpx2' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


@pytest.mark.skipif(not os.environ.get("COMPANION_TEST_SERVE"), reason="COMPANION_TEST_SERVE is not set")
def test_transformers_serve_is_a_server(tmp_path: Path, connect: Connect) -> None:
    folder = save_checkpoint(tmp_path / "tiny", starter_like())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["transformers", "serve", str(folder), "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([str(Path(sys.executable).with_name(command[0])), *command[1:]], env=environment)
    try:
        engine = connect(f"http://127.0.0.1:{port}", str(folder), context_tokens=2048)
        until = time.monotonic() + 200
        while time.monotonic() < until and process.poll() is None:
            try:
                engine.load()
                break
            except ModelError:
                time.sleep(0.5)
        text, account = written(engine.write(request(max_tokens=24, seed=1)))
        assert text and account.reply_tokens <= 24 and account.prompt_tokens > 0
        more, _ = written(engine.write(request(Prompt(TALK, prefix="I am well"), max_tokens=8)))
        assert more
        pieces = engine.write(order := request(max_tokens=1000))
        next(pieces)
        order.cancel.set()
        *_, last = pieces
        assert isinstance(last, Written) and last.reason == "stopped"
        with pytest.raises(ModelError):
            list(connect(f"http://127.0.0.1:{port}", "another").write(replace(request(), cancel=threading.Event())))
    finally:
        process.terminate()
        process.wait(30)
