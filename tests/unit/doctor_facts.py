"""What the doctor sees of a machine that is well and on which no exchange runs."""

from __future__ import annotations

from appliance.doctor.facts import Facts, LineFact, PortFact

PROVIDER = LineFact("provider", "sip", "sip.example.pl", places=("203.0.113.5:5060",), answer="200 OK")
WELL = Facts(
    language="en",
    python=(3, 11, 2),
    libraries_missing=(),
    speech_engines=("rhvoice", "espeak-ng"),
    spandsp=True,
    running=False,
    faults=(),
    data="/data/dyzurka",
    data_trouble="",
    data_free_bytes=20_000_000_000,
    building_file="/data/dyzurka/building.toml",
    mistakes=(),
    clock_synchronised=True,
    realtime=True,
    default_route="eth0",
    addresses=("192.168.1.20",),
    gpio=("gpiochip0",),
    ports=(PortFact("sip", "0.0.0.0:5060"), PortFact("rtp", "0.0.0.0:10000-10999"), PortFact("web", "0.0.0.0:8080")),
    lines=(PROVIDER,),
)
