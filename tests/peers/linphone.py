"""linphonec as a telephone: says a tone from a WAV file, keeps what it hears in another, is told by lines."""

from __future__ import annotations

from pathlib import Path

from tests.peers import sound
from tests.peers.ports import HOST, free_range
from tests.peers.program import Program, installed

START_SECONDS = 15.0
POLITE_SECONDS = 0.5
TALK_SECONDS = 120.0  # of tone it has to say

CONFIG = """\
[sip]
sip_port={sip}
sip_tcp_port=0
sip_tls_port=0
contact=sip:{user}@{host}
use_rfc2833=1
use_info=0
use_ipv6=0
media_encryption=none

[rtp]
audio_rtp_port={rtp}

[sound]
echocancellation=0
echolimiter=0

[video]
enabled=0
"""


class Linphone:
    """One telephone of `user`, which says `frequency` Hz once a call is up."""

    def __init__(self, folder: Path, user: str, frequency: float) -> None:
        (folder / ".local/share/linphone").mkdir(parents=True)  # without its database it opens no port
        self._heard = folder / "heard.wav"
        port = free_range(4)
        self.address = f"{HOST}:{port}"
        config = folder / "linphonerc"
        config.write_text(CONFIG.format(sip=port, user=user, host=HOST, rtp=port + 2))
        says = sound.write_wav(folder / "says.wav", sound.tone(frequency, TALK_SECONDS))
        self.program = Program([installed("linphonec"), "-c", str(config)], folder, {"HOME": str(folder)})
        try:
            self._command("soundcard use files", "Using wav files")
            self.program.type(f"play {says}")
            self.program.type(f"record {self._heard}")
            self._command("autoanswer enable", "(?i)auto.?answer.*enabled")
        except BaseException:
            self.program.stop()
            raise

    def _command(self, command: str, answer: str) -> None:
        self.program.type(command)
        self.program.wait_for(answer, START_SECONDS)

    def dial(self, uri: str) -> None:
        """Call somebody."""
        self.program.type(f"call {uri} --audio-only")

    def press(self, key: str) -> None:
        """Press a key during a call (RFC 4733)."""
        self.program.type(key)

    def hang_up(self) -> None:
        """End the call."""
        self.program.type("terminate")

    def wait_until_up(self, seconds: float) -> None:
        """Wait for the call to be answered."""
        self.program.wait_for(r"Call \d+ with .* connected\.", seconds)

    def wait_until_ended(self, seconds: float) -> None:
        """Wait for the end of the call."""
        self.program.wait_for(r"Call \d+ with .* ended", seconds)

    def heard(self) -> sound.Samples:
        """What it has heard so far."""
        return sound.read_growing_wav(self._heard)

    def stop(self) -> None:
        """End the program; a BYE that nobody answers is not waited for."""
        self.program.stop(seconds=POLITE_SECONDS)
