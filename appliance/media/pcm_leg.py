"""A leg whose wire is a modem's sound port: it hears the frames that come and writes one every 20 ms, always.

The leg may be there before its port, and its port may be taken away and given back. Nothing here waits: what the port
does not take is counted and gone.
"""

from __future__ import annotations

from appliance.media.leg import SILENT_FRAME, Bench, Leg
from appliance.media.pace import Pace
from appliance.media.pcm import PcmPort
from appliance.media.playout import Playout
from appliance.media.sound_tty import PortGoneError
from appliance.media.track import FRAME_SAMPLES
from appliance.media.voice_port import KEY, VoicePort

REPORT_SECONDS = 1.0
PATIENCE_TICKS = 750  # 15 s: so long what is to be played waits for the first port (a SIMCom modem may take 12 s)
OWN_KEYS_TICKS = 35  # 0.7 s: so long a line may give back the last key that we pressed
FIRST_SOUND_TICKS = 100  # 2 s: and then for the modem's first sound, before which it may not carry ours


class PcmLeg(Leg):
    """Created without a port. Its far end knows no events: keys are tones in the sound both ways."""

    def __init__(self, number: int, bench: Bench) -> None:
        super().__init__(number, bench)
        self.forward: Playout | None = None  # of the partner
        self._port: PcmPort | VoicePort | None = None
        self._own_keys = 0  # ticks
        self._port_number = 0
        self._pace = Pace()
        self._held = False
        self._patience = PATIENCE_TICKS
        self._next_report = 0.0
        self._timestamp = 0  # samples heard
        self._written = self._heard = self._missing = self._refused = 0  # frames
        self.ear.connect(ulaw=False, events=False, mobile=True)

    def give(self, number: int, port: PcmPort | VoicePort) -> None:
        """Use this port from now on; the one before it is closed."""
        self.take_away()
        if isinstance(port, VoicePort):
            self.ear.connect(ulaw=False, events=False)  # no mobile network's codec lies between
        self._port, self._port_number, self._pace = port, number, Pace()
        self._patience = min(self._patience, FIRST_SOUND_TICKS)

    def take_away(self) -> None:
        """Close the port, if there is one; what plays goes on unheard."""
        port, self._port = self._port, None
        if port is not None:
            self._refused += port.refused
            port.close()

    def hold(self, on: bool, now: float) -> None:
        """Write nothing (the modem said so), or write again; what it says is heard all the same."""
        self._held = on

    def join(self, far: Leg) -> None:
        """See `Leg`."""
        super().join(far)
        self.forward = far.open_feed()

    def part(self) -> None:
        """See `Leg`."""
        super().part()
        if self.forward is not None:
            self._missing += self.forward.missing
        self.forward = None

    def close(self, now: float) -> None:
        """Let go of the port."""
        self.report_stats()
        self.take_away()

    def beat(self, now: float) -> None:
        """See `Leg`."""
        heard = self._listen(now)
        for _ in range(self._pace.frames(FRAME_SAMPLES * heard)):
            self._say()
        if self.ear.recorder is not None:
            self.ear.tick(now)
        if now >= self._next_report:
            self._next_report = now + REPORT_SECONDS
            self.report_stats()

    def _listen(self, now: float) -> int:
        """Hear what has come; how many frames."""
        if self._port is None:
            return 1  # nothing to keep pace with
        try:
            frames = self._port.read()
        except PortGoneError as error:
            self._lose(error)
            return 1
        for frame in frames:
            if self.ear.listening:
                own = self.pressing is not None or self._own_keys > 0
                self.ear.hear(frame, False, self._timestamp, 1, now, own)
            if self.forward is not None:
                self.forward.put(frame)
            self._timestamp = (self._timestamp + FRAME_SAMPLES) & 0xFFFFFFFF
        if frames:
            self._patience = 0
        self._heard += len(frames)
        if isinstance(self._port, VoicePort):
            self._tell_signs(self._port, now)
        return len(frames)

    def _tell_signs(self, port: VoicePort, now: float) -> None:
        self._own_keys = OWN_KEYS_TICKS if self.pressing is not None else max(0, self._own_keys - 1)
        for sign in port.take_signs():
            if not sign.startswith(KEY):
                self._bench.report("sign", self.number, sign)
            elif not self._own_keys:
                self.ear.hear_digit(sign.removeprefix(KEY), now)

    def _say(self) -> None:
        """One frame, to the port or to nobody."""
        if self._patience and (self.playlist is not None or self.pressing is not None):
            self._patience -= 1
            self._write(SILENT_FRAME)
            return
        tone = None
        if self.pressing is not None:
            sender = self.pressing[1]
            self._press(0)
            tone = sender.tone
        self._write(self._frame(tone))
        self._sent()

    def _write(self, frame: bytes) -> None:
        if self._port is not None and not self._held:
            try:
                self._written += self._port.write(frame)
            except PortGoneError as error:
                self._lose(error)

    def _lose(self, error: PortGoneError) -> None:
        """The port is gone: told once, since nothing of it is left."""
        self.take_away()
        self._bench.report("unplugged", self.number, self._port_number, str(error))

    def report_stats(self) -> None:
        """Tell the exchange the counters, and how loud it was."""
        port, refused, missing = self._port, self._refused, self._missing
        if self.forward is not None:
            missing += self.forward.missing
        if port is not None:
            refused += port.refused
            self._bench.report("levels", self.number, port.heard.take(), port.said.take())
        self._bench.report("stats", self.number, self._written, self._heard, missing, 0.0, refused)
