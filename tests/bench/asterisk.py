"""Asterisk from its Debian package, in a Debian root made by `make bench-asterisk`: the same numbers, the same keys.

Its configuration is made here: one PJSIP endpoint known by its address, A-law only, sound through Asterisk itself,
a CDR a call. It runs as its package's unit starts it, realtime priority included.
"""

from __future__ import annotations

import csv
import random
import shutil
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.bench import houses
from tests.bench.exchanges import ROOT, START_SECONDS, NotStartedError, end, free_port
from tests.bench.sipwire import Dialog

DEBIAN_ROOT = ROOT / ".cache" / "bullseye"
PROMPT_SECONDS = 30
SETTLE_SECONDS = 2.0  # its modules go on for a moment

_PJSIP = """
[global]
type=global
user_agent=Asterisk

[udp]
type=transport
protocol=udp
bind=127.0.0.1:{own}

[bench]
type=endpoint
transport=udp
context=bench
disallow=all
allow=alaw
direct_media=no
dtmf_mode=rfc4733
aors=bench

[bench]
type=aor
contact=sip:127.0.0.1:{driver}
qualify_frequency=0

[bench]
type=identify
endpoint=bench
match=127.0.0.1
"""

_EXTENSIONS = """
[bench]
exten => {answering},1,Answer()
 same => n,Goto(first,s,1)
exten => {bridging},1,Answer()
 same => n,Goto(urgent,s,1)
exten => {short},1,Answer()
 same => n,Goto(first,s,1)

[first]
exten => s,1,Background(bench/long)
 same => n,WaitExten(4)
 same => n,Hangup()
exten => {answering_key},1,Set(CDR(userfield)=${{EXTEN}})
 same => n,Background(bench/long)
 same => n,WaitExten(4)
 same => n,Hangup()

[urgent]
exten => s,1,Background(bench/long)
 same => n,WaitExten(4)
 same => n,Hangup()
exten => {bridging_key},1,Set(CDR(userfield)=${{EXTEN}})
 same => n,Dial(PJSIP/+48600000001@bench,30)
 same => n,Hangup()
"""

_FILES = {
    "asterisk.conf": (
        "[directories]\nastetcdir => /etc/bench\nastmoddir => /usr/lib/asterisk/modules\n"
        "astvarlibdir => /var/lib/asterisk\nastdatadir => /usr/share/asterisk\nastspooldir => /var/spool/asterisk\n"
        "astrundir => /run/asterisk\nastlogdir => /var/log/asterisk\n"
    ),
    "modules.conf": "[modules]\nautoload=yes\nnoload => chan_sip.so\nnoload => chan_iax2.so\n",
    "logger.conf": "[general]\n[logfiles]\nmessages => warning,error\n",
    "rtp.conf": "[general]\nrtpstart=20000\nrtpend=29998\n",
    "cdr.conf": "[general]\nenable=yes\n[csv]\nusegmtime=yes\nloguniqueid=yes\nloguserfield=yes\n",
}


class Asterisk:
    """The same as `exchanges.Dyzurka`. Raises NotStartedError."""

    name = "Asterisk"
    numbers = {"answering": houses.ANSWERING, "bridging": houses.BRIDGING, "short": houses.SHORT}  # noqa: RUF012
    keys = {"answering": houses.ANSWERING_KEY, "bridging": houses.BRIDGING_KEY}  # noqa: RUF012
    duty_key = ""

    def __init__(self, driver_port: int) -> None:
        self.address = ("127.0.0.1", free_port())
        self._cdr = DEBIAN_ROOT / "var/log/asterisk/cdr-csv/Master.csv"
        self._cdr.unlink(missing_ok=True)
        self._configure(driver_port)
        root_tool = [ROOT / "tools" / "debian-root.sh", "run", DEBIAN_ROOT, "--"]
        asterisk = ["/usr/sbin/asterisk", "-C", "/etc/bench/asterisk.conf", "-g", "-f", "-p", "-U", "asterisk"]
        log = DEBIAN_ROOT / "var/log/asterisk/console"
        with log.open("w") as console:
            self._process = subprocess.Popen([*map(str, root_tool), *asterisk], stdout=console, stderr=console)
        self.pid = self._process.pid
        if not self._answers(driver_port):
            end(self._process)
            raise NotStartedError(f"Asterisk did not start: {log}")
        time.sleep(SETTLE_SECONDS)

    def _answers(self, driver_port: int) -> bool:
        """Whether it answers OPTIONS from the driver's port within `START_SECONDS`."""
        host, port = self.address
        dialog = Dialog(
            local=f"<sip:bench@{host}>;tag=ready",
            remote=f"<sip:{host}>",
            target=f"sip:{host}:{port}",
            call_id="ready@bench",
            contact=f"sip:bench@{host}:{driver_port}",
            place=self.address,
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.bind((host, driver_port))
            asking.settimeout(0.5)
            for _ in range(round(START_SECONDS / 0.5)):
                if self._process.poll() is not None:
                    return False
                asking.sendto(dialog.request("OPTIONS", random.Random()), self.address)
                with suppress(OSError):
                    return bool(asking.recv(4096))
                time.sleep(0.1)
        return False

    def _configure(self, driver_port: int) -> None:
        etc = DEBIAN_ROOT / "etc" / "bench"
        shutil.rmtree(etc, ignore_errors=True)
        etc.mkdir()
        for name, text in _FILES.items():
            (etc / name).write_text(text)
        (etc / "pjsip.conf").write_text(_PJSIP.format(own=self.address[1], driver=driver_port))
        dialplan = _EXTENSIONS.format(
            answering=houses.ANSWERING,
            bridging=houses.BRIDGING,
            short=houses.SHORT,
            answering_key=houses.ANSWERING_KEY,
            bridging_key=houses.BRIDGING_KEY,
        )
        (etc / "extensions.conf").write_text(dialplan)
        sounds = DEBIAN_ROOT / "usr/share/asterisk/sounds/bench"
        sounds.mkdir(parents=True, exist_ok=True)
        (sounds / "long.alaw").write_bytes(random.Random(1).randbytes(8000 * PROMPT_SECONDS))
        for place in ("var/log/asterisk/cdr-csv", "run/asterisk"):
            (DEBIAN_ROOT / place).mkdir(parents=True, exist_ok=True)
        chown = ["chroot", str(DEBIAN_ROOT), "chown", "-R", "asterisk:", "/var/log/asterisk", "/run/asterisk"]
        subprocess.run(chown, check=True)

    def role(self, command: str) -> str:
        """It is one process."""
        return "exchange" if "asterisk" in command else "helper"

    @contextmanager
    def busy(self) -> Iterator[Counter[str]]:
        """It has no page and renders nothing: the background calls and their CDRs are all it does beside."""
        yield Counter()

    def places(self, count: int) -> tuple[str, ...]:
        """It has no queue here."""
        return ()

    def understood(self, prefix: str, key: str) -> int:
        """By the CDRs: the caller stands in the second column, the key in the last."""
        try:
            with self._cdr.open(newline="") as file:
                rows = list(csv.reader(file))
        except OSError:
            return 0
        return sum(1 for row in rows if row[1].startswith(prefix) and row[-1] == key)

    def stop(self) -> None:
        end(self._process)
