"""baresip as a telephone: says a tone from a WAV file, keeps what it hears in another, is told what to do over TCP."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

from tests.peers import sound
from tests.peers.ports import HOST, free_range
from tests.peers.program import Deadline, Program, installed

START_SECONDS = 10.0
COMMAND_SECONDS = 5.0
POLITE_SECONDS = 0.5
TALK_SECONDS = 120.0  # of tone it has to say

CONFIG = """\
poll_method epoll
sip_listen {host}:{sip}
call_local_timeout 120
call_max_calls 4
audio_source aufile,{folder}/says.wav
ausrc_srate 8000
auplay_srate 8000
rtp_ports {rtp}-{rtp_end}
statmode_default off
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {host}:{control}
snd_path {folder}
"""

# SIP takes the port after its own too (TLS); 2 go to SIP, 1 to control, the rest to RTP and RTCP.
PORTS = 20


class Baresip:
    """One telephone of `user`, which answers by itself and says `frequency` Hz once a call is up.

    With a `certificate` (a file with key and certificate) it takes TLS at `tls_port`. With a `registrar`
    (HOST:PORT) it registers there with `password`.
    """

    def __init__(
        self,
        folder: Path,
        user: str,
        frequency: float,
        certificate: Path | None = None,
        *,
        registrar: str = "",
        password: str = "",
    ) -> None:
        folder.mkdir()
        self.folder = folder
        port = free_range(PORTS)
        self.address = f"{HOST}:{port}"
        self.tls_port = port + 1
        control = port + 2
        config = CONFIG.format(
            host=HOST, sip=port, control=control, rtp=port + 4, rtp_end=port + PORTS - 1, folder=folder
        )
        config += f"sip_certificate {certificate}\n" if certificate else ""
        (folder / "config").write_text(config)
        account = f"<sip:{user}@{registrar or HOST}>;answermode=auto;audio_codecs=PCMA"
        account += f";auth_user={user};auth_pass={password};regint=600\n" if registrar else ";regint=0\n"
        (folder / "accounts").write_text(account)
        (folder / "contacts").write_text("")
        sound.write_wav(folder / "says.wav", sound.tone(frequency, TALK_SECONDS))
        self.program = Program([installed("baresip"), "-f", str(folder)], folder)
        try:
            self.program.wait_for("baresip is ready", START_SECONDS)
            self._control = socket.create_connection((HOST, control), timeout=COMMAND_SECONDS)
        except BaseException:
            self.program.stop()
            raise
        self._received = b""
        self._events: list[dict[str, Any]] = []

    def dial(self, uri: str) -> None:
        """Call somebody."""
        self._command("dial", uri)

    def press(self, key: str) -> None:
        """Press a key during a call (RFC 4733)."""
        self._command("sndcode", key)

    def hang_up(self) -> None:
        """End the call."""
        self._command("hangup")

    def wait_for(self, event: str, seconds: float) -> dict[str, Any]:
        """The next event of this type that has not been waited for."""
        deadline = Deadline(seconds)
        while True:
            for at, message in enumerate(self._events):
                if message.get("type") == event:
                    del self._events[: at + 1]
                    return message
            self._events.append(self._message(deadline, event))

    def heard(self) -> sound.Samples:
        """What it has heard in its latest call so far."""
        dumps = sorted(self.folder.glob("dump-*-dec.wav"))
        assert dumps, self.program.tail()
        return sound.read_wav(dumps[-1])

    def stop(self) -> None:
        """End the program; a BYE that nobody answers is not waited for."""
        self._control.close()
        self.program.stop(seconds=POLITE_SECONDS)

    def _command(self, command: str, params: str = "") -> None:
        text = json.dumps({"command": command, "params": params, "token": command}).encode()
        self._control.sendall(b"%d:%s," % (len(text), text))
        deadline = Deadline(COMMAND_SECONDS)
        while True:
            message = self._message(deadline, command)
            if message.get("response"):
                assert message["ok"], message
                return
            self._events.append(message)

    def _message(self, deadline: Deadline, wanted: str) -> dict[str, Any]:
        """The next netstring of the control connection, an event or a response."""
        while True:
            length, colon, rest = self._received.partition(b":")
            if colon and len(rest) > int(length):
                self._received = rest[int(length) + 1 :]
                return json.loads(rest[: int(length)])
            self._control.settimeout(deadline.left() or 0.001)
            try:
                data = self._control.recv(65536)
            except TimeoutError:
                raise AssertionError(f"no {wanted}; {self.program.tail()}") from None
            assert data, f"it ended without {wanted}; {self.program.tail()}"
            self._received += data
