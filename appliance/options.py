"""What an exchange is given, and which addresses it took in the end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """What `dyzurka run` was given. Addresses are (host, port); port 0 takes a free one."""

    data: Path
    building_file: Path
    sip: tuple[str, int]
    rtp_ports: tuple[int, int]
    web: tuple[str, int]
    page: bool = True  # start the page; elsewhere the service manager does
    advertised: str = ""  # the IP address that providers are told in place of `sip`'s
    probation: float = 600.0  # seconds that a new version has to be well
    slots: str = "auto"  # or "simulated": two versions in a directory, to try updates without a box


@dataclass(frozen=True, slots=True)
class Ready:
    """The addresses that were really taken; `claim`: the code that makes an administrator, "" while none is owed."""

    sip: tuple[str, int]
    web: tuple[str, int]
    claim: str = ""
