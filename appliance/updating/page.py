"""Does the page answer as a browser finds it: its log-in comes, plain or encrypted. What is on it is not judged."""

from __future__ import annotations

import http.client
import ssl

PLACE = "/login"
SECONDS = 5.0
MOST_BYTES = 200_000
FORM = b"<form"
REDIRECTS = (301, 302, 303, 307, 308)
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # bound to all addresses: it is found on the machine's own


def answers(address: tuple[str, int]) -> bool:
    """Whether the log-in is there. Waits for at most some seconds: not within an event loop."""
    host, port = ANYWHERE.get(address[0], address[0]), address[1]
    try:
        status, body = _asked(http.client.HTTPConnection(host, port, timeout=SECONDS))
        if status in REDIRECTS:  # the page is served encrypted only; the certificate is the box's own, made for names
            unverified = ssl._create_unverified_context()
            status, body = _asked(http.client.HTTPSConnection(host, port, timeout=SECONDS, context=unverified))
    except (OSError, http.client.HTTPException):
        return False
    return status == http.client.OK and FORM in body


def _asked(connection: http.client.HTTPConnection) -> tuple[int, bytes]:
    try:
        connection.request("GET", PLACE)
        answer = connection.getresponse()
        return answer.status, answer.read(MOST_BYTES)
    finally:
        connection.close()
