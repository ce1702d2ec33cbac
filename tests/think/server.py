"""An OpenAI-compatible server in this process, and what tests ask of it and of an engine."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from companion.think.protocol import Constraints, GenerationRequest, Piece, Prompt, PromptMessage, Written
from companion.think.remote import RemoteEngine

TALK = (PromptMessage("system", "You are Ada."), PromptMessage("user", "Hello there, how are you today?"))
Answer = Callable[["Handler", dict[str, Any]], None]
Serve = Callable[..., "Server"]
Connect = Callable[..., RemoteEngine]


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1 for a `Server`, which says what to answer."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_GET(self) -> None:
        if self.server.models is None:
            self.refuse(404, "Not Found")
        else:
            self.send(200, {"object": "list", "data": [{"object": "model", **model} for model in self.server.models]})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.raw.append(raw)
            self.server.keys.append(self.headers.get("Authorization", ""))
            answer = self.server.answers[min(len(self.server.raw), len(self.server.answers)) - 1]
        answer(self, json.loads(raw))

    def send(self, status: int, body: dict[str, Any], **headers: str) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def refuse(self, status: int, message: str) -> None:
        self.send(status, {"error": {"message": message, "code": status}}, retry_after_ms="5")

    def begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def raw(self, content: bytes) -> None:
        self.wfile.write(content)
        self.wfile.flush()

    def event(self, **fields: object) -> None:
        self.raw(f"data: {json.dumps(fields, ensure_ascii=False)}\n\n".encode())

    def piece(self, text: str | None = None, finish: str | None = None, **delta: object) -> None:
        said = {**delta, **({} if text is None else {"content": text})}
        self.event(object="chat.completion.chunk", choices=[{"index": 0, "delta": said, "finish_reason": finish}])

    def wait_for_leaving(self) -> None:
        """Returns when the client has closed the connection."""
        self.connection.settimeout(30)
        with suppress(ConnectionResetError):  # how it ends if the client had not read everything
            assert self.connection.recv(1) == b""
        self.server.left.set()

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """An OpenAI-compatible server on this machine.

    Attributes:
        answers: one a request, the last one again when they run out.
        raw: bodies of the requests.
        left: set when a client has closed its connection.
    """

    daemon_threads = True

    def __init__(self, *answers: Answer, models: list[dict[str, Any]] | None = None, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.answers, self.models = answers, models
        self.lock, self.left = threading.Lock(), threading.Event()
        self.raw: list[bytes] = []
        self.keys: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(raw) for raw in self.raw]

    def handle_error(self, request: object, client_address: object) -> None:
        assert isinstance(sys.exception(), ConnectionError)


@contextmanager
def serving(*answers: Answer, models: list[dict[str, Any]] | None = None, port: int = 0) -> Iterator[Server]:
    """A server that runs for the length of the block, on a port of its own or on a given one."""
    server = Server(*answers, models=models, port=port)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def says(*texts: str, finish: str = "stop", usage: dict[str, Any] | None = None) -> Answer:
    def answer(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin()
        handler.piece(role="assistant")
        for text in texts:
            handler.piece(text)
        handler.piece(finish=finish)
        if usage:
            handler.event(object="chat.completion.chunk", choices=[], usage=usage)
        handler.raw(b"data: [DONE]\n\n")

    return answer


def refuses(status: int, message: str) -> Answer:
    return lambda handler, body: handler.refuse(status, message)


def request(prompt: Prompt | None = None, **constraints: Any) -> GenerationRequest:
    return GenerationRequest(prompt or Prompt(TALK), Constraints(**{"max_tokens": 64, **constraints}))


def written(events: Iterator[Piece | Written]) -> tuple[str, Written]:
    *pieces, last = events
    assert isinstance(last, Written)
    assert all(isinstance(piece, Piece) and piece.text for piece in pieces)
    return "".join(piece.text for piece in pieces if isinstance(piece, Piece)), last
