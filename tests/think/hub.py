"""A small model hub on 127.0.0.1 that speaks as much of the hub's protocol as a download needs."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """Serves the files of one folder as `owner/tiny`.

    Attributes:
        asked: paths of the files that were fetched, with the first byte that was asked for.
        cut_at: breaks off a transfer of weights after so many bytes, once.
        damaged: sends other bytes than were promised.
        status: answers every request for the model with this error instead.
    """

    def __init__(self, folder: Path) -> None:
        self.files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        self.asked: list[tuple[str, int]] = []
        self.cut_at = 0
        self.damaged = False
        self.status: tuple[int, str] | None = None
        self.address = ""

    def described(self, name: str, key: str) -> dict[str, Any]:
        content = self.files[name]
        blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        described: dict[str, Any] = {key: name, "size": len(content), "blobId": blob, "oid": blob, "type": "file"}
        if name.endswith(".safetensors"):
            sha = hashlib.sha256(content).hexdigest()
            described["lfs"] = {"size": len(content), "sha256": sha, "oid": sha, "pointerSize": 134}
        return described


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            return

        def _send(self, status: int, body: bytes, headers: dict[str, str], *, shown: bytes | None = None) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body if shown is None else shown)

        def _answer(self) -> None:
            path = unquote(urlparse(self.path).path)
            if hub.status or not path.removeprefix("/api/models").startswith("/owner/tiny"):
                status, code = hub.status or (404, "RepoNotFound")
                self._send(status, b"{}", {"X-Error-Code": code})
            elif path.startswith("/api/") and "/tree/" in path:
                body = json.dumps([hub.described(name, "path") for name in hub.files]).encode()
                self._send(200, body, {"Content-Type": "application/json"})
            elif path.startswith("/api/"):
                siblings = [hub.described(name, "rfilename") for name in hub.files]
                body = json.dumps({"id": "owner/tiny", "sha": COMMIT, "siblings": siblings}).encode()
                self._send(200, body, {"Content-Type": "application/json"})
            else:
                self._file(path.split(f"/resolve/{COMMIT}/")[1])

        def _file(self, name: str) -> None:
            content, described = hub.files[name], hub.described(name, "path")
            etag = described.get("lfs", {}).get("oid", described["oid"])
            first = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0])
            headers = {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
            if first:
                headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
            body = content[first:]
            if self.command == "GET":
                hub.asked.append((name, first))
            shown = bytes(len(body)) if hub.damaged and name.endswith(".safetensors") else None
            if self.command == "GET" and hub.cut_at and name.endswith(".safetensors"):
                shown, hub.cut_at = body[: hub.cut_at], 0
                hub.status = (503, "")
                self.close_connection = True
            self._send(206 if first else 200, body, headers, shown=shown)

        do_GET = do_HEAD = _answer

    return Handler


@contextmanager
def serving(folder: Path) -> Iterator[Hub]:
    hub = Hub(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
