"""HTTPS on the page's one port: a connection that begins with a TLS handshake is encrypted, any other is plain HTTP.

The certificate is the exchange's (`appliance/certificates.py`, DATA/tls); it is read again when it was renewed. Where
only HTTPS is wanted, plain HTTP leads to it, but for the authority's certificate, which a device needs first.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, current_app, redirect, request, send_file
from waitress.channel import HTTPChannel  # type: ignore[import-untyped]
from werkzeug.wrappers import Response as AnyResponse

from appliance.certificates import AUTHORITY, CERTIFICATE, CERTIFICATE_KEY, FOLDER, OFF, ONLY, STATE
from webui.session import open_to_all

HANDSHAKE = b"\x16"  # a TLS record that holds a handshake, RFC 8446 §5.1
RECORD_BYTES = 1 << 16  # read at once: never less than a record, so that nothing waits where poll cannot see it
AUTHORITY_PLACE = "/ca.crt"


class Tls:
    """What lies in DATA/tls now. Belongs to the server's thread, but for `mode`."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER
        self._state: tuple[object, str] = (None, OFF)
        self._context: tuple[object, ssl.SSLContext | None] = (None, None)

    @property
    def authority(self) -> Path:
        """The certificate that devices are to trust."""
        return self._folder / AUTHORITY

    def mode(self) -> str:
        """ "off", "offered" or "only"."""
        state = _stamp(self._folder / STATE)
        if state != self._state[0]:
            try:
                self._state = (state, str(json.loads((self._folder / STATE).read_bytes()).get("mode", OFF)))
            except (OSError, ValueError, AttributeError):
                self._state = (state, OFF)
        return self._state[1] if (self._folder / CERTIFICATE).exists() else OFF

    def context(self) -> ssl.SSLContext | None:
        """What connections are encrypted with; None while HTTPS is off or its files are no good."""
        path = self._folder / CERTIFICATE
        stamp = _stamp(path)
        if stamp != self._context[0]:
            context: ssl.SSLContext | None = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            assert context is not None
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            try:
                context.load_cert_chain(path, self._folder / CERTIFICATE_KEY)
            except (OSError, ssl.SSLError):
                context = None
            self._context = (stamp, context)
        return self._context[1]


def https_into(app: Flask) -> None:
    """Lead plain HTTP to HTTPS where only that is wanted, and hand out the authority's certificate."""
    app.config["TLS"] = Tls(app.config["DATA_DIR"])
    app.before_request(_lead_to_https)
    app.add_url_rule(AUTHORITY_PLACE, "authority", open_to_all(_authority))


def tls() -> Tls:
    """That of this application."""
    found: Tls = current_app.config["TLS"]
    return found


def _lead_to_https() -> AnyResponse | None:
    if request.is_secure or request.path == AUTHORITY_PLACE or tls().mode() != ONLY:
        return None
    place = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else request.path
    return redirect(f"https://{request.host}{place}", 303)


def _authority() -> Response:
    """The authority's certificate, as browsers and telephones take it."""
    if not tls().authority.exists():
        abort(404)
    return send_file(
        tls().authority.resolve(),
        mimetype="application/x-x509-ca-cert",
        as_attachment=True,
        download_name="dyzurka-ca.crt",
    )


class Encrypting(HTTPChannel):  # type: ignore[misc]
    """Waitress's connection, that looks at its first byte and is TLS where that is a handshake's."""

    held: Tls
    socket: Any
    adj: Any

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.turn = threading.Lock()  # OpenSSL wants reading and writing one after the other
        self.known = self.encrypted = self.shaken = self.wants_to_write = False
        super().__init__(*arguments, **named)

    def writable(self) -> bool:
        """Whether it waits for room to write."""
        return self.wants_to_write or bool(super().writable())

    def handle_write(self) -> None:
        """There is room to write."""
        if self.encrypted and not self.shaken and not self.will_close:
            self.shake_hands()
        else:
            super().handle_write()

    def handle_read(self) -> None:
        """Something has come."""
        try:
            if not self.known:
                self.look()
            if self.encrypted and not self.shaken:
                self.shake_hands()
            if self.connected and (self.shaken or not self.encrypted):
                super().handle_read()
        except _LaterError:
            return
        except OSError:
            self.handle_close()

    def look(self) -> None:
        """Which kind it is."""
        first = self.socket.recv(1, socket.MSG_PEEK)
        self.known = True
        if first != HANDSHAKE:
            return
        context = self.held.context()
        if context is None:
            self.handle_close()
            return
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.adj = _Encrypted(self.adj)
        self.encrypted = True

    def shake_hands(self) -> None:
        """As far as it goes now."""
        self.wants_to_write = False
        try:
            self.socket.do_handshake()
            self.shaken = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLWantWriteError:
            self.wants_to_write = True
        except OSError:  # plain nonsense, or a browser that does not trust us
            self.handle_close()

    def recv(self, size: int) -> bytes:
        """What has come, decrypted. Raises _LaterError."""
        if not self.encrypted:
            return bytes(super().recv(size))
        with self.turn:
            try:
                return bytes(super().recv(RECORD_BYTES))
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise _LaterError from None

    def send(self, data: bytes, do_close: bool = True) -> int:
        """How much of it went."""
        with self.turn:
            try:
                return int(super().send(data, do_close=do_close))
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return 0


def encrypting(channel: type[HTTPChannel], held: Tls) -> type[HTTPChannel]:
    """The same kind of connection, but TLS for those who want it."""
    return type("Channel", (Encrypting, channel), {"held": held})


class _LaterError(Exception):
    """Nothing whole has arrived yet."""


class _Encrypted:
    """The adjustments of the server, but for the scheme that the application is told."""

    url_scheme = "https"

    def __init__(self, adjustments: object) -> None:
        self._adjustments = adjustments

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever waitress asks for
        return getattr(self._adjustments, name)


def _stamp(path: Path) -> object:
    try:
        known = path.stat()
    except OSError:
        return None
    return (known.st_mtime_ns, known.st_ino, known.st_size)
