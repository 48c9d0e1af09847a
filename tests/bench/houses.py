"""The building file that the exchange is measured with: long menus to listen to, and many people on duty."""

from __future__ import annotations

ANSWERING, BRIDGING, SHORT, QUEUE = "+48221230901", "+48221230902", "+48221230903", "+48221230904"
ANSWERING_KEY, BRIDGING_KEY, QUEUE_KEY, ACCEPT_KEY = "9", "1", "4", "1"

WAITING = 40  # at most, in the queue: as many sentences about places are rendered

# About half a minute of speech: longer than any caller of the bench listens.
LONG_TEXT = (
    "Dzień dobry, tu wspólnota mieszkaniowa Lipowa siedem. Biuro administracji jest czynne od poniedziałku do piątku, "
    "od godziny ósmej do szesnastej. W środę dyżuruje przy Lipowej konserwator, a we czwartek przyjmuje zarząd. "
    "Odczyty liczników wody prosimy podawać do dwudziestego dnia miesiąca. Przypominamy, że rowerów i wózków nie "
    "zostawia się na klatce schodowej, bo to droga ewakuacyjna. Odpady wielkich rozmiarów odbieramy w pierwszą sobotę "
    "miesiąca, sprzed altany śmietnikowej. Przegląd instalacji gazowej odbędzie się w przyszłym tygodniu, prosimy o "
    "udostępnienie mieszkań. Za utrudnienia przepraszamy i dziękujemy za cierpliwość."
)

_HEAD = """
[box]
name = "Pomiar"
language = "pl"
timezone = "Europe/Warsaw"

[[buildings]]
id = "lipowa7"
name = "Lipowa siedem"

[[lines]]
id = "provider"
kind = "sip"
server = "127.0.0.1:{port}"
numbers = ["{answering}", "{bridging}", "{short}", "{queue}"]
channels = 999

[[scenarios]]
id = "bridging"
numbers = ["{bridging}"]
menu = "urgent"

[[scenarios]]
id = "waiting"
numbers = ["{queue}"]
menu = "office"

[[scenarios]]
id = "answering"
menu = "first"

[[menus]]
id = "first"
greeting = "{text}"
no_input = "hangup"
  [[menus.options]]
  key = "{answering_key}"
  say = "Pozostałe ogłoszenia"
  goto = "menu:second"

[[menus]]
id = "second"
greeting = "{text}"
no_input = "hangup"
  [[menus.options]]
  key = "5"
  say = "Komunikat numer {revision}"
  goto = "hangup"

[[menus]]
id = "urgent"
greeting = "Dzień dobry, tu Lipowa siedem."
no_input = "hangup"
  [[menus.options]]
  key = "{bridging_key}"
  say = "Pilna awaria"
  goto = "duty:many"
  urgent = true

[[menus]]
id = "office"
greeting = "Dzień dobry, tu Lipowa siedem."
no_input = "hangup"
  [[menus.options]]
  key = "{queue_key}"
  say = "Inna sprawa do biura"
  goto = "queue:office"

[[queues]]
id = "office"
people = ["p000"]
ring_seconds = 60
max_waiting = {count}
announce_seconds = 12
overflow = "hangup"

[[duty]]
id = "many"
people = [{people}]
unanswered = "hangup"
"""

_PERSON = """
[[people]]
id = "p{number:03d}"
name = "Osoba {number}"
phones = ["+48600000{number:03d}"]
"""


def building_file(port: int, people: int, revision: int) -> str:
    """The text of building.toml: the provider is at 127.0.0.1:`port`; `revision` changes one spoken text."""
    names = ", ".join(f'"p{number:03d}"' for number in range(people))
    head = _HEAD.format(
        port=port,
        answering=ANSWERING,
        bridging=BRIDGING,
        short=SHORT,
        queue=QUEUE,
        queue_key=QUEUE_KEY,
        count=min(people, WAITING),
        text=LONG_TEXT,
        answering_key=ANSWERING_KEY,
        bridging_key=BRIDGING_KEY,
        people=names,
        revision=revision,
    )
    return head + "".join(_PERSON.format(number=number) for number in range(people))
