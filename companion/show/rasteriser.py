"""Turns SVG into PNG in a process of its own: resvg keeps Python's lock for as long as it draws.

In this process half a second of a large picture would be half a second in which no page is served and no word is written. The other
process draws one picture at a time, begins at the first, and ends with this one, however that ends: its input is closed then.
Between the two go a length (4 bytes, most significant first) and as many bytes: SVG one way, PNG or nothing the other.
"""

import os
import signal
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

from companion.errors import InputError, ModelError

ROOT = Path(__file__).parents[2]
END_S = 5
_LENGTH = struct.Struct(">I")


class Rasteriser:
    """Draws. Every method may be called from any thread; one picture is drawn at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the next one
        self._process: subprocess.Popen[bytes] | None = None

    def png(self, svg: str) -> bytes:
        """The picture, at the SVG's natural size.

        Raises:
            InputError: it is no SVG that can be drawn.
            ModelError: the drawing process ended in the middle; the next call starts another.
        """
        with self._lock:
            try:
                process = self._running()
                assert process.stdin and process.stdout
                _send(process.stdin, svg.encode())
                found = _receive(process.stdout)
            except OSError as error:
                self._end()
                raise _interrupted() from error
            if found is None:
                self._end()
                raise _interrupted()
        if not found:
            raise InputError("This drawing cannot be turned into a picture.", hint="Undo the last change of her look, and try again.")
        return found

    def close(self) -> None:
        """Ends the process, after the picture at hand; another picture starts it again."""
        with self._lock:
            self._end()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self._end()
            paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": paths}
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin and process.stdout
        with suppress(OSError):  # it has ended already, and what was still to be sent to it is of no use
            process.stdin.close()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _interrupted() -> ModelError:
    return ModelError("The drawing was broken off before it was done.", hint="Try again; if it happens each time, free some memory.")


def _send(stream: IO[bytes], data: bytes) -> None:
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes | None:
    """What came; None where the other side has ended."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    return data if len(data) == length else None


def serve(source: IO[bytes], target: IO[bytes]) -> None:
    """Draws what comes until nothing more does."""
    import resvg_py

    while (svg := _receive(source)) is not None:
        try:
            drawn = bytes(resvg_py.svg_to_bytes(svg_string=svg.decode(), skip_system_fonts=True))
        except (ValueError, RuntimeError):  # what resvg raises of an SVG that is none
            drawn = b""
        _send(target, drawn)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is meant for the program that asked; its end is the end of this one
    serve(sys.stdin.buffer, sys.stdout.buffer)
