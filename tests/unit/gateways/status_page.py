"""A gateway's status page for tests: a small HTTP server on loopback, and an SPA3102's page with any voltage."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOST = "127.0.0.1"


def spa3102(volts: str) -> str:
    """The part of its page that tells of the copper, with the tags as the maker writes them."""
    return (
        "<html><table><tr><td>PSTN Line Status</td></tr>"
        '<tr bgcolor="#f8f8f8"><td>Hook State:<td><font color="darkblue">On</font>'
        f'<td>Line Voltage:<td><font color="darkblue">{volts} (V)</font>'
        '<tr><td>Loop Current:<td><font color="darkblue">0.0 (mA)</font></table></html>'
    )


class StatusPage:
    """What the gateway answers now. `status` other than 200 comes with `headers`; `asked` holds what was asked for."""

    def __init__(self, port: int) -> None:
        self.url = f"http://{HOST}:{port}/"
        self.body: str | bytes = spa3102("-48")
        self.status = 200
        self.headers: dict[str, str] = {}
        self.asked: list[str] = []


@contextmanager
def served() -> Iterator[StatusPage]:
    """A page on a port of its own, for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page.asked.append(self.path)
            self.send_response(page.status)
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(ConnectionError):  # too large, and hung up on
                self.wfile.write(page.body if isinstance(page.body, bytes) else page.body.encode("latin-1"))

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        page = StatusPage(server.server_address[1])
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield page
        finally:
            server.shutdown()
            serving.join()
