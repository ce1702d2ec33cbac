"""Painters over HTTP, against a server in this process: what they ask, what they make of an answer, and how they fail."""

import base64
import io
import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from PIL import Image

from companion.errors import Cancelled, ModelError
from companion.persona.blueprint import Appearance
from companion.shot import Knobs, Shot
from companion.show import remote_http
from companion.show.protocol import Commission, Painted, Painter, Progress, Sitter
from companion.show.remote import HubPainter, OpenAIPainter

PROMPT = "a lighthouse keeper laughing in the garden"
Answer = Callable[["Handler"], None]


def picture(width: int = 200, height: int = 300, format: str = "PNG") -> bytes:
    """A yellow head near the top, blue below."""
    image = Image.new("RGB", (width, height), "blue")
    image.paste("yellow", (0, height // 5, width, height // 2))
    file = io.BytesIO()
    image.save(file, format)
    return file.getvalue()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_POST(self) -> None:
        self.server.asked.append((self.path, self.heard(), self.rfile.read(int(self.headers["Content-Length"]))))
        self.server.answers[min(len(self.server.asked), len(self.server.answers)) - 1](self)

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.heard(), b""))
        self.server.answers[-1](self)

    def heard(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def send(self, content: bytes, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content_Type": kind, "Content_Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *answers: Answer) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = answers
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.left = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(raw) for _, _, raw in self.asked]

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that has left


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub's client refuses even this machine while it is told to stay offline, which other tests have it do."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def serve(*answers: Answer) -> Server:
        server = Server(*answers)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return server

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def gives(content: bytes | None = None, **fields: Any) -> Answer:
    one = fields or {"b64_json": base64.b64encode(picture() if content is None else content).decode()}
    return lambda handler: handler.send(json.dumps({"created": 1, "data": [one]}).encode())


def refuses(status: int, message: str) -> Answer:
    return lambda handler: handler.send(json.dumps({"error": {"message": message}}).encode(), status)


def says(content: bytes, status: int = 200, kind: str = "application/json", **headers: str) -> Answer:
    return lambda handler: handler.send(content, status, kind, **headers)


SITTER = Sitter("ada", Appearance())
ORDER = Commission(SITTER, Shot(), Knobs(prompt=PROMPT, negative_prompt="hats", seed=7), long_side_px=500)


def paint(painter: Painter, order: Commission = ORDER, cancel: threading.Event | None = None) -> Painted:
    return painter.paint(order, lambda progress: None, cancel or threading.Event())


def opened(painted: Painted) -> Image.Image:
    image = Image.open(io.BytesIO(painted.image))
    image.load()
    return image


def test_a_picture_comes_as_it_was_commissioned(serve: Callable[..., Server]) -> None:
    server, heard = serve(gives()), list[Progress]()
    painted = OpenAIPainter(server.url, "tiny", api_key="key").paint(ORDER, heard.append, threading.Event())
    image = opened(painted)
    assert (painted.media_type, image.format, image.size) == ("image/webp", "WEBP", (400, 500))
    assert (painted.width_px, painted.height_px) == (400, 500)
    assert [one.share for one in heard] == [0.0, 0.9]
    ((path, headers, _),) = server.asked
    assert path == "/v1/images/generations" and headers["authorization"] == "Bearer key"
    (body,) = server.bodies
    asked = {
        "model": "tiny",
        "prompt": PROMPT,
        "size": "1024x1536",
        "n": 1,
        "response_format": "b64_json",
        "seed": 7,
        "negative_prompt": "hats",
    }
    assert body == asked
    assert painted.record["came_px"] == [200, 300] and painted.record["seed"] == 7 and painted.record["model"] == "tiny"


@pytest.mark.parametrize("size", [(200, 300), (300, 200), (400, 500)])
def test_it_is_cut_to_four_by_five_and_the_head_stays(serve: Callable[..., Server], size: tuple[int, int]) -> None:
    image = opened(paint(OpenAIPainter(serve(gives(picture(*size))).url, "tiny")))
    assert image.size == (400, 500)
    column = [image.getpixel((200, y)) for y in range(image.height)]
    yellow = sum(1 for one in column if isinstance(one, tuple) and one[0] > 200 > one[2] + 100)
    assert yellow >= 0.28 * 500


def test_her_references_go_where_the_server_takes_them(serve: Callable[..., Server]) -> None:
    reference = picture(64, 64)
    order = replace(ORDER, sitter=replace(SITTER, references=(reference, reference)))
    server = serve(gives())
    painted = paint(OpenAIPainter(server.url, "tiny"), order)
    ((path, _, raw),) = server.asked
    assert path == "/v1/images/edits" and raw.count(reference) == 2 and PROMPT.encode() in raw
    assert painted.record["references"] == 2
    server = serve(gives())
    painted = paint(OpenAIPainter(server.url, "tiny", references=False), order)
    assert server.asked[0][0] == "/v1/images/generations" and painted.record["references"] == 0


def test_a_server_that_takes_no_references_is_asked_with_words(serve: Callable[..., Server]) -> None:
    order = replace(ORDER, sitter=replace(SITTER, references=(picture(64, 64),)))
    server = serve(refuses(404, "no such path"), gives())
    painter = OpenAIPainter(server.url, "tiny")
    assert paint(painter, order).record["references"] == 0
    paint(painter, order)
    assert [path for path, _, _ in server.asked] == ["/v1/images/edits", *["/v1/images/generations"] * 2], "it is remembered"


def test_fields_that_a_server_refuses_are_left_out(serve: Callable[..., Server]) -> None:
    server = serve(refuses(400, "Unknown parameter: 'seed'"), refuses(400, "Unknown parameter: 'response_format'"), gives())
    painter = OpenAIPainter(server.url, "tiny")
    painted = paint(painter)
    assert [("seed" in body, "response_format" in body) for body in server.bodies] == [(True, True), (False, True), (False, False)]
    assert "hats" in server.bodies[-1]["prompt"] and painted.record["seed"] is None
    paint(painter)
    assert len(server.asked) == 4


def test_a_picture_may_lie_at_the_same_host(serve: Callable[..., Server]) -> None:
    for url in ("/files/1.png", "{base}/files/1.png"):
        server = serve(lambda handler: None, says(picture(), kind="image/png"))
        server.answers = (gives(url=url.format(base=server.url)), server.answers[1])
        assert opened(paint(OpenAIPainter(server.url, "tiny", api_key="secret"))).size == (400, 500)
        assert "authorization" not in server.asked[1][1]
    data = "data:image/png;base64," + base64.b64encode(picture()).decode()
    assert opened(paint(OpenAIPainter(serve(gives(url=data)).url, "tiny"))).size == (400, 500)


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest/meta-data", "http://localhost:1/1.png", "file:///etc/passwd", "ftp://a/b", "//x.y/z"]
)
def test_a_picture_elsewhere_is_not_fetched(serve: Callable[..., Server], url: str) -> None:
    with pytest.raises(ModelError, match="another server"):
        paint(OpenAIPainter(serve(gives(url=url)).url, "tiny"))


def test_a_named_host_may_keep_it(serve: Callable[..., Server]) -> None:
    store = serve(says(picture(), kind="image/png"))
    url = f"http://localhost:{store.server_port}/1.png"
    assert opened(paint(OpenAIPainter(serve(gives(url=url)).url, "tiny", hosts=["localhost"]))).size == (400, 500)


def test_a_redirect_is_not_followed(serve: Callable[..., Server]) -> None:
    elsewhere = serve(says(picture(), kind="image/png"))
    server = serve(gives(url="/1.png"), says(b"", 302, Location=f"http://localhost:{elsewhere.server_port}/1.png"))
    with pytest.raises(ModelError, match="could not be fetched"):
        paint(OpenAIPainter(server.url, "tiny"))
    assert not elsewhere.asked


@pytest.mark.parametrize(
    ("answer", "says_", "retryable"),
    [
        (refuses(401, "wrong key"), "refused the key: wrong key", False),
        (refuses(404, "no such model"), "knows nothing of remote tiny", False),
        (refuses(402, "no credit"), "wants to be paid", False),
        (refuses(429, "slow down"), "is busy", True),
        (refuses(500, "no memory"), "failed: no memory", True),
        (refuses(400, "Your request was rejected by the safety system"), "does not want to paint this", False),
        (says(b"<html>hello</html>", kind="text/html"), "not a picture", True),
        (says(b'{"data": []}'), "not a picture", True),
        (says(b"[1]"), "not a picture", True),
        (gives(b64_json="!"), "not a picture", True),
        (gives(b64_json=None, url=None), "not a picture", True),
        (gives(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"), "not a picture", True),
        (gives(picture()[:300]), "not a picture", True),
        (says(b"\x1f\x8b" + bytes(50), Content_Encoding="gzip"), "larger than a picture", False),
        (says(b"", Content_Length=str(2**40)), "larger than a picture", False),
    ],
)
def test_how_it_fails(serve: Callable[..., Server], answer: Answer, says_: str, retryable: bool) -> None:
    server = serve(answer)
    with pytest.raises(ModelError, match=says_) as told:
        paint(OpenAIPainter(server.url, "tiny", api_key="secret-key"))
    assert told.value.retryable is retryable and told.value.hint.rstrip(")").endswith((".", "?", "again"))
    assert "secret-key" not in str(told.value) and PROMPT not in str(told.value)


def test_what_is_refused_for_what_it_shows_is_asked_once(serve: Callable[..., Server]) -> None:
    server = serve(refuses(400, "content_policy_violation"))
    with pytest.raises(ModelError):
        paint(OpenAIPainter(server.url, "tiny"))
    assert len(server.asked) == 1


def test_an_answer_without_end_is_cut_off(serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_http, "MOST_BYTES", 100_000)
    sent = 0

    def endless(handler: Handler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True
        with suppress(OSError):
            while sent < 200_000_000:
                handler.wfile.write(b" " * 50_000)
                sent += 50_000

    with pytest.raises(ModelError, match="larger than a picture"):
        paint(OpenAIPainter(serve(endless).url, "tiny"))
    assert sent < 100_000_000


def waits(reached: threading.Event, server_left: threading.Event) -> Answer:
    def answer(handler: Handler) -> None:
        reached.set()
        handler.connection.settimeout(30)
        with suppress(OSError):
            handler.connection.recv(1)
        server_left.set()
        handler.close_connection = True

    return answer


def test_a_cancel_ends_it_and_tells_the_server(serve: Callable[..., Server]) -> None:
    reached, left, cancel = threading.Event(), threading.Event(), threading.Event()
    server = serve(waits(reached, left))
    threading.Thread(target=lambda: (reached.wait(30), cancel.set()), daemon=True).start()
    with pytest.raises(Cancelled):
        paint(OpenAIPainter(server.url, "tiny"), cancel=cancel)
    assert left.wait(30)
    with pytest.raises(Cancelled):
        paint(OpenAIPainter(server.url, "tiny"), cancel=cancel)
    assert len(server.asked) == 1, "what is no longer wanted is not asked for"


def test_a_server_that_stays_silent_is_left(serve: Callable[..., Server]) -> None:
    with pytest.raises(ModelError, match="no picture in time") as told:
        paint(OpenAIPainter(serve(waits(threading.Event(), threading.Event())).url, "tiny", timeout_s=0.2))
    assert told.value.retryable


@pytest.mark.parametrize("url", ["", "tiny", "file:///etc", "http://", "http://a b/v1"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(ModelError, match="address"):
        paint(OpenAIPainter(url, "tiny"))


def test_nobody_there_and_no_model_are_told() -> None:
    with pytest.raises(ModelError, match="connection") as told:
        paint(OpenAIPainter("http://user:pass@127.0.0.1:9/v1", "tiny"))
    assert told.value.retryable and "pass" not in str(told.value)
    with pytest.raises(ModelError, match="None of the models"):
        paint(OpenAIPainter("http://127.0.0.1:9/v1", " "))
    with pytest.raises(ModelError, match="key"):
        paint(OpenAIPainter("http://127.0.0.1:9/v1", "tiny", api_key="k\ney"))


def test_a_key_in_the_environment_goes_nowhere(serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("HF_TOKEN", "secret")
    server = serve(gives())
    paint(OpenAIPainter(server.url, "tiny"))
    endpoint = serve(says(picture(), kind="image/png"))
    paint(HubPainter(endpoint.url))
    assert not any("secret" in value for _, headers, _ in server.asked + endpoint.asked for value in headers.values())


def test_no_prompt_is_logged(serve: Callable[..., Server], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    paint(OpenAIPainter(serve(gives()).url, "tiny"))
    paint(HubPainter(serve(says(picture(), kind="image/png")).url))
    with pytest.raises(ModelError):
        paint(OpenAIPainter(serve(refuses(500, "no")).url, "tiny"))
    assert PROMPT not in caplog.text


# the hub ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_an_endpoint_of_the_hub_paints(serve: Callable[..., Server], format: str) -> None:
    server = serve(says(picture(format=format), kind="image/png"))
    painted = paint(HubPainter(server.url, token="hf_key"))
    assert opened(painted).size == (400, 500) and painted.record["seed"] == 7
    ((_, headers, raw),) = server.asked
    assert headers["authorization"] == "Bearer hf_key"
    assert json.loads(raw) == {"inputs": PROMPT, "parameters": {"negative_prompt": "hats", "width": 1024, "height": 1280, "seed": 7}}


@pytest.mark.parametrize(
    ("answer", "says_"),
    [
        (refuses(401, "wrong"), "refused the key"),
        (refuses(503, "loading"), "is busy"),
        (refuses(400, "bad size"), "refused the request"),
        (says(b"hello", kind="text/plain"), "not a picture"),
        (says(picture(format="GIF"), kind="image/gif"), "not a picture"),
        (says(picture()[:200], kind="image/png"), "not a picture"),
    ],
)
def test_how_the_hub_fails(serve: Callable[..., Server], answer: Answer, says_: str) -> None:
    with pytest.raises(ModelError, match=says_) as told:
        paint(HubPainter(serve(answer).url, token="hf_key"))
    assert "hf_key" not in str(told.value)


def test_the_hub_can_be_cancelled_and_left(serve: Callable[..., Server]) -> None:
    reached, left, cancel = threading.Event(), threading.Event(), threading.Event()
    threading.Thread(target=lambda: (reached.wait(30), cancel.set()), daemon=True).start()
    with pytest.raises(Cancelled):
        paint(HubPainter(serve(waits(reached, left)).url, timeout_s=5), cancel=cancel)
    with pytest.raises(ModelError, match="no picture in time"):
        paint(HubPainter(serve(waits(threading.Event(), left)).url, timeout_s=0.2))
    with pytest.raises(ModelError, match="No model"):
        paint(HubPainter(""))
