"""Reads a gateway's status page over HTTP, with a bound on time and size. Follows no redirection, knows no password."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlsplit

READ_SECONDS = 10.0  # for all of it: these are slow little machines
MOST_BYTES = 512 * 1024  # an SPA's page with all its tabs has some 200 KiB
_LONGEST_LINE = 8 * 1024
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")


class UnreadableError(Exception):
    """Nothing was read; `why` is one of the keys of `copper.UNREADABLE`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


async def read(url: str) -> str:
    """The page behind an http:// address as Latin-1 text. Raises UnreadableError, nothing else.

    The question is of HTTP/1.0 (RFC 1945): the answer ends with the connection, and is not chunked.
    """
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await _read(url)
    except UnreadableError:
        raise
    except (OSError, EOFError, ValueError) as error:  # TimeoutError is an OSError
        raise UnreadableError("no answer") from error


async def _read(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    reader, writer = await asyncio.open_connection(host, parts.port or 80, limit=_LONGEST_LINE)
    try:
        place = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        writer.write(f"GET {place} HTTP/1.0\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode("ascii"))
        await writer.drain()
        _judge((await reader.readline()).split())
        read = bytearray()
        while piece := await reader.read(_LONGEST_LINE):
            read += piece
            if len(read) > MOST_BYTES:
                raise UnreadableError("too large")
        head, *body = _END_OF_HEAD.split(bytes(read), maxsplit=1)
        if not body or b"chunked" in head.lower():
            raise UnreadableError("no page")
        return body[0].decode("latin-1")
    finally:
        writer.close()


def _judge(status: list[bytes]) -> None:
    """Raises UnreadableError unless the status line says that the page follows."""
    if len(status) < 2 or not status[0].startswith(b"HTTP/1.") or not status[1].isdigit():
        raise UnreadableError("no answer")
    code = int(status[1])
    if code in (401, 403):
        raise UnreadableError("password")
    if 300 <= code < 400:
        raise UnreadableError("elsewhere")
    if code != 200:
        raise UnreadableError("no page")
