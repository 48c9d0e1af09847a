"""Does the page answer as a browser finds it: its log-in comes, plain or encrypted. What is on it is not judged."""

from __future__ import annotations

import http.client
import ssl
from urllib.parse import urlsplit

PLACE = "/login"  # an unclaimed box leads on from here, one that is served encrypted only to its other scheme
SECONDS = 5.0
MOST_BYTES = 200_000
MOST_STEPS = 4
FORM = b"<form"
REDIRECTS = (301, 302, 303, 307, 308)
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # bound to all addresses: it is found on the machine's own


def answers(address: tuple[str, int]) -> bool:
    """Whether a form to log in, or to claim the box, is there. Waits for seconds: not within an event loop."""
    host, port = ANYWHERE.get(address[0], address[0]), address[1]
    place, encrypted = PLACE, False
    try:
        for _ in range(MOST_STEPS):
            status, body, on = _asked(host, port, place, encrypted=encrypted)
            if status not in REDIRECTS:
                return status == http.client.OK and FORM in body
            leads_to = urlsplit(on)
            place, encrypted = leads_to.path or "/", encrypted or leads_to.scheme == "https"
    except (OSError, http.client.HTTPException, ValueError):
        pass
    return False


def _asked(host: str, port: int, place: str, *, encrypted: bool) -> tuple[int, bytes, str]:
    """Status, body, and where a redirect leads."""
    if encrypted:  # the certificate is the box's own, made for its names
        unverified = ssl._create_unverified_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, port, timeout=SECONDS, context=unverified
        )
    else:
        connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
    try:
        connection.request("GET", place)
        answer = connection.getresponse()
        return answer.status, answer.read(MOST_BYTES), answer.getheader("Location", "") or ""
    finally:
        connection.close()
